#include "ir/error.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/eval/curve_plot.h"
#include "tools/bstc/eval/eval_report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cmath>

namespace bstc {

namespace {

using CurveOf = std::vector<float> (*)(const ClassAccuracy &);

/// One plot: its file's name and what it shows of a class.
struct Plot {
  const char *file, *title, *xTitle, *yTitle;
  CurveOf curveOf;
};

std::vector<float> f1Of(const ClassAccuracy &row) {
  std::vector<float> curve(row.precisionAt.size());
  for (size_t i = 0; i < curve.size(); ++i) {
    const float sum = row.precisionAt[i] + row.recallAt[i];
    curve[i] = sum > 0 ? 2 * row.precisionAt[i] * row.recallAt[i] / sum : 0;
  }
  return curve;
}

constexpr Plot plots[] = {
    {"PR_curve", "Precision over recall at IoU 0.5", "Recall", "Precision",
     [](const ClassAccuracy &row) { return row.precisionAtRecall; }},
    {"F1_curve", "F1 over confidence at IoU 0.5", "Confidence", "F1", f1Of},
    {"P_curve", "Precision over confidence at IoU 0.5", "Confidence", "Precision",
     [](const ClassAccuracy &row) { return row.precisionAt; }},
    {"R_curve", "Recall over confidence at IoU 0.5", "Confidence", "Recall",
     [](const ClassAccuracy &row) { return row.recallAt; }},
};

constexpr const char *classColours[] = {"#e4572e", "#17a398", "#8e5ea2", "#c9a227", "#3d9970",
                                        "#d1495b", "#5c7aea", "#6b705c", "#b56576", "#00a6fb",
                                        "#8b5a2b", "#7fb800", "#f26ca7", "#2b59c3", "#f4a261",
                                        "#264653", "#9d4edd", "#b7990d", "#005f73", "#adb5bd"};
constexpr const char *modelColours[] = {"#1d4ed8", "#ea580c"};
constexpr size_t mostLegendRows = std::size(classColours); ///< With more, the lines are grey.

/// The mean over the classes, with its key figure in the legend.
PlotCurve meanCurve(const Plot &plot, const Accuracy &accuracy, const std::string &name,
                    const char *colour) {
  PlotCurve mean;
  mean.values.assign(curvePoints, 0);
  for (const ClassAccuracy &row : accuracy.classes) {
    const std::vector<float> curve = plot.curveOf(row);
    for (size_t i = 0; i < curvePoints; ++i)
      mean.values[i] += curve[i] / float(accuracy.classes.size());
  }
  mean.label = name;
  // At the confidence of the table, so that the figures are the same.
  const auto at = size_t(std::lround(accuracy.confidence * double(curvePoints - 1)));
  if (&plot == &plots[0])
    mean.note = "mAP50 " + fixedPoint(accuracy.map50, 3);
  else
    mean.note = llvm::formatv("{0} {1} at {2}", plot.yTitle, fixedPoint(double(mean.values[at]), 3),
                              fixedPoint(accuracy.confidence, 3));
  mean.colour = colour;
  mean.width = 3;
  return mean;
}

/// The curves of each class, thin.
std::vector<PlotCurve> classCurves(const Plot &plot, const EvalReport &report,
                                   const Accuracy &accuracy) {
  std::vector<PlotCurve> curves;
  const bool few = accuracy.classes.size() <= mostLegendRows;
  for (size_t i = accuracy.classes.size(); i-- > 0;) {
    const ClassAccuracy &row = accuracy.classes[i];
    PlotCurve &curve = curves.emplace_back();
    curve.label = report.className(row.classIndex) + " " + fixedPoint(row.ap50(), 3);
    curve.values = plot.curveOf(row);
    curve.colour = few ? classColours[i] : "#9aa5b1";
    curve.width = few ? 1.5 : 1;
    curve.opacity = few ? 0.9 : 0.45;
    curve.inLegend = few;
  }
  return curves;
}

std::string plotFile(llvm::StringRef folder, llvm::StringRef prefix, const Plot &plot) {
  llvm::SmallString<256> file(folder);
  llvm::sys::path::append(file, prefix + plot.file + ".svg");
  return file.str().str();
}

llvm::Error writePlotsOf(const EvalReport &report, llvm::StringRef folder, llvm::StringRef prefix,
                         llvm::ArrayRef<const Accuracy *> accuracies) {
  for (const Plot &plot : plots) {
    std::vector<PlotCurve> curves;
    if (accuracies.size() == 1)
      curves = classCurves(plot, report, *accuracies[0]);
    for (size_t i = accuracies.size(); i-- > 0;) {
      const std::string name = accuracies.size() == 1 ? std::string("all classes")
                                                      : stemOf(report.models[i].model).str();
      curves.push_back(meanCurve(plot, *accuracies[i], name, modelColours[i]));
    }
    const std::string title = (prefix + (prefix.empty() ? "" : ": ") + plot.title).str();
    if (llvm::Error error = writeFile(plotFile(folder, prefix, plot),
                                      drawCurves(title, plot.xTitle, plot.yTitle, curves)))
      return error;
  }
  return llvm::Error::success();
}

} // namespace

std::vector<std::string> plotFiles(llvm::StringRef folder) {
  std::vector<std::string> files;
  for (const char *prefix : {"", "Box", "Mask"})
    for (const Plot &plot : plots)
      files.push_back(plotFile(folder, prefix, plot));
  return files;
}

llvm::Error writePlots(const EvalReport &report, llvm::StringRef folder) {
  if (const std::error_code code = llvm::sys::fs::create_directories(folder))
    return makeError(Code::CannotMakeFolder,
                     "cannot make the folder '" + folder + "': " + code.message());
  std::vector<const Accuracy *> boxes, masks;
  for (const ModelAccuracy &model : report.models) {
    boxes.push_back(&model.boxes);
    if (model.masks)
      masks.push_back(&*model.masks);
  }
  const bool haveMasks = masks.size() == report.models.size();
  if (llvm::Error error = writePlotsOf(report, folder, haveMasks ? "Box" : "", boxes))
    return error;
  return haveMasks ? writePlotsOf(report, folder, "Mask", masks) : llvm::Error::success();
}

} // namespace bstc

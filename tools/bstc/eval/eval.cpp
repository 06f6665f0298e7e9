#include "tools/bstc/cli/dataset_arguments.h"
#include "tools/bstc/cli/device.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/eval/eval_report.h"
#include "tools/bstc/eval/eval_run.h"

#include "detectors/shared/class_names.h"
#include "ir/error.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <optional>
#include <thread>

namespace bstc {
namespace {

llvm::Expected<EvalRunOptions> readRunOptions(const Arguments &arguments) {
  EvalRunOptions options;
  if (llvm::Error error = readNmsOptions(arguments, options.nms))
    return error;
  llvm::Expected<unsigned> threads = readThreads(arguments, std::thread::hardware_concurrency());
  if (!threads)
    return threads.takeError();
  options.threads = *threads;
  return options;
}

llvm::Expected<EvaluatedModel> loadDetector(llvm::StringRef path, const Arguments &arguments) {
  CompileOptions options;
  options.cost = options.fidelity = false; // Sessions run its package.
  readTarget(arguments, options);
  llvm::Expected<LoadedModel> model = loadModel(path, options);
  if (!model)
    return model.takeError();
  llvm::Expected<DetectorContract> contract = detectorContract(model->program());
  if (!contract)
    return prefixError(path, contract.takeError());
  return EvaluatedModel{path.str(), std::move(*model), *contract};
}

llvm::Expected<std::vector<EvaluatedModel>> loadModels(const Arguments &arguments) {
  std::vector<llvm::StringRef> paths = {arguments.positional.front()};
  if (arguments.has("--compare"))
    paths.push_back(arguments.value("--compare"));
  std::vector<EvaluatedModel> models;
  for (const llvm::StringRef path : paths) {
    llvm::Expected<EvaluatedModel> model = loadDetector(path, arguments);
    if (!model)
      return model.takeError();
    models.push_back(std::move(*model));
  }
  return models;
}

/// Warns on stderr of what a model's own suppression does to the figures, unless it was made to be
/// measured.
void warnOfSuppression(const EvaluatedModel &model) {
  const bst::NmsOptions &own = model.contract.nms, wanted = evaluationNms;
  if (own.confidence <= wanted.confidence && own.iou == wanted.iou && own.multiLabel &&
      !own.classAgnostic && own.maxDetections >= wanted.maxDetections)
    return;
  warn(Code::SuppressionShows,
       model.path + " suppresses boxes by itself, with " + suppressionText(own) +
           ": the figures are of what it keeps, and lower than val.py's. To measure the network, "
           "compile it " +
           nmsHelp("with --conf {conf} --iou {iou} --multi-label beside --deploy or --with-nms, or "
                   "with neither",
                   evaluationNms));
}

/// One suppression for all models, so that their figures can be compared: that of the model that
/// suppresses by itself, if one does; else val.py's and the arguments.
llvm::Expected<bst::NmsOptions> chooseSuppression(const Arguments &arguments,
                                                  llvm::ArrayRef<EvaluatedModel> models) {
  const EvaluatedModel *chosen = nullptr;
  for (const EvaluatedModel &model : models) {
    if (model.contract.stage != bst::DetectionStage::Detections)
      continue;
    const bst::NmsOptions &own = model.contract.nms;
    if (chosen && own != chosen->contract.nms)
      return makeError(Code::SuppressionsDiffer,
                       model.path + ": suppresses boxes by itself with " + suppressionText(own) +
                           ", but " + chosen->path + " with " +
                           suppressionText(chosen->contract.nms) +
                           ": figures of different suppressions cannot be compared");
    chosen = &model;
  }
  if (chosen)
    warnOfSuppression(*chosen);
  else
    chosen = &models.front();
  return suppressionOf(arguments, chosen->path, chosen->contract, evaluationNms);
}

void printSpeed(const EvalReport &report, const ModelAccuracy &model, unsigned threads,
                llvm::raw_ostream &out) {
  out << "Speed: " << fixedPoint(model.prepareMs, 1) << " ms pre-process, "
      << fixedPoint(model.networkMs, 1) << " ms inference, " << fixedPoint(model.finishMs, 1)
      << " ms NMS per image at shape (" << llvm::StringRef(shapeText(model.inputShape)) << ")";
  if (report.models.size() == 1 && report.seconds > 0)
    out << "; " << fixedPoint(double(report.pictures) / report.seconds, 1) << " images/s in "
        << counted(threads, "thread");
  out << '\n';
  if (model.suppressesItself)
    out << "Suppressed by the model itself: " << suppressionText(report.nms) << '\n';
}

void printReport(const EvalReport &report, bool verbose, unsigned threads, llvm::raw_ostream &out) {
  for (const ModelAccuracy &model : report.models) {
    if (report.models.size() > 1)
      out << model.model << '\n';
    // val.py also prints the classes of small datasets.
    const bool few = report.classes < 50 && report.classes > 1;
    printAccuracy(report, model, verbose || (few && report.models.size() == 1), out);
    printSpeed(report, model, threads, out);
    if (report.models.size() > 1)
      out << '\n';
  }
  if (report.models.size() > 1)
    printComparison(report, out);
}

/// The error that says that not everything was done.
llvm::Error incomplete(const EvalReport &report) {
  const uint64_t tried = report.pictures + report.unreadable;
  if (tried < report.asked)
    return llvm::make_error<InterruptedError>(
        "stopped after " + std::to_string(tried) + " of " + counted(report.asked, "picture") +
        (report.pictures ? "; the figures are of those" : ""));
  if (report.unreadable || report.leftOut)
    return makeError(Code::FiguresIncomplete,
                     "the figures leave out " + counted(report.unreadable, "unreadable picture") +
                         " and " + counted(report.leftOut, "picture") + " with bad labels");
  return llvm::Error::success();
}

/// The files to write. They are begun before the work, so that none of it is lost to a name that
/// cannot be written.
class Outputs {
public:
  llvm::Error open(const Arguments &arguments) {
    plots = arguments.value("--plots").str();
    if (!plots.empty())
      if (llvm::Error error = folder.make(plots))
        return error;
    return beginFile(arguments, "--json", json);
  }

  llvm::Error write(const EvalReport &report) {
    if (json) {
      if (llvm::Error error = json->write(accuracyJson(report)))
        return error;
      if (llvm::Error error = json->keep())
        return error;
    }
    return plots.empty() ? llvm::Error::success() : writePlots(report, plots);
  }

private:
  OutputFolder folder; ///< Of the plots; goes after all files.
  std::optional<PendingFile> json;
  std::string plots; ///< Folder; empty for none.
};

/// The names that the user gives, one for each of the model's classes; none where none are given.
llvm::Expected<std::vector<std::string>> givenNames(const Arguments &arguments, int32_t classes) {
  if (!arguments.has("--names"))
    return std::vector<std::string>();
  auto names = readClassNames(arguments.value("--names"));
  if (names && names->size() != size_t(classes))
    return makeError(Code::ClassCount, arguments.value("--names") + " has " +
                                           counted(names->size(), "name") +
                                           ", but the network has " + llvm::Twine(classes) +
                                           (classes == 1 ? " class" : " classes"));
  return names;
}

/// A report of what is to be measured, without figures. `names` are those that the user gives.
EvalReport startReport(const Arguments &arguments, const Dataset &dataset,
                       const EvaluatedModel &model, const EvalRunOptions &options,
                       std::vector<std::string> names) {
  EvalReport report;
  report.data = arguments.value("--data").str();
  report.split = arguments.value("--split").str();
  report.classes = model.contract.layout.classes;
  report.names = std::move(names);
  if (report.names.empty())
    report.names = dataset.names;
  if (report.names.empty())
    report.names = model.contract.classNames;
  report.asked = dataset.images.size();
  report.leftOut = dataset.leftOut.size();
  report.duplicates = dataset.duplicates;
  report.crowds = dataset.crowds;
  report.nms = options.nms;
  report.empty = dataset.empty;
  return report;
}

/// Whether no file to write is one that is read.
llvm::Error checkFiles(const Arguments &arguments, const Dataset &dataset) {
  std::vector<NamedPath> inputs =
      pathsOf(arguments, {"--compare", "--data", "--split", option::names.name, option::target.name,
                          option::device.name});
  inputs.push_back({"MODEL", arguments.positional.front()});
  for (const std::string &file : dataset.files)
    inputs.push_back({"a file of the dataset:", file});
  std::vector<NamedPath> outputs = pathsOf(arguments, {option::json.name});
  if (arguments.has("--plots"))
    for (const std::string &file : plotFiles(arguments.value("--plots")))
      outputs.push_back({"--plots", file});
  return checkDistinct(inputs, outputs);
}

/// A UsageError where options of compiling are given, and nothing is compiled.
llvm::Error checkCompileOptions(const Arguments &arguments) {
  if (arguments.has("--compare") && !looksLikePackage(arguments.value("--compare")))
    return llvm::Error::success();
  return checkCompiles(arguments, arguments.positional.front(),
                       {option::target.name, option::set.name});
}

llvm::Error evalModel(const Arguments &arguments) {
  if (!arguments.has("--data"))
    return llvm::make_error<UsageError>("--data DATASET is missing: labelled pictures are needed");
  llvm::Expected<EvalRunOptions> options = readRunOptions(arguments);
  if (!options)
    return options.takeError();
  if (llvm::Error error = checkCompileOptions(arguments))
    return error;
  llvm::Expected<Dataset> dataset = loadDataset(arguments);
  if (!dataset)
    return dataset.takeError();
  if (llvm::Error error = checkFiles(arguments, *dataset))
    return error;
  llvm::Expected<std::vector<EvaluatedModel>> models = loadModels(arguments);
  if (!models)
    return models.takeError();
  for (const EvaluatedModel &model : *models)
    if (llvm::Error error = checkClasses(model, *dataset))
      return error;
  llvm::Expected<bst::NmsOptions> nms = chooseSuppression(arguments, *models);
  if (!nms)
    return nms.takeError();
  options->nms = *nms;
  auto names = givenNames(arguments, models->front().contract.layout.classes);
  if (!names)
    return names.takeError();
  llvm::Expected<ChosenDevice> chosen = openDevice(arguments);
  if (!chosen)
    return chosen.takeError();
  Outputs outputs;
  if (llvm::Error error = outputs.open(arguments))
    return error;
  warnOfDataset(*dataset);

  EvalReport report =
      startReport(arguments, *dataset, models->front(), *options, std::move(*names));
  if (llvm::Error error = runEvaluation(*models, chosen->device, *dataset, *options, report))
    return error;
  if (report.pictures > 0) {
    printReport(report, arguments.verbose, options->threads, arguments.report());
    llvm::outs().flush(); // Before what goes wrong from here on.
    if (llvm::Error error = outputs.write(report))
      return error;
  }
  return incomplete(report);
}

const Option options[] = {
    option::data,
    option::split,
    {"--images", nullptr, "DIR",
     "Where a COCO file's pictures are (default: looked for around it).", false, Takes::File},
    option::limit,
    option::saying(
        option::conf,
        nmsHelp("Least score of a detection (default: {conf}). A package that suppresses by "
                "itself (--with-nms, --deploy) is measured with its own, and takes none below it "
                "and no other --iou.",
                evaluationNms)),
    option::saying(
        option::iou,
        nmsHelp("Overlap above which the lesser box is dropped (default: {iou}).", evaluationNms)),
    option::saying(option::maxDet, nmsHelp("Detections of a picture, at most (default: {max-det}).",
                                           evaluationNms)),
    option::saying(option::names,
                   "Names of the classes, for the tables: a file with one per line, a dataset's "
                   ".yaml, or names with commas between them (default: the dataset's, else the "
                   "package's, else COCO's for 80 classes). --classes is the same."),
    {"--compare", nullptr, "OTHER",
     "Also run this model over the same pictures, and print both and the difference of each "
     "class.",
     false, Takes::File},
    option::saying(option::json,
                   "Write all figures as data (docs/vision.md has the schema). With - in place of "
                   "FILE: to stdout, and nothing else goes there."),
    option::outputFolder(
        "--plots",
        "Write precision over recall, and F1, precision and recall over confidence, as SVG."),
    option::saying(option::threads,
                   "Pictures that are worked on at a time (default: one per core). Results do not "
                   "depend on it."),
    option::device,
    option::deviceOptions,
    option::target,
    option::set,
};

constexpr const char *examples[] = {
    "bstc eval model.bst --data coco128.yaml",
    "bstc eval model.bst --data photos/ --split heldout.txt --verbose --plots plots/",
    "bstc eval float.onnx --compare int8.onnx --data coco.yaml --limit 500 --json accuracy.json"};

} // namespace

const Subcommand evalSubcommand = {
    "eval",
    "MODEL",
    1,
    1,
    "Measure a detection network's accuracy on labelled pictures",
    "Runs MODEL (.onnx or .bst: YOLOv5 detection or segmentation) over labelled pictures and "
    "prints\n"
    "precision, recall, mAP50 and mAP50-95 of boxes, and of masks where there are any, as "
    "YOLOv5's\n"
    "val.py v7.0 defines and prints them; --verbose: also of each class. Ctrl-C ends with the\n"
    "pictures done so far. Pictures that cannot be read and those with bad labels are left out "
    "with\n"
    "a warning, and the exit code is 1. docs/vision.md has the definition.",
    options,
    examples,
    evalModel};

} // namespace bstc

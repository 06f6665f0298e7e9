#include "tools/bstc/cli/dataset_arguments.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/cli/terminal.h"
#include "tools/bstc/doctor/examination.h"

#include "detectors/shared/nms_defaults.h"
#include "ir/error.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {
namespace {

void printVerdict(const DoctorReport &report, llvm::raw_ostream &out) {
  const size_t width = terminalWidth(out);
  for (const std::string &line :
       verdictLines(report, width ? std::clamp<size_t>(width, 60, 120) : 100))
    out << line << '\n';
}

llvm::Error finish(std::optional<PendingFile> &file, const std::string &text) {
  if (!file)
    return llvm::Error::success();
  if (llvm::Error error = file->write(text))
    return error;
  return file->keep();
}

/// The error that says that not everything was looked at, or the exit code of a verdict.
llvm::Error outcome(const DoctorReport &report) {
  if (report.accuracy && report.accuracy->stopped)
    return llvm::make_error<InterruptedError>("stopped; the figures of accuracy are of " +
                                              counted(report.accuracy->pictures, "picture"));
  const uint64_t unreadable =
      report.unreadable + (report.accuracy ? report.accuracy->unreadable : 0);
  if (unreadable)
    return makeError(Code::FiguresIncomplete,
                     "the figures leave out " + counted(unreadable, "unreadable picture"));
  if (report.verdict.isFaulty())
    return llvm::make_error<QuietFailure>();
  return llvm::Error::success();
}

llvm::Error runDoctor(const Arguments &arguments) {
  if (int(arguments.has("--images") && !arguments.has("--data")) + int(arguments.has("--input")) +
          int(arguments.has("--data")) >
      1)
    return usageError("one of --images, --data and --input is enough");
  Examination examination(arguments);
  if (llvm::Error error = examination.prepare())
    return error;
  if (llvm::Error error =
          checkDistinct(examination.sources(), pathsOf(arguments, {option::json.name, "--html"})))
    return error;
  std::optional<PendingFile> json, html;
  if (llvm::Error error = beginFile(arguments, option::json.name, json))
    return error;
  if (llvm::Error error = beginFile(arguments, "--html", html))
    return error;
  if (llvm::Error error = examination.run())
    return error;
  const DoctorReport &report = examination.report;
  printVerdict(report, arguments.report());
  llvm::outs().flush();
  if (llvm::Error error = finish(json, doctorJson(report)))
    return error;
  if (llvm::Error error = finish(html, html ? doctorPage(report) : ""))
    return error;
  return outcome(report);
}

const Option options[] = {
    {"--reference", nullptr, "FILE",
     "The network before the drop: the float export, or the one before the change.", false,
     Takes::File},
    {"--images", nullptr, "DIR",
     "Pictures to measure on: a folder, or one file. With --data: where a COCO file's pictures "
     "are.",
     false, Takes::File},
    option::saying(option::data,
                   "Labelled pictures of a detector: also tells the mAP of the file, of the "
                   "reference, and of the file without each of the first faults. A YOLOv5 dataset "
                   ".yaml, a folder with images/ and labels/, or COCO's instances_*.json."),
    option::split,
    option::limit,
    {"--input", "-i", "[NAME=]FILE",
     "In place of pictures: an array (.npy or ONNX TensorProto), once per input of the network.",
     true, Takes::File},
    {"--pictures", nullptr, "N",
     "How many pictures the layers are measured on, spread over all (default: 8)."},
    {"--html", nullptr, "FILE",
     "Write the verdict as one page that needs no other file: layers, histograms, the graph "
     "around each fault. With - in place of FILE: to stdout, and nothing else goes there.",
     false, Takes::OutputFile},
    option::json,
    option::preprocess,
    option::saying(option::conf, nmsHelp("For mAP: least score of a detection (default: {conf}).",
                                         evaluationNms)),
    option::saying(option::iou,
                   nmsHelp("For mAP: overlap above which the better of two boxes stays (default: "
                           "{iou}).",
                           evaluationNms)),
    option::saying(option::threads,
                   "Pictures that are worked on at a time (default: one per core). Results do not "
                   "depend on it."),
    option::target,
    option::set,
};

constexpr const char *examples[] = {
    "bstc doctor model.onnx", "bstc doctor after.onnx --reference before.onnx",
    "bstc doctor qat.onnx --reference float.onnx --images photos/ --html doctor.html",
    "bstc doctor qat.onnx --reference float.onnx --data coco128.yaml"};

} // namespace

const Subcommand doctorSubcommand = {
    "doctor",
    "MODEL.onnx",
    1,
    1,
    "Say why a network is less accurate than it should be",
    "Looks at a model in order of cost, as far as it is given what it needs: the file alone "
    "(lint),\n"
    "beside a reference (diff), on pictures (blame), and in mAP. What several of them find of one\n"
    "fault is said once. The verdict is a screenful: what is wrong and how sure that is, the "
    "layer's\n"
    "path in the PyTorch model, what it costs as far as it was measured, and what to change in "
    "the\n"
    "training code. The exit code is 1 where there is a finding of level error, 0 where there is\n"
    "none, 2 where the command line is wrong (docs/accuracy.md).",
    options,
    examples,
    runDoctor};

} // namespace bstc

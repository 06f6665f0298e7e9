#include "tools/bstc/blame/blame_accuracy.h"
#include "tools/bstc/blame/blame_inputs.h"
#include "tools/bstc/blame/blame_report.h"
#include "tools/bstc/blame/blame_undo.h"
#include "tools/bstc/blame/measure_inputs.h"
#include "tools/bstc/cli/dataset_arguments.h"
#include "tools/bstc/cli/interrupt.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"

#include "detectors/shared/nms_defaults.h"
#include "frontend/import.h"
#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <thread>

namespace bstc {
namespace {

using namespace diagnose;

llvm::Expected<Compilation> compileModel(const Arguments &arguments) {
  const std::string &path = arguments.positional.front();
  if (looksLikePackage(path))
    return makeError(Code::NotAnOnnxModel,
                     path + ": is a package, which has no float weights to compare with; give the "
                            "ONNX file that it was compiled from");
  CompileOptions options;
  options.cost = options.fidelity = false;
  readTarget(arguments, options);
  if (llvm::Error error = readPictureOptions(arguments, options.pictures))
    return error;
  auto compilation = compileFile(path, options);
  if (!compilation)
    return compilation.takeError();
  if (llvm::none_of(compilation->imported.nodes(),
                    [](const auto &node) { return node->op == OpKind::Quantize; }))
    return makeError(Code::NothingQuantised,
                     path + ": has no QuantizeLinear nodes, so no layer loses anything; give the "
                            "quantised export, and this file as --reference");
  return compilation;
}

llvm::Expected<std::optional<Graph>> readReference(const Arguments &arguments) {
  if (!arguments.has("--reference"))
    return std::nullopt;
  auto graph = importOnnxFile(arguments.value("--reference"));
  if (!graph)
    return graph.takeError();
  return std::optional<Graph>(std::move(*graph));
}

llvm::Expected<std::optional<Dataset>> readLabelled(const Arguments &arguments) {
  if (!arguments.has("--data"))
    return std::nullopt;
  auto dataset = loadDataset(arguments);
  if (!dataset)
    return dataset.takeError();
  return std::optional<Dataset>(std::move(*dataset));
}

llvm::Error checkFiles(const Arguments &arguments, const BlameInputs &inputs,
                       const std::optional<Dataset> &dataset) {
  std::vector<NamedPath> sources =
      pathsOf(arguments, {"--reference", "--data", "--input", option::target.name});
  sources.push_back({"MODEL", arguments.positional.front()});
  for (const std::string &file : inputs.files())
    sources.push_back({"the image", file});
  if (dataset)
    for (const std::string &file : dataset->files)
      sources.push_back({"a file of the dataset:", file});
  return checkDistinct(sources, pathsOf(arguments, {option::json.name}));
}

llvm::Error incomplete(const BlameReport &report) {
  if (report.accuracy && report.accuracy->stopped)
    return llvm::make_error<InterruptedError>("stopped after " +
                                              counted(report.accuracy->pictures, "picture") +
                                              "; the figures of accuracy are of those");
  const uint64_t unreadable =
      report.unreadable + (report.accuracy ? report.accuracy->unreadable : 0);
  if (unreadable)
    return makeError(Code::FiguresIncomplete,
                     "the figures leave out " + counted(unreadable, "unreadable picture"));
  return llvm::Error::success();
}

llvm::Error blame(const Arguments &arguments) {
  if (arguments.has("--undo"))
    return blameUndo(arguments);
  auto threads = readThreads(arguments, std::thread::hardware_concurrency());
  if (!threads)
    return threads.takeError();
  auto top = arguments.number("--top", 0, 1, 100000);
  if (!top)
    return top.takeError();
  if (int(arguments.has("--input")) + int(arguments.has("--images")) +
          int(arguments.has("--data")) ==
      0)
    return usageError(
        "what to measure on is missing: --images DIR, --data DATASET or --input FILE");
  auto compilation = compileModel(arguments);
  if (!compilation)
    return compilation.takeError();
  auto dataset = readLabelled(arguments);
  if (!dataset)
    return dataset.takeError();
  auto reference = readReference(arguments);
  if (!reference)
    return reference.takeError();
  auto inputs = BlameInputs::choose(arguments, *compilation, *dataset ? &**dataset : nullptr);
  if (!inputs)
    return inputs.takeError();
  if (llvm::Error error = checkFiles(arguments, *inputs, *dataset))
    return error;
  std::optional<PendingFile> json;
  if (llvm::Error error = beginFile(arguments, "--json", json))
    return error;
  if (*dataset)
    warnOfDataset(**dataset);

  const Graph *other = *reference ? &**reference : nullptr;
  auto measurement = Measurement::create(compilation->imported, other);
  if (!measurement)
    return measurement.takeError();
  BlameReport report;
  report.model = arguments.positional.front();
  report.reference = arguments.value("--reference").str();
  report.measurement = measurement->get();
  if (llvm::Error error =
          measureInputs(*inputs, **measurement, *threads, report.measures, report.unreadable))
    return error;
  report.findings = findInMeasures(**measurement, report.measures);
  if (*dataset) {
    report.data = arguments.value("--data").str();
    if (llvm::Error error =
            measureAccuracy(arguments, {&*compilation, other, &**dataset, *threads}, report))
      return error;
  }
  // Where the data go to stdout, findings are in them.
  if (arguments.value("--json") != "-")
    printBlame(report, *top, arguments.report());
  llvm::outs().flush();
  if (json) {
    if (llvm::Error error = json->write(blameJson(report)))
      return error;
    if (llvm::Error error = json->keep())
      return error;
  }
  return incomplete(report);
}

const Option options[] = {
    {"--images", nullptr, "DIR",
     "Pictures to measure on: a folder, or one file. With --data: where a COCO file's pictures "
     "are.",
     false, Takes::File},
    option::saying(option::data,
                   "Labelled pictures of a detector: also tells the mAP that each block and layer "
                   "costs. A YOLOv5 dataset .yaml, a folder with images/ and labels/, or COCO's "
                   "instances_*.json."),
    option::split,
    option::limit,
    {"--input", "-i", "[NAME=]FILE",
     "In place of pictures: an array (.npy or ONNX TensorProto), once per input of the network.",
     true, Takes::File},
    {"--reference", nullptr, "FILE",
     "The float network that this one was made of, to compare with (default: the network itself "
     "without its quantisers, weights as they were before theirs).",
     false, Takes::File},
    {"--undo", nullptr, "EDIT[,EDIT]",
     "In place of all else: accuracy of the model with the --reference's form at the places of "
     "these edits, by their numbers in 'bstc diff REFERENCE MODEL'. Needs --data; either file may "
     "be float."},
    {"--pictures", nullptr, "N",
     "How many pictures the tensors are measured on, spread over all (default: 8)."},
    {"--top", nullptr, "N", "Show only the N worst tensors, the worst first (default: all)."},
    option::preprocess,
    option::saying(option::conf, nmsHelp("For mAP: least score of a detection (default: {conf}).",
                                         evaluationNms)),
    option::saying(option::iou,
                   nmsHelp("For mAP: overlap above which the better of two boxes stays (default: "
                           "{iou}).",
                           evaluationNms)),
    option::saying(
        option::json,
        "Write all figures as data (docs/accuracy.md has the schema). With - in place of "
        "FILE: to stdout, and nothing else goes there."),
    option::saying(option::threads,
                   "Pictures that are worked on at a time (default: one per core). Results do not "
                   "depend on it."),
    option::target,
    option::set,
};

constexpr const char *examples[] = {
    "bstc blame int8.onnx --images photos/",
    "bstc blame int8.onnx --reference float.onnx --images photos/ --top 10",
    "bstc blame int8.onnx --reference float.onnx --data coco128.yaml --json blame.json",
    "bstc blame after.onnx --undo 1 --reference before.onnx --data coco128.yaml",
    "bstc blame model.onnx --input in.npy"};

} // namespace

const Subcommand blameSubcommand = {
    "blame",
    "MODEL.onnx",
    1,
    1,
    "Tell which layers of a quantised network cost accuracy",
    "Runs a QDQ network on a few pictures and prints, layer by layer, what its quantisers cut "
    "off,\n"
    "how many codes they use, and what is left of the signal, in dB: behind the quantiser alone\n"
    "(own), of the layer alone, fed the quantised network's numbers (layer: against its float "
    "form;\n"
    "reference: against the float file's layer), and from the picture on (end to end). What "
    "cannot\n"
    "be right is a finding with the layer's name. With labelled pictures it also tells the mAP "
    "that\n"
    "each block and layer costs: that part in float, everything else as the device runs it.\n"
    "docs/accuracy.md explains the figures.",
    options,
    examples,
    blame};

} // namespace bstc

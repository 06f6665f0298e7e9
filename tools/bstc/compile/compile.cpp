#include "tools/bstc/cli/foreign_model.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/picture_arguments.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/compile/compile_json.h"
#include "tools/bstc/compile/self_test.h"
#include "tools/bstc/profile/report.h"

#include "diagnose/lint/lint.h"
#include "ir/error.h"
#include "partitioner/partition.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <cmath>
#include <limits>

namespace bstc {
namespace {

llvm::Expected<CompileOptions> readOptions(const Arguments &arguments) {
  CompileOptions options;
  readTarget(arguments, options);
  options.recogniseDecode = !arguments.has("--no-recognise-decode");
  options.fidelity = !arguments.has("--no-fidelity");
  options.assumeInt8 = arguments.has("--assume-int8");
  options.deploy = arguments.has("--deploy");
  options.printIrAfter = arguments.value("--print-ir-after").str();
  if (llvm::Error error = checkOptions(options))
    return llvm::make_error<UsageError>("--print-ir-after: " + llvm::toString(std::move(error)));
  if (llvm::Error error = readPictureOptions(arguments, options.pictures))
    return error;
  return options;
}

void printExplanation(const Compilation &compilation, llvm::raw_ostream &out) {
  Table table({nameColumn("node", 48), {"op"}, {"engine"}, nameColumn("reason")});
  for (const PlacementRow &row : placementTable(compilation.imported, compilation.placed))
    table.add({row.node, row.op, engineName(row.engine), row.reason});
  table.print(out);
  out << '\n';
}

void printTiling(const Compilation &compilation, llvm::raw_ostream &out) {
  const bst::Program &program = compilation.compiled->program;
  uint64_t bands = 0;
  for (const Section &section : compilation.compiled->plan.sections)
    bands += section.bands;
  out << "tiles     " << compilation.compiled->plan.sections.size() << " sections in " << bands
      << " bands, " << withCommas(program.tiles.ops.size()) << " operations; "
      << bytesText(compilation.cost.dramRead + compilation.cost.dramWrite)
      << " of DRAM traffic a frame (" << bytesText(layerTraffic(program, compilation.target))
      << " layer by layer)\n";
}

void printSummary(const Compilation &compilation, llvm::raw_ostream &out, bool eachNotice) {
  const bst::Program &program = compilation.compiled->program;
  std::array<size_t, nodeEngineNames.size()> nodes = {};
  for (const PlacementRow &row : placementTable(compilation.imported, compilation.placed))
    ++nodes[size_t(row.engine)];
  out << counted(compilation.imported.nodes().size(), "node") << ": ";
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine)
    out << nodes[engine] << " on " << llvm::StringRef(bst::engineNames[engine]).upper() << ", ";
  out << nodes[size_t(NodeEngine::None)] << " cost nothing; "
      << counted(program.commands.size(), "command") << " for " << compilation.target.name
      << "\n\n";
  printEngineWork({program, compilation.target, compilation.cost}, out);
  out << '\n';
  printTiling(compilation, out);
  printNotices(compilation.notices, out, eachNotice);
}

/// Rounded down: 100% stands for every single element.
std::string shareText(uint64_t equal, uint64_t all) {
  return fixedPoint(all ? std::floor(double(equal) * 1e6 / double(all)) / 1e4 : 100, 4) + "%";
}

/// Whole steps, except for tensors whose scales differ from the file's.
std::string stepsText(double steps) {
  const double whole = std::nearbyint(steps);
  if (steps == whole)
    return counted(uint64_t(whole), "step");
  return numberText(steps, 3) + " steps";
}

/// "99.9970% equal, largest difference 1 step". Floats count as equal when they are close.
std::string agreementText(const TensorFidelity &tensor) {
  const std::string share = shareText(tensor.equal, tensor.elements);
  if (!tensor.quantised)
    return share + " within " + numberText(floatTolerance, 2) + ", largest relative difference " +
           numberText(tensor.maxDifference, 2);
  return share + " equal, largest difference " + stepsText(tensor.maxDifference) +
         (tensor.onlyTiesDiffer() ? ", all of them ties" : "");
}

/// "output0 58.2 dB, largest difference 0.013 of 1330", "y equal".
std::string endToEndText(const OutputFidelity &output) {
  if (output.decibels == std::numeric_limits<double>::infinity())
    return output.name + " equal";
  if (std::isinf(output.maxDifference))
    return output.name + " has infinities or NaN where the file has others, or none";
  return output.name + " " + fixedPoint(output.decibels, 1) + " dB, largest difference " +
         numberText(output.maxDifference, 4) + " of " + numberText(output.greatest, 4);
}

/// The layers that differ for ties alone, where that takes them below what is promised otherwise:
/// one line for all.
void printTies(const FidelityReceipt &receipt, llvm::raw_ostream &out) {
  uint64_t layers = 0, elements = 0, halves = 0, ties = 0;
  for (const TensorFidelity &tensor : receipt.tensors)
    if (tensor.ties > 0 && tensor.equalShare() < 0.999) {
      ++layers;
      elements += tensor.elements;
      halves += tensor.halves;
      ties += tensor.ties;
    }
  if (layers)
    out << "          ties round up on MACA and EDP, to even in ONNX: "
        << shareText(halves, elements) << " of the values of " << counted(layers, "layer")
        << " lie half-way\n          between two steps; " << withCommas(ties)
        << " of them are one step apart for that\n";
}

/// "1 step apart (floats: 2.8e-07)".
std::string apartText(const FidelityReceipt &receipt) {
  const std::string floats = numberText(receipt.maxRelative, 2);
  if (!receipt.anyQuantised)
    return floats + " apart, relatively";
  return stepsText(receipt.maxSteps) + " apart" +
         (receipt.anyFloat ? " (floats: " + floats + ")" : "");
}

void printFidelity(const FidelityReceipt &receipt, llvm::raw_ostream &out) {
  out << "fidelity  scales: " << receipt.scalesKept << " kept, " << receipt.scalesMerged
      << " merged, " << receipt.scalesRounded << " rounded (relative error at most "
      << numberText(receipt.worstScaleError, 2) << ")\n";
  if (receipt.elements)
    out << "          every layer against the float evaluation of the ONNX graph:\n          "
        << shareText(receipt.equal, receipt.elements) << " of " << withCommas(receipt.elements)
        << " values equal, at most " << apartText(receipt) << '\n';
  if (const TensorFidelity *worst = receipt.worst())
    out << "          worst layer: " << worst->command << ", " << agreementText(*worst) << '\n';
  printTies(receipt, out);
  for (const OutputFidelity &output : receipt.outputs)
    out << "          end to end: " << endToEndText(output) << '\n';
}

/// Layers that do not compute what the file says as exactly as every compilation promises.
void warnOfBrokenPromises(const FidelityReceipt &receipt) {
  constexpr size_t most = 5;
  size_t broken = 0;
  for (const TensorFidelity &tensor : receipt.tensors)
    if (!tensor.keepsPromise() && ++broken <= most)
      warn(Code::LessExact,
           "layer '" + tensor.command +
               "' is less exact than promised (99.9% equal, at most 1 step apart): " +
               agreementText(tensor));
  if (broken > most)
    warn(Code::LessExact, "and " + counted(broken - most, "more layer"));
}

/// A package that computes something else than its file must not be shipped.
llvm::Error checkFidelity(const FidelityReceipt &receipt) {
  constexpr const char *advice = ". No package is written. This is a fault of bstc, not of the "
                                 "model; --no-fidelity compiles without this check";
  for (const TensorFidelity &tensor : receipt.tensors)
    if (tensor.isWrong())
      return makeError(Code::LayerDiffers, "layer '" + tensor.command +
                                               "' is not what the model computes: given the "
                                               "model's own numbers, " +
                                               agreementText(tensor) + advice);
  for (const OutputFidelity &output : receipt.outputs)
    if (output.isWrong())
      return makeError(Code::OutputDiffers,
                       "the output is not what the model computes, end to end: " +
                           endToEndText(output) + "; int8 rounding leaves more than " +
                           fixedPoint(OutputFidelity::leastDecibels, 0) + " dB" + advice);
  return llvm::Error::success();
}

/// What runs in float although int8 was asked for, when the user wants an error over it.
llvm::Error checkFallbacks(const Graph &placed, llvm::raw_ostream &out) {
  const std::vector<Fallback> fallbacks = findFallbacks(placed);
  if (fallbacks.empty())
    return runsInt8(placed)
               ? llvm::Error::success()
               : makeError(Code::FallbacksForbidden,
                           "nothing runs in int8 (--fail-on-fallback): no result of a layer is "
                           "quantised, so every operator runs in float on DSP; export a quantised "
                           "model");
  Table table({nameColumn("node on DSP", 60), nameColumn("reason")});
  std::vector<llvm::StringRef> names;
  for (const Fallback &fallback : fallbacks) {
    table.add({fallback.node->name, fallback.reason});
    names.push_back(fallback.node->name);
    for (const Node *node : fallback.with)
      table.add({node->name, "float with '" + fallback.node->name + "'"});
  }
  out << '\n';
  table.print(out);
  return makeError(Code::FallbacksForbidden,
                   counted(fallbacks.size(), "node") +
                       (fallbacks.size() == 1 ? " falls" : " fall") +
                       " back to float on DSP (--fail-on-fallback): " + llvm::join(names, ", ") +
                       " (" + fallbacks.front().reason + ")");
}

/// What lint says of the model: its errors become notices, of the rest the number is printed.
llvm::Error runLint(const Arguments &arguments, llvm::StringRef model, Compilation &compilation,
                    std::string &rest) {
  if (arguments.has("--no-lint"))
    return llvm::Error::success();
  llvm::Expected<std::vector<diagnose::Finding>> findings = diagnose::lint(compilation.imported);
  if (!findings)
    return findings.takeError();
  size_t errors = 0, others = 0;
  for (const diagnose::Finding &finding : *findings) {
    const bool isError = finding.severity == Severity::Error;
    ++(isError ? errors : others);
    if (isError)
      compilation.notices.push_back(toNotice(finding));
  }
  if (others)
    rest = "lint      " + counted(others, "hint") + "; 'bstc lint " + model.str() +
           (others == 1 ? "' shows it\n" : "' shows them\n");
  if (errors && arguments.has("--fail-on-lint"))
    return makeError(findings->front().code,
                     counted(errors, "finding") +
                         " of level error (--fail-on-lint), the first: " + findings->front().text);
  return llvm::Error::success();
}

/// What an assumption compiles to may be looked at, not shipped.
llvm::Error checkAssumption(const Arguments &arguments) {
  if (!arguments.has("--assume-int8"))
    return llvm::Error::success();
  if (arguments.has("--output") || !arguments.has("--explain"))
    return llvm::make_error<UsageError>("--assume-int8 goes with --explain and without --output: "
                                        "its scales are placeholders, so no "
                                        "package is written");
  return llvm::Error::success();
}

/// The package and its JSON. They get their names together, when both are whole.
llvm::Error writeResults(const Arguments &arguments, llvm::StringRef model, llvm::StringRef output,
                         Compilation &compilation) {
  llvm::Expected<bstrt::Package> package = openCompiled(compilation);
  if (!package)
    return package.takeError();
  std::vector<std::byte> &bytes = compilation.package;
  if (llvm::Error error = addSelfTest(arguments, *package, bytes))
    return error;
  llvm::Expected<PendingFile> file = PendingFile::create(output);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(bytes))
    return error;
  const WrittenPackage written = {output.str(), bytes.size(), package->info().hash};
  if (arguments.has("--json"))
    if (llvm::Error error =
            writeFile(arguments.value("--json"), compileJson(model, compilation, &written)))
      return error;
  if (llvm::Error error = file->keep())
    return error;
  arguments.report() << "package   " << output << ", " << bytesText(bytes.size()) << ", hash "
                     << package->info().hash << '\n';
  return llvm::Error::success();
}

llvm::Error runCompile(const Arguments &arguments) {
  if (llvm::Error error = checkAssumption(arguments))
    return error;
  const llvm::StringRef model = arguments.positional.front();
  if (llvm::sys::fs::exists(model) && looksLikePackage(model))
    return makeError(Code::PackageAlready,
                     model + ": is a package already; 'bstc run', 'profile' and 'inspect' take it");
  if (llvm::Error error = checkNotForeign(model))
    return error;
  const std::string output = arguments.value("--output", (stemOf(model) + ".bst").str()).str();
  std::vector<NamedPath> inputs =
      pathsOf(arguments, {option::names.name, option::target.name, "--selftest-input"});
  inputs.push_back({"the model", model.str()});
  if (llvm::Error error = checkDistinct(
          inputs, {{"--output", output}, {"--json", arguments.value("--json").str()}}))
    return error;
  llvm::Expected<CompileOptions> options = readOptions(arguments);
  if (!options)
    return options.takeError();
  llvm::Expected<Compilation> compilation = compileFile(model, *options);
  if (!compilation)
    return compilation.takeError();
  std::string hints;
  if (llvm::Error error = runLint(arguments, model, *compilation, hints))
    return error;
  llvm::raw_ostream &out = arguments.report();
  llvm::errs() << compilation->printedIr;
  if (arguments.has("--explain"))
    printExplanation(*compilation, out);
  printSummary(*compilation, out, arguments.has("--explain") || arguments.verbose);
  out << hints;
  if (compilation->fidelity) {
    printFidelity(*compilation->fidelity, out);
    warnOfBrokenPromises(*compilation->fidelity);
    if (llvm::Error error = checkFidelity(*compilation->fidelity))
      return error;
  }
  if (arguments.has("--fail-on-fallback"))
    if (llvm::Error error = checkFallbacks(compilation->placed, out))
      return error;
  if (!options->assumeInt8)
    return writeResults(arguments, model, output, *compilation);
  if (!arguments.has("--json"))
    return llvm::Error::success();
  return writeFile(arguments.value("--json"), compileJson(model, *compilation, nullptr));
}

const Option options[] = {
    option::saying(option::output,
                   "Where to write the package (default: MODEL's name with .bst, here)."),
    option::saying(option::json, "Write what is printed as data, every node with its engine and "
                                 "reason included (docs/json.md). With - in place of FILE, here "
                                 "and for --output: to stdout, and nothing else goes there."),
    option::saying(option::target,
                   "Device: a name that 'bstc targets' lists, or a description of your own "
                   "(default: bst-a1000b0)."),
    option::set,
    {"--explain", nullptr, nullptr,
     "Print every node of the model with its engine and the reason."},
    {"--assume-int8", nullptr, nullptr,
     "With --explain: place a float model as if it were quantised. Writes no package."},
    {"--fail-on-fallback", nullptr, nullptr,
     "Fail, and write nothing, when a layer that int8 engines are there for runs in float on DSP, "
     "or "
     "when nothing is quantised."},
    {"--selftest", nullptr, nullptr,
     "Keep a self-test in the package: a made-up input and what every command makes of it on the "
     "simulator, for 'bstc verify' and bst_session_selftest."},
    {"--selftest-input", nullptr, "[NAME=]FILE",
     "The same with an input of your own (.npy or ONNX TensorProto), which is kept in the package. "
     "Once for each input.",
     true, Takes::File},
    option::saying(option::names,
                   "Class names for the package: a file with one per line, a dataset's .yaml, or "
                   "names with commas between them (default: those in the model's metadata). "
                   "--classes is the same."),
    option::preprocess,
    option::pictureInput,
    option::decode,
    {"--predictions", nullptr, "OUTPUT", "The output with the rows, where several could be."},
    {"--prototypes", nullptr, "OUTPUT|none",
     "The output with the prototypes of a Segment network's masks, where that is not clear."},
    {"--anchors", nullptr, "NUMBERS",
     "Anchors of the heads in pixels, W,H,W,H,.../W,H,... with a slash between levels, the finest "
     "first (default: the family's own; YOLOv5's are those of its P5 networks)."},
    {"--deploy", nullptr, nullptr,
     "Compile the form that is deployed: 8-bit pictures go in (--input u8, unless it says nv12), "
     "and of a detector boxes come out (outputs boxes, scores, classes and count; of Segment "
     "networks mask_coefficients, and the prototypes as int8). Raw heads need --decode, other "
     "networks --preprocess (docs/detect.md). By default names, shapes and types are the model's."},
    {"--with-nms", nullptr, nullptr,
     "End in non-maximum suppression on DSP: outputs boxes, scores, classes and count "
     "(docs/pictures.md). Part of --deploy."},
    option::saying(option::conf,
                   nmsHelp("Scores of detections are above this: with NMS, and as a hint to "
                           "hosts (default: {conf}).")),
    option::saying(option::iou,
                   nmsHelp("Boxes of a class that overlap by more than this are one detection "
                           "(default: {iou}).")),
    option::saying(option::maxDet,
                   nmsHelp("Detections of a picture, at most (default: {max-det}).")),
    {"--multi-label", nullptr, nullptr,
     "Every class of a box above --conf is a detection, as 'bstc eval' counts them (default: the "
     "best class)."},
    option::saying(option::noRecogniseDecode,
                   "Keep the YOLOv5 decode as plain float operators: slower, the same numbers."),
    {"--no-fidelity", nullptr, nullptr,
     "Skip the comparison of every layer with the float evaluation of the model."},
    {"--no-lint", nullptr, nullptr, "Leave out what 'bstc lint' would find in the model."},
    {"--fail-on-lint", nullptr, nullptr,
     "Fail, and write nothing, when 'bstc lint' finds faults (level error)."},
    {"--print-ir-after", nullptr, "PASS|all",
     "Print the graph after a pass (or after each) to stderr; 'import' and 'assign-engines' count "
     "as passes."},
};

constexpr const char *examples[] = {
    "bstc compile model.onnx -o model.bst",
    "bstc compile model.onnx --explain --fail-on-fallback",
    "bstc compile model.onnx --deploy -o model.bst",
    "bstc compile model.onnx --deploy --conf 0.001 --iou 0.6 --multi-label -o measured.bst",
    "bstc compile model.onnx --names coco.yaml --conf 0.4",
    "bstc compile heads.onnx --decode yolov5 --with-nms",
    "bstc compile model.onnx --input u8 -o model.bst",
    "bstc compile rows.onnx --decode yolov5-rows --predictions boxes",
    "bstc compile model.onnx --print-ir-after=all 2> ir.txt"};

} // namespace

const Subcommand compileSubcommand = {"compile",
                                      "MODEL.onnx",
                                      1,
                                      1,
                                      "Compile an ONNX model into a .bst package",
                                      "Compiles an ONNX model (a QAT export with "
                                      "QuantizeLinear/DequantizeLinear pairs, or plain float)\n"
                                      "and prints what runs where: operators, MACs and bytes of "
                                      "each engine, how exactly the package\n"
                                      "computes what the model says, and what stands in the way. "
                                      "A layer that is less exact than\n"
                                      "promised gets a warning on stderr; one that cannot be right "
                                      "is an error. An interrupted or failed\n"
                                      "compilation leaves no file behind.",
                                      options,
                                      examples,
                                      runCompile};

} // namespace bstc

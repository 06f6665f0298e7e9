#include "driver/compile.h"

#include "detectors/picture_input.h"
#include "detectors/pictures.h"
#include "driver/deployment.h"
#include "driver/package_run.h"
#include "driver/recognised.h"
#include "driver/stages.h"

#include "frontend/import.h"
#include "frontend/passes/passes.h"
#include "ir/error.h"
#include "partitioner/emit.h"
#include "partitioner/partition.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// What the options and the device ask of the passes; passPipeline() says which each decides.
static PassOptions passOptions(const CompileOptions &options, const Target &target) {
  return {.reluForSilu = options.whatIf.relu,
          .recogniseDecode = options.recogniseDecode,
          .assumeInt8 = options.assumeInt8,
          .tieScales = options.whatIf.tieScales,
          .spaceToDepth = !target.dsp.host, // A host hands the image over as it is.
          .fusePictures = target.edp.present};
}

llvm::Error checkOptions(const CompileOptions &options) {
  return checkStage(options.printIrAfter, passOptions(options, Target()));
}

static llvm::Error runPasses(Graph &graph, const PassOptions &options, Stages &stages) {
  for (const Pass &pass : passPipeline()) {
    if (!pass.runs(options))
      continue;
    if (llvm::Error error = pass.run(graph))
      return error;
    if (llvm::Error error = verify(graph))
      return prefixError(llvm::Twine("after pass ") + pass.name, std::move(error));
    stages.done(pass.name, graph);
  }
  return llvm::Error::success();
}

static bool isQuantised(const Graph &graph) {
  return llvm::any_of(graph.nodes(), [](const auto &node) { return node->op == OpKind::Quantize; });
}

/// Has a description the name of a built-in one (with what was set) that says something else?
static bool namesAnother(const Target &target) {
  llvm::Expected<Target> builtin = loadBuiltinTarget(target.name);
  if (builtin)
    return !sameNumbers(*builtin, target);
  llvm::consumeError(builtin.takeError());
  return false;
}

static void addNotices(Compilation &result, const CompileOptions &options) {
  const auto add = [&](Code code, std::string text) {
    result.notices.push_back(makeNotice(code, std::move(text)));
  };
  const bool assumed = options.assumeInt8;
  llvm::append_range(result.notices, result.imported.notices);
  if (options.whatIf.any())
    add(Code::WhatIf, "a what-if: only the cost of this network is predicted, what it computes "
                      "means nothing until it is trained and exported so");
  bool quantised = isQuantised(result.imported);
  if (assumed && quantised)
    add(Code::QuantisedAlready,
        "the model is quantised already: taken as it is, nothing is assumed");
  else if (assumed)
    add(Code::AssumedInt8, "as if int8: the model is float, its scales are placeholders. Speed is "
                           "estimated, accuracy is not predicted");
  else if (!quantised)
    add(Code::NothingQuantised, "nothing is quantised: the model has no QuantizeLinear nodes, so "
                                "every operator runs in float on DSP");
  for (const auto &node : result.placed.nodes())
    if (node->op == OpKind::Picture && node->output()->type.isFloat() && quantised)
      result.notices.push_back(makeNotice(
          Code::PictureInFloat,
          "input '" + node->input(0)->name +
              "': its pixels become floats on DSP, as no quantiser reads them first or the device "
              "has no EDP",
          node->name));
  const std::vector<Fallback> fallbacks = findFallbacks(result.placed);
  for (const Fallback &fallback : fallbacks)
    result.notices.push_back(fallback.notice());
  if (quantised && fallbacks.empty() && !runsInt8(result.placed))
    add(Code::NothingRunsInt8, "nothing runs in int8: no result of a layer is quantised, so every "
                               "operator runs in float on DSP");
  if (namesAnother(result.target))
    add(Code::TargetNameTaken,
        "the device description has the name of the built-in " + result.target.name +
            " but other numbers, and packages keep the name only: give it a name of its own");
}

namespace {
/// What is known of the network's ends.
struct NetworkEnds {
  DetectionTail tail;
  std::vector<bst::Preprocess> pictures; ///< Of inputs that take pixels (takePictures()).
};
} // namespace

/// Completes what a detector's outputs hold and what its inputs take, and places the graph.
/// \p pictures: those of the options, and what the form for deployment makes of them.
static llvm::Expected<NetworkEnds> placeGraph(Compilation &result, const CompileOptions &options,
                                              PictureOptions &pictures, Stages &stages) {
  llvm::Expected<std::vector<Predictions>> recognised = recognisedPredictions(result.imported);
  if (!recognised)
    return recognised.takeError();
  if (options.deploy) {
    auto deployed = deployedPictures(result.imported, *recognised, pictures);
    if (!deployed)
      return deployed.takeError();
    pictures = std::move(*deployed);
  }
  llvm::Expected<DetectionTail> tail =
      finishDetector(result.imported, *recognised, pictures, result.notices);
  if (!tail)
    return tail.takeError();
  auto taken = takePictures(result.imported, tail->family, pictures);
  if (!taken)
    return taken.takeError();
  stages.log("detector", result.imported);
  stages.print("import", result.imported);

  result.placed = result.imported.clone();
  if (llvm::Error error = runPasses(result.placed, passOptions(options, result.target), stages))
    return error;
  if (options.deploy)
    keepPrototypesInt8(result.placed, tail->prototypes);
  if (llvm::Error error = assignEngines(result.placed, result.target))
    return error;
  stages.done("assign-engines", result.placed);
  return NetworkEnds{std::move(*tail), std::move(*taken)};
}

/// The program, its cost and its package, as far as they are wanted.
static llvm::Error emitProgram(Compilation &result, const NetworkEnds &ends,
                               const PictureOptions &pictures, const CompileOptions &options) {
  auto compiled = schedule(result.placed, result.target);
  if (!compiled)
    return compiled.takeError();
  result.compiled = std::move(*compiled);
  bst::Program &program = result.compiled->program;
  if (llvm::Error error = describePictures(program, ends.tail, pictures, ends.pictures))
    return error;
  if (options.cost) {
    result.cost = predictCost(program, result.target);
    program.cost = summaryOf(result.cost);
  }
  if (llvm::Error error = checkProgram(program))
    return error;
  if (!options.package)
    return llvm::Error::success();
  auto package = emitPackage(program);
  if (!package)
    return package.takeError();
  result.package = std::move(*package);
  return llvm::Error::success();
}

static llvm::Error compileInto(Compilation &result, const CompileOptions &options) {
  Stages stages(options.printIrAfter, result.printedIr);
  PictureOptions pictures = options.pictures;
  llvm::Expected<NetworkEnds> ends = placeGraph(result, options, pictures, stages);
  if (!ends)
    return ends.takeError();
  if (llvm::Error error = emitProgram(result, *ends, pictures, options))
    return error;
  stages.log("emit", result.placed);

  const bool isEstimate = options.assumeInt8 && !isQuantised(result.imported);
  if (options.fidelity && !isEstimate) {
    llvm::Expected<bstrt::Package> opened =
        options.package ? openInMemory(result.package) : openInMemory(result.compiled->program);
    if (!opened)
      return opened.takeError();
    result.opened.emplace(std::move(*opened));
    auto receipt = checkFidelity(result.imported, result.placed, *result.opened);
    if (!receipt)
      return receipt.takeError();
    result.fidelity = std::move(*receipt);
    stages.log("fidelity", result.placed);
  }
  addNotices(result, options);
  return llvm::Error::success();
}

llvm::Expected<Compilation> compile(Graph imported, const CompileOptions &options) {
  auto target = loadTarget(options.target);
  if (!target)
    return target.takeError();
  if (llvm::Error error = applySettings(*target, options.targetSettings))
    return error;
  if (llvm::Error error = checkStage(options.printIrAfter, passOptions(options, *target)))
    return error;
  Compilation result;
  result.target = std::move(*target);
  result.imported = std::move(imported);
  if (llvm::Error error = compileInto(result, options)) {
    const std::string &source = result.imported.source;
    return source.empty() ? std::move(error) : prefixError(source, std::move(error));
  }
  return result;
}

llvm::Expected<Compilation> compileFile(llvm::StringRef path, const CompileOptions &options) {
  const auto begin = std::chrono::steady_clock::now();
  auto imported =
      options.whatIf.size ? importResizedFile(path, options.whatIf.size) : importOnnxFile(path);
  if (!imported)
    return imported.takeError();
  logStage("import", *imported, begin);
  return compile(std::move(*imported), options);
}

} // namespace bstc

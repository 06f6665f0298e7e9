#include "driver/compile.h"

#include "detectors/pictures.h"
#include "driver/recognised.h"

#include "frontend/import.h"
#include "frontend/passes/passes.h"
#include "ir/error.h"
#include "partitioner/emit.h"
#include "partitioner/partition.h"
#include "runtime/package/package.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>
#include <spdlog/spdlog.h>

namespace bstc {

using Clock = std::chrono::steady_clock;

static void logStep(llvm::StringRef stage, const Graph &graph, Clock::time_point begin) {
  spdlog::debug("{}: {} nodes, {:.1f} ms", stage.str(), graph.nodes().size(),
                std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
}

namespace {
/// Logs the steps of the pipeline, and prints the graph after those that change it.
class Stages {
public:
  Stages(const CompileOptions &options, std::string &printed)
      : wanted(options.printIrAfter), printed(printed) {}

  void log(llvm::StringRef stage, const Graph &graph) {
    logStep(stage, graph, last);
    last = Clock::now();
  }

  void done(llvm::StringRef stage, const Graph &graph) {
    log(stage, graph);
    print(stage, graph);
  }

  void print(llvm::StringRef stage, const Graph &graph) {
    if (wanted == "all" || wanted == stage) {
      std::string text = toString(graph);
      printed += "// IR after " + stage.str() + (text == previous ? " (unchanged)\n" : "\n" + text);
      previous = std::move(text);
    }
  }

private:
  std::string wanted, previous;
  std::string &printed;
  Clock::time_point last = Clock::now();
};
} // namespace

/// Names that printIrAfter accepts besides "all".
static std::vector<std::string> printableStages() {
  std::vector<std::string> names = {"import"};
  for (const Pass &pass : passPipeline())
    names.push_back(pass.name);
  names.push_back("assign-engines");
  return names;
}

llvm::Error checkOptions(const CompileOptions &options) {
  if ((options.printIrAfter == "recognise-decode" && !options.recogniseDecode) ||
      (options.printIrAfter == "assume-int8" && !options.assumeInt8))
    return makeError(Code::Usage, "there is nothing to print after " + options.printIrAfter +
                                      ": the pass is switched off");
  std::vector<std::string> stages = printableStages();
  if (options.printIrAfter.empty() || options.printIrAfter == "all" ||
      llvm::is_contained(stages, options.printIrAfter))
    return llvm::Error::success();
  return makeError(Code::Usage, "no pass is named '" + options.printIrAfter + "'; known: all, " +
                                    llvm::join(stages, ", "));
}

/// Is the pass left out?
static bool isOff(const Pass &pass, const CompileOptions &options, const Target &target) {
  return (pass.run == recogniseDecode && !options.recogniseDecode) ||
         (pass.run == assumeInt8 && !options.assumeInt8) ||
         // A host hands the image over as it is.
         (pass.run == spaceToDepth && target.dsp.host);
}

static llvm::Error runPasses(Graph &graph, const CompileOptions &options, const Target &target,
                             Stages &stages) {
  if (options.whatIf.relu && reluForSilu(graph) == 0)
    return makeError(Code::NoSilu, "has no SiLU that could be a ReLU");
  for (const Pass &pass : passPipeline()) {
    if (isOff(pass, options, target))
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

static llvm::Error compileInto(Compilation &result, const CompileOptions &options) {
  Stages stages(options, result.printedIr);
  llvm::Expected<std::vector<Predictions>> recognised = recognisedPredictions(result.imported);
  if (!recognised)
    return recognised.takeError();
  llvm::Expected<DetectionTail> tail =
      finishDetector(result.imported, *recognised, options.pictures, result.notices);
  if (!tail)
    return tail.takeError();
  stages.print("import", result.imported);

  result.placed = result.imported.clone();
  if (llvm::Error error = runPasses(result.placed, options, result.target, stages))
    return error;

  if (llvm::Error error = assignEngines(result.placed, result.target))
    return error;
  stages.done("assign-engines", result.placed);

  auto compiled = schedule(result.placed, result.target);
  if (!compiled)
    return compiled.takeError();
  result.compiled = std::move(*compiled);
  if (llvm::Error error = describePictures(result.compiled->program, *tail, options.pictures))
    return error;

  result.cost = predictCost(result.compiled->program, result.target);
  auto package = emitPackage(*result.compiled, result.cost);
  if (!package)
    return package.takeError();
  result.package = std::move(*package);
  stages.log("emit", result.placed);

  const bool isEstimate = options.assumeInt8 && !isQuantised(result.imported);
  if (options.fidelity && !isEstimate) {
    auto receipt = checkFidelity(result.imported, result.placed, result.compiled->program);
    if (!receipt)
      return receipt.takeError();
    result.fidelity = std::move(*receipt);
    stages.log("fidelity", result.placed);
  }
  addNotices(result, options);
  return llvm::Error::success();
}

llvm::Expected<Compilation> compile(Graph imported, const CompileOptions &options) {
  if (llvm::Error error = checkOptions(options))
    return error;
  auto target = loadTarget(options.target);
  if (!target)
    return target.takeError();
  if (llvm::Error error = applySettings(*target, options.targetSettings))
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
  const Clock::time_point begin = Clock::now();
  auto imported =
      options.whatIf.size ? importResizedFile(path, options.whatIf.size) : importOnnxFile(path);
  if (!imported)
    return imported.takeError();
  logStep("import", *imported, begin);
  return compile(std::move(*imported), options);
}

} // namespace bstc

#include "tools/bstc/cli/foreign_model.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/diff/diff_report.h"

#include "diagnose/network/program_network.h"
#include "frontend/import.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {
namespace {

llvm::Expected<diagnose::Network> readModel(const std::string &path) {
  if (llvm::Error error = checkNotForeign(path))
    return error;
  llvm::Expected<Graph> graph = importOnnxFile(path);
  if (!graph)
    return graph.takeError();
  llvm::Expected<diagnose::Network> network = diagnose::readNetwork(*graph);
  if (!network)
    return prefixError(path, network.takeError());
  return network;
}

/// How a model has to be compiled to become a program of the form that `program` has.
CompileOptions optionsLike(const bst::Program &program) {
  CompileOptions options;
  options.target = program.target;
  options.cost = options.package = options.fidelity = false;
  const auto has = [&](auto... kinds) {
    return llvm::any_of(program.commands, [&](const bst::Command &command) {
      return (std::holds_alternative<decltype(kinds)>(command.params) || ...);
    });
  };
  options.deploy = has(bst::DetectParams(), bst::PictureParams(), bst::FloatPictureParams());
  options.recogniseDecode = options.deploy || has(bst::YoloDecodeParams());
  return options;
}

/// A program of `path`: what the package holds, or what a model becomes beside package `other`.
llvm::Expected<diagnose::Network> readProgram(const std::string &path, const std::string &other) {
  CompileOptions options;
  if (!looksLikePackage(path)) {
    llvm::Expected<bstrt::Package> package = openPackage(other);
    if (!package)
      return package.takeError();
    options = optionsLike(bst::programOf(*package));
  }
  llvm::Expected<LoadedModel> model = loadModel(path, options);
  if (!model)
    return model.takeError();
  return diagnose::networkOfProgram(model->program(), path);
}

llvm::Expected<DiffReport> compareFiles(const std::string &pathA, const std::string &pathB) {
  const bool packageA = looksLikePackage(pathA), packageB = looksLikePackage(pathB);
  const bool programs = packageA || packageB;
  llvm::Expected<diagnose::Network> a = programs ? readProgram(pathA, pathB) : readModel(pathA);
  if (!a)
    return a.takeError();
  llvm::Expected<diagnose::Network> b = programs ? readProgram(pathB, pathA) : readModel(pathB);
  if (!b)
    return b.takeError();
  DiffReport report{pathA, pathB, std::move(*a), std::move(*b), "", {}};
  if (packageA != packageB)
    report.note = std::string(packageA ? "B" : "A") + " was compiled as " + (packageA ? "A" : "B") +
                  " was: programs are compared, command by command";
  else if (programs)
    report.note = "programs are compared, command by command";
  report.difference = diagnose::compareNetworks(report.a, report.b);
  return report;
}

llvm::Error diff(const Arguments &arguments) {
  const std::string &pathA = arguments.positional[0], &pathB = arguments.positional[1];
  if (llvm::Error error = checkDistinct({{"A", pathA}, {"B", pathB}},
                                        {{"--json", arguments.value("--json").str()}}))
    return error;
  llvm::Expected<DiffReport> report = compareFiles(pathA, pathB);
  if (!report)
    return report.takeError();
  if (arguments.has("--json"))
    if (llvm::Error error = writeFile(arguments.value("--json"), diffJson(*report)))
      return error;
  printDiff(*report, arguments.report());
  if (report->difference.equal())
    return llvm::Error::success();
  return llvm::make_error<QuietFailure>();
}

constexpr Option options[] = {option::json};

constexpr const char *examples[] = {
    "bstc diff relu.onnx silu.onnx",
    "bstc diff float.onnx int8.onnx",
    "bstc diff model.bst model.onnx --json diff.json",
};

} // namespace

const Subcommand diffSubcommand = {
    "diff",
    "A B",
    2,
    2,
    "What makes network B of network A",
    "Compares two networks, .onnx or .bst: before and after a change, float and Q/DQ, yesterday's\n"
    "and today's export. Layers are matched by structure and weights, not by names. Says what\n"
    "differs in structure, then activations, scales, weights and decode constants; equal edits\n"
    "together, each with what to look for in the training code. What retraining or calibration\n"
    "does to all layers is one line. The exit code is 0 where the two are equal, 1 where they\n"
    "differ (docs/accuracy.md).",
    options,
    examples,
    diff};

} // namespace bstc

#include "tools/bstc/model.h"
#include "tools/bstc/output.h"
#include "tools/bstc/report_rows.h"
#include "tools/bstc/subcommands.h"

#include "ir/error.h"
#include "partitioner/retile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

constexpr uint64_t mostFrames = 1000;

/// What an ONNX file was compiled for. A package says what it was compiled for; the user may ask
/// about another device.
static llvm::Expected<Target> targetOf(const LoadedModel &model, const CompileOptions &options,
                                       const Arguments &arguments) {
  if (model.target)
    return *model.target;
  const std::string &compiledFor = model.program().target;
  llvm::Expected<Target> target =
      loadTarget(arguments.has("--target") ? options.target : compiledFor);
  if (!target && !arguments.has("--target")) {
    llvm::consumeError(target.takeError());
    return makeError("the package was compiled for '" + compiledFor +
                     "', which is not a built-in target; pass its description with --target FILE");
  }
  if (!target)
    return target;
  if (llvm::Error error = applySettings(*target, options.targetSettings))
    return error;
  return target;
}

static llvm::Error runProfile(const Arguments &arguments) {
  if (llvm::Error error = checkDistinct(
          {{"the model", arguments.positional.front()},
           {"--target", arguments.value("--target").str()}},
          {{"--json", arguments.value("--json").str()}, {"--csv", arguments.value("--csv").str()}}))
    return error;
  if (llvm::Error error = checkCompiles(arguments, arguments.positional.front(),
                                        {"--no-recognise-decode", "--assume-int8"}))
    return error;
  CompileOptions options;
  options.fidelity = false;
  readTarget(arguments, options);
  options.recogniseDecode = !arguments.has("--no-recognise-decode");
  options.assumeInt8 = arguments.has("--assume-int8");
  llvm::Expected<LoadedModel> model = loadModel(arguments.positional.front(), options);
  if (!model)
    return model.takeError();
  llvm::Expected<Target> target = targetOf(*model, options, arguments);
  if (!target)
    return target.takeError();
  bst::Program program = model->program();
  if (program.target != target->name || program.tiles.ops.empty()) {
    llvm::Expected<bst::TileProgram> tiles = retile(program, *target);
    if (!tiles)
      return tiles.takeError();
    program.tiles = std::move(*tiles);
  }
  const CostReport cost = predictCost(program, *target);
  llvm::Expected<uint64_t> frames = arguments.number("--frames", cost.steady.frames, 1, mostFrames);
  if (!frames)
    return frames.takeError();
  llvm::Expected<uint64_t> top = arguments.number("--top", ~uint64_t(0), 1, ~uint64_t(0));
  if (!top)
    return top.takeError();
  const Profile profile{program, *target, cost, predictRange(program, *target, cost),
                        arguments.has("--frames")
                            ? simulate(program.tiles, cost.demands, *target, uint32_t(*frames))
                            : cost.steady};
  auto rows = sortedCommands(profile, arguments.value("--sort"), size_t(*top));
  if (!rows)
    return rows.takeError();

  llvm::outs() << stemOf(arguments.positional.front()) << " on " << target->name << " ("
               << target->description << ")\n\n";
  printLayers(profile, *rows, llvm::outs());
  llvm::outs() << '\n';
  if (arguments.has("--frames")) {
    printFrames(profile.frames, llvm::outs());
    llvm::outs() << '\n';
  }
  printProfile(profile, llvm::outs());
  for (const std::string &notice : model->notices)
    llvm::outs() << "note: " << notice << '\n';
  if (arguments.has("--json"))
    if (llvm::Error error = writeFile(arguments.value("--json"), profileJson(profile)))
      return error;
  if (arguments.has("--csv"))
    return writeFile(arguments.value("--csv"), profileCsv(profile));
  return llvm::Error::success();
}

static constexpr Option options[] = {
    {"--target", nullptr, "NAME|FILE",
     "Device: a name that 'bstc targets' lists, or a description of your own (default: the "
     "package's target; bst-a1000b0 for an ONNX file)."},
    {"--set", nullptr, "FIELD=VALUE",
     "Change a number of the device, as dram_gbps=12.8 (docs/targets.md); may be repeated.", true},
    {"--sort", nullptr, "COLUMN",
     "Order of the table: a column of the CSV file (docs/profile.md), as time_ms or node."},
    {"--top", nullptr, "N", "Show the first N rows of the table."},
    {"--frames", nullptr, "N",
     "Show when each of N frames starts and ends: how the pipeline fills, and its steady state."},
    {"--json", nullptr, "FILE", "Write the profile as JSON, too (docs/profile.md)."},
    {"--csv", nullptr, "FILE", "Write one row a command as CSV, too (docs/profile.md)."},
    {"--assume-int8", nullptr, nullptr,
     "Estimate a float ONNX file as if it were quantised. Says nothing of its accuracy."},
    {"--no-recognise-decode", nullptr, nullptr,
     "Keep the YOLOv5 decode as plain float operators (ONNX files only)."},
};

static constexpr const char *examples[] = {
    "bstc profile model.onnx",
    "bstc profile model.onnx --sort time_ms --top 10 --frames 8",
    "bstc profile model.bst --target my-board.json",
    "bstc profile model.onnx --set dram_gbps=12.8",
    "bstc profile float.onnx --assume-int8",
    "bstc profile model.onnx --json profile.json --csv layers.csv"};

const Subcommand profileSubcommand = {
    "profile",
    "MODEL",
    1,
    1,
    "Predict FPS, latency and traffic, layer by layer",
    "Predicts how fast MODEL (.onnx or .bst) runs on a device: time of every command and what "
    "bounds\n"
    "it, time of every engine, FPS with frames overlapped, share of the array's peak, and the "
    "assumed\n"
    "fields of the device description that the prediction rests on.",
    options,
    examples,
    runProfile};

} // namespace bstc

#include "tools/bstc/model.h"
#include "tools/bstc/output.h"
#include "tools/bstc/report.h"
#include "tools/bstc/subcommands.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

/// A package says what it was compiled for; the user may ask about another device.
static llvm::Expected<Target> targetOf(const Arguments &arguments, const bst::Program &program) {
  if (arguments.has("--target"))
    return loadTarget(arguments.value("--target"));
  if (llvm::is_contained(builtinTargets(), program.target))
    return loadTarget(program.target);
  return makeError("the package was compiled for '" + program.target +
                   "', which is not a built-in target; pass its description with --target FILE");
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
  options.target = arguments.value("--target", options.target).str();
  options.recogniseDecode = !arguments.has("--no-recognise-decode");
  options.assumeInt8 = arguments.has("--assume-int8");
  llvm::Expected<LoadedModel> model = loadModel(arguments.positional.front(), options);
  if (!model)
    return model.takeError();
  llvm::Expected<Target> target = targetOf(arguments, model->program());
  if (!target)
    return target.takeError();
  const CostReport cost = predictCost(model->program(), *target);
  const Profile profile{model->program(), *target, cost};

  llvm::outs() << stemOf(arguments.positional.front()) << " on " << target->name << " ("
               << target->description << ")\n\n";
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
    {"--json", nullptr, "FILE", "Write the profile as JSON, too (docs/profile.md)."},
    {"--csv", nullptr, "FILE", "Write one row a command as CSV, too (docs/profile.md)."},
    {"--assume-int8", nullptr, nullptr,
     "Estimate a float ONNX file as if it were quantised. Says nothing of its accuracy."},
    {"--no-recognise-decode", nullptr, nullptr,
     "Keep the YOLOv5 decode as plain float operators (ONNX files only)."},
};

static constexpr const char *examples[] = {
    "bstc profile model.onnx", "bstc profile model.bst --target my-board.json",
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

#include "tools/bstc/cli/device.h"
#include "tools/bstc/cli/inputs.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/options.h"
#include "tools/bstc/cli/output.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/run/run_json.h"
#include "tools/bstc/run/run_outputs.h"
#include "tools/bstc/run/run_timings.h"
#include "tools/bstc/run/strict.h"

#include "backends/simulator/simulator.h"
#include "ir/error.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <spdlog/spdlog.h>

namespace bstc {
namespace {

llvm::Error loadInputs(bst::ProgramSession &session, const Arguments &arguments) {
  return bstc::loadInputs(session.program(), "--input", arguments.values("--input"),
                          [&](uint32_t tensor) {
                            const std::span<std::byte> memory = session.data(tensor);
                            return llvm::MutableArrayRef<std::byte>(memory.data(), memory.size());
                          });
}

/// Runs a session and looks on.
class WatchedRun {
public:
  /// \p allTensors: sees every tensor of the last run as soon as it is there; may be null.
  explicit WatchedRun(RunOutputs *allTensors) : allTensors(allTensors) {}

  llvm::Error create(const LoadedModel &model, const bstrt::Device &device, unsigned threads) {
    const auto onCommand = [this](uint32_t command, double time) { see(command, time); };
    return toError(bst::ProgramSession::create(
        *model.package, device, session,
        {.threads = threads, .keepTensors = allTensors != nullptr, .onCommand = onCommand}));
  }

  /// One run; the time of each command is in seconds() then.
  llvm::Error run(bool isLast) {
    isWritten = isLast && allTensors;
    times.clear();
    const bst::Status status = session->run();
    if (failure)
      return std::move(*failure);
    return toError(status);
  }

  llvm::ArrayRef<double> seconds() const { return times; }
  bst::ProgramSession &operator*() const { return *session; }

private:
  void see(uint32_t command, double time) {
    times.push_back(time);
    if (!isWritten || failure)
      return;
    for (uint32_t index : session->program().commands[command].outputs)
      if (llvm::Error error = allTensors->write(index, *session)) {
        failure = std::move(error);
        return;
      }
  }

  RunOutputs *const allTensors;
  std::unique_ptr<bst::ProgramSession> session;
  std::vector<double> times;
  bool isWritten = false;
  std::optional<llvm::Error> failure; ///< Of writing.
};

void logKernels(const bst::ProgramSession &session) {
  const bst::Program &program = session.program();
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const bst::Command &command = program.commands[i];
    const std::string refusals = session.kernel(i).refusals;
    spdlog::debug("{} {} '{}': kernel {}{}", bst::engineName(command.engine),
                  bst::opcodeName(command.params), command.name, kernelText(session, i),
                  refusals.empty() ? "" : " (" + refusals + ")");
  }
}

/// Whether no file to write is one that is read. \p outputs: those of --output-dir; null where
/// there are none, or they are not known yet.
llvm::Error checkFiles(const Arguments &arguments, const RunOutputs *outputs) {
  std::vector<NamedPath> inputs =
      pathsOf(arguments, {"--input", option::target.name, option::device.name});
  inputs.push_back({"MODEL", arguments.positional.front()});
  std::vector<NamedPath> written = pathsOf(arguments, {option::json.name});
  if (outputs)
    for (const std::string &path : outputs->paths())
      written.push_back({"--output-dir", path});
  return checkDistinct(inputs, written);
}

llvm::Error runModel(const Arguments &arguments) {
  const bool allTensors = arguments.has("--all-tensors");
  if (llvm::Error error = checkFiles(arguments, nullptr))
    return error;
  if (allTensors && !arguments.has("--output-dir"))
    return llvm::make_error<UsageError>("--all-tensors needs --output-dir");
  llvm::Expected<unsigned> threads = readThreads(arguments, 1);
  if (!threads)
    return threads.takeError();
  llvm::Expected<uint64_t> repeats = arguments.number("--repeat", 1, 1, 1000000);
  if (!repeats)
    return repeats.takeError();
  const bool isTimed = arguments.has("--timings");
  if (arguments.has("--repeat") && !isTimed)
    return llvm::make_error<UsageError>("--repeat needs --timings");
  if (arguments.has("--strict") && !isSimulator(arguments))
    return llvm::make_error<UsageError>(
        "--strict models the memories of the simulator: it takes no other --device");
  if (llvm::Error error = checkCompiles(arguments, arguments.positional.front(),
                                        {"--no-recognise-decode", "--target", "--set"}))
    return error;
  CompileOptions options;
  options.cost = options.fidelity = false; // Sessions run its package.
  readTarget(arguments, options);
  options.recogniseDecode = !arguments.has("--no-recognise-decode");
  llvm::Expected<LoadedModel> model = loadModel(arguments.positional.front(), options);
  if (!model)
    return model.takeError();
  llvm::Expected<ChosenDevice> chosen = openDevice(arguments);
  if (!chosen)
    return chosen.takeError();
  const bst::Program &program = model->program();
  std::optional<RunOutputs> outputs;
  if (arguments.has("--output-dir"))
    outputs.emplace(program, arguments.value("--output-dir"), allTensors);
  if (llvm::Error error = checkFiles(arguments, outputs ? &*outputs : nullptr))
    return error;

  WatchedRun watched(allTensors ? &*outputs : nullptr);
  if (llvm::Error error = watched.create(*model, chosen->device, *threads))
    return error;
  bst::ProgramSession &session = *watched;
  logKernels(session);
  if (llvm::Error error = loadInputs(session, arguments))
    return error;
  if (outputs)
    if (llvm::Error error = outputs->open())
      return error;
  const InputBytes inputs = copyInputs(session);
  RunTimings timings(program);
  // A run whose times do not count pays for memory that is touched the first time.
  for (uint64_t run = isTimed ? 0 : 1; run <= *repeats; ++run) {
    if (llvm::Error error = watched.run(run == *repeats))
      return error;
    if (run > 0)
      timings.addRun(watched.seconds());
    if (run < *repeats)
      if (llvm::Error error = loadInputs(session, arguments))
        return error;
  }
  if (arguments.has("--strict"))
    if (llvm::Error error = runStrictly(session, *chosen->isa, inputs, arguments.report()))
      return error;
  if (outputs)
    if (llvm::Error error = outputs->finish(session))
      return error;
  const RunOutputs *written = outputs ? &*outputs : nullptr;
  printOutputs(program, session, written, arguments.report());
  if (isTimed) {
    const double peak = chosen->isa ? bst::simulatorPeakMacs(chosen->isa->c_str()) : 0;
    timings.compareWith(peak * *threads, *threads);
    timings.print(session, arguments.report());
  }
  if (!arguments.has("--json"))
    return llvm::Error::success();
  return writeFile(arguments.value("--json"),
                   runJson(arguments.positional.front(), session, written,
                           isTimed ? &timings : nullptr, arguments.has("--strict")));
}

constexpr Option options[] = {
    {"--input", "-i", "[NAME=]FILE",
     "An input: .npy, or an ONNX TensorProto (.pb), of the model's own type and shape. Once for "
     "each input; NAME may be left out when there is one.",
     true, Takes::File},
    option::outputFolder(
        "--output-dir",
        "Write one .npy for each output here, named after it (the folder is made)."),
    option::json,
    {"--all-tensors", nullptr, nullptr,
     "Write every tensor of the program, in ONNX order (NCHW), and tensors.json with their "
     "scales."},
    {"--timings", nullptr, nullptr,
     "Print the time and kernel of every command on this host, and its share of the measured int8 "
     "peak."},
    {"--strict", nullptr, nullptr,
     "Also run tile by tile through memories of the device's size, with every access checked, and "
     "compare the outputs."},
    {"--repeat", nullptr, "N",
     "With --timings: run N times and print the least time of each command and of the whole "
     "(default: 1)."},
    option::threads,
    option::device,
    option::deviceOptions,
    option::target,
    option::set,
    option::noRecogniseDecode,
};

constexpr const char *examples[] = {"bstc run model.bst --input images=in.npy --output-dir out/",
                                    "bstc run model.onnx -i in.npy -o out/ --all-tensors",
                                    "bstc run model.bst -i in.npy --json - | jq .outputs",
                                    "bstc run model.bst -i in.pb --timings --repeat 20"};

} // namespace

const Subcommand runSubcommand = {
    "run",
    "MODEL",
    1,
    1,
    "Run a model on the bit-exact simulator, or on a device",
    "Runs MODEL (.bst, or .onnx, which is compiled first) on the simulator: int8 engines bit for "
    "bit\n"
    "as backends/NUMERICS.md says; or on the device whose driver --device names. Outputs have the\n"
    "names, shapes and types of the package: the ONNX file's, unless it was compiled to end in "
    "boxes.\n"
    "BSTC_ISA=scalar|avx2|avxvnni|avx512vnni|neon|neondot in the environment forces the kernels "
    "of\n"
    "one instruction set.",
    options,
    examples,
    runModel};

} // namespace bstc

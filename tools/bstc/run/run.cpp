#include "tools/bstc/cli/device.h"
#include "tools/bstc/cli/inputs.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
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

llvm::Expected<unsigned> threadCount(llvm::StringRef text) {
  unsigned count;
  if (text.getAsInteger(10, count) || count < 1 || count > 256)
    return llvm::make_error<UsageError>("--threads " + text.str() + ": expected 1 to 256");
  return count;
}

llvm::Error runModel(const Arguments &arguments) {
  const bool allTensors = arguments.has("--all-tensors");
  if (allTensors && !arguments.has("--output-dir"))
    return llvm::make_error<UsageError>("--all-tensors needs --output-dir");
  llvm::Expected<unsigned> threads = threadCount(arguments.value("--threads", "1"));
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
                                        {"--no-recognise-decode", "--target"}))
    return error;
  CompileOptions options;
  options.fidelity = false;
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
    outputs.emplace(program, arguments.value("--output-dir"));

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
    if (llvm::Error error = runStrictly(session, *chosen->isa, inputs, llvm::outs()))
      return error;
  if (outputs)
    if (llvm::Error error = outputs->finish(session, allTensors))
      return error;
  printOutputs(program, session, outputs ? &*outputs : nullptr, llvm::outs());
  if (isTimed) {
    const double peak = chosen->isa ? bst::simulatorPeakMacs(chosen->isa->c_str()) : 0;
    timings.print(session, peak * *threads, *threads, llvm::outs());
  }
  return llvm::Error::success();
}

constexpr Option options[] = {
    {"--input", "-i", "[NAME=]FILE",
     "An input: .npy, or an ONNX TensorProto (.pb), of the model's own type and shape. Once for "
     "each input; NAME may be left out when there is one.",
     true},
    {"--output-dir", "-o", "DIR",
     "Write one .npy for each output here, named after it (the folder is made)."},
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
    {"--threads", "-j", "N", "Host threads (default: 1). Results do not depend on it."},
    deviceOption,
    deviceOptionsOption,
    {"--target", nullptr, "NAME|FILE",
     "Device to compile an ONNX file for (default: bst-a1000b0)."},
    {"--set", nullptr, "FIELD=VALUE",
     "Change a number of the device, as dram_gbps=12.8 (docs/targets.md); may be repeated.", true},
    {"--no-recognise-decode", nullptr, nullptr,
     "Keep the YOLOv5 decode as plain float operators (ONNX files only)."},
};

constexpr const char *examples[] = {"bstc run model.bst --input images=in.npy --output-dir out/",
                                    "bstc run model.onnx -i in.npy -o out/ --all-tensors",
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
    "as backends/NUMERICS.md says; or on the device whose driver --device names. Outputs keep the\n"
    "names, shapes and types of the ONNX file.\n"
    "BSTC_ISA=scalar|avx2|avxvnni|avx512vnni|neon|neondot in the environment forces the kernels "
    "of\n"
    "one instruction set.",
    options,
    examples,
    runModel};

} // namespace bstc

#include "tools/bstc/cli/inputs.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/cli/subcommands.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/run/run_outputs.h"
#include "tools/bstc/run/run_timings.h"
#include "tools/bstc/run/strict.h"

#include "backends/simulator/simulator.h"
#include "ir/error.h"
#include "runtime/run/session.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <optional>
#include <spdlog/spdlog.h>

namespace bstc {
namespace {

llvm::Error loadInputs(bst::Session &session, const bst::Program &program,
                       const Arguments &arguments) {
  return bstc::loadInputs(program, "--input", arguments.values("--input"), [&](uint32_t tensor) {
    const std::span<std::byte> memory = session.data(tensor);
    return llvm::MutableArrayRef<std::byte>(memory.data(), memory.size());
  });
}

/// Runs the session; `outputs` (may be null) sees every tensor as soon as it is there.
llvm::Error execute(bst::Session &session, const bst::Program &program, RunOutputs *allTensors,
                    std::vector<double> &seconds) {
  llvm::Error failure = llvm::Error::success();
  const bst::Status status = session.run([&](uint32_t command, double time) {
    seconds.push_back(time);
    for (uint32_t index : program.commands[command].outputs)
      if (allTensors && !failure)
        failure = allTensors->write(index, session);
  });
  if (failure)
    return failure;
  return toError(status);
}

/// A run whose times do not count: it pays for memory that is touched the first time.
llvm::Error warmUp(bst::Session &session, const bst::Program &program, const Arguments &arguments) {
  if (llvm::Error error = toError(session.run()))
    return error;
  return loadInputs(session, program, arguments);
}

void logKernels(const bst::Program &program, const bst::Session &session) {
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const bst::Command &command = program.commands[i];
    const std::string refusals = session.refusals(i);
    spdlog::debug("{} {} '{}': kernel {}{}", bst::engineName(command.engine),
                  bst::opcodeName(command.params), command.name, session.kernel(i),
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
  if (llvm::Error error = checkCompiles(arguments, arguments.positional.front(),
                                        {"--no-recognise-decode", "--target"}))
    return error;
  CompileOptions options;
  options.cost = options.package = options.fidelity = false;
  readTarget(arguments, options);
  options.recogniseDecode = !arguments.has("--no-recognise-decode");
  llvm::Expected<LoadedModel> model = loadModel(arguments.positional.front(), options);
  if (!model)
    return model.takeError();
  const bst::Program &program = model->program();

  std::unique_ptr<bst::Device> device;
  if (llvm::Error error = toError(bst::createSimulator(std::getenv("BSTC_ISA"), device)))
    return error;
  std::unique_ptr<bst::Session> session;
  const bst::ExecutionOptions execution = {.threads = *threads, .keepTensors = allTensors};
  if (llvm::Error error = toError(bst::Session::create(program, *device, session, execution)))
    return error;
  logKernels(program, *session);
  if (llvm::Error error = loadInputs(*session, program, arguments))
    return error;

  std::optional<RunOutputs> outputs;
  if (arguments.has("--output-dir"))
    outputs.emplace(program, arguments.value("--output-dir"));
  if (outputs)
    if (llvm::Error error = outputs->open())
      return error;
  const InputBytes inputs = copyInputs(program, *session);
  RunTimings timings(program);
  if (isTimed)
    if (llvm::Error error = warmUp(*session, program, arguments))
      return error;
  for (uint64_t run = 1; run <= *repeats; ++run) {
    if (run > 1)
      if (llvm::Error error = loadInputs(*session, program, arguments))
        return error;
    std::vector<double> seconds;
    const bool isLast = run == *repeats;
    if (llvm::Error error =
            execute(*session, program, allTensors && isLast ? &*outputs : nullptr, seconds))
      return error;
    timings.addRun(seconds);
  }
  if (arguments.has("--strict"))
    if (llvm::Error error = runStrictly(program, *device, inputs, *session, llvm::outs()))
      return error;
  if (outputs)
    if (llvm::Error error = outputs->finish(*session, allTensors))
      return error;
  printOutputs(program, *session, outputs ? &*outputs : nullptr, llvm::outs());
  if (isTimed)
    timings.print(*session, *threads, llvm::outs());
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
    "Run a model bit-exactly on the host's simulator of the device",
    "Runs MODEL (.bst, or .onnx, which is compiled first) on the simulator: int8 engines bit for "
    "bit\n"
    "as backends/NUMERICS.md says. Outputs keep the names, shapes and types of the ONNX file.\n"
    "BSTC_ISA=scalar|avx2|avxvnni|avx512vnni|neon|neondot in the environment forces the kernels "
    "of\n"
    "one instruction set.",
    options,
    examples,
    runModel};

} // namespace bstc

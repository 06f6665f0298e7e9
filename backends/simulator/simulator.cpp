#include "backends/simulator/simulator.h"

#include "backends/dsp/kernels/kernels.h"
#include "backends/edp/kernels/kernels.h"
#include "backends/maca/kernels/conv.h"
#include "backends/simulator/peak.h"
#include "runtime/guard.h"
#include "runtime/memory.h"
#include "runtime/text.h"
#include "runtime/workers.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bst {
namespace {

/// Bytes of scratch of a command. Most need none.
struct ScratchSize {
  const Program &program;
  const Command &command;
  unsigned threads;

  const Tensor &input(size_t i) const { return program.tensors[command.inputs[i]]; }
  const Tensor &output() const { return program.tensors[command.outputs[0]]; }

  uint64_t operator()(const MaxPoolParams &) const { return maxPoolScratchSize(input(0)); }
  uint64_t operator()(const QuantizeParams &) const {
    return quantizeScratchSize(output(), threads);
  }
  uint64_t operator()(const FloatConvParams &) const { return floatConvScratchSize(input(1)); }
  uint64_t operator()(const MatMulParams &) const { return matMulScratchSize(); }
  uint64_t operator()(const YoloDecodeParams &params) const {
    return yoloDecodeScratchSize(params, threads);
  }
  template <class Other> uint64_t operator()(const Other &) const { return 0; }
};

/// Runs a command: one overload an alternative of Params, so that none can be forgotten.
struct Execute {
  std::span<const TensorView> inputs;
  const TensorView &output;
  KernelContext context;
  std::byte *scratch = context.scratch;
  Isa isa = context.isa;

  void operator()(const ConvParams &) const {} // Prepared: see Step.
  // EDP.
  void operator()(const LutParams &params) const { runLut(params, inputs[0], output, context); }
  void operator()(const AddParams &params) const {
    runAdd(params, inputs[0], inputs[1], output, context);
  }
  void operator()(const MulParams &params) const {
    runMul(params, inputs[0], inputs[1], output, context);
  }
  void operator()(const ConcatParams &params) const { runConcat(params, inputs, output, context); }
  void operator()(const MaxPoolParams &params) const {
    runMaxPool(params, inputs[0], output, scratch, isa);
  }
  void operator()(const ResizeParams &params) const { runResize(params, inputs[0], output); }
  // DSP.
  void operator()(const QuantizeParams &) const { runQuantize(inputs[0], output, context); }
  void operator()(const DequantizeParams &) const { runDequantize(inputs[0], output, isa); }
  void operator()(const FloatConvParams &params) const {
    runFloatConv(params, inputs, output, scratch, isa);
  }
  void operator()(const FloatUnaryParams &params) const {
    runFloatUnary(params, inputs[0], output, isa);
  }
  void operator()(const FloatBinaryParams &params) const {
    runFloatBinary(params, inputs[0], inputs[1], output, isa);
  }
  void operator()(const TransposeParams &params) const { runTranspose(params, inputs[0], output); }
  void operator()(const SliceParams &params) const { runSlice(params, inputs[0], output); }
  void operator()(const FloatConcatParams &params) const { runFloatConcat(params, inputs, output); }
  void operator()(const FloatPoolParams &params) const { runFloatPool(params, inputs[0], output); }
  void operator()(const FloatResizeParams &params) const {
    runFloatResize(params, inputs[0], output);
  }
  void operator()(const SoftmaxParams &params) const { runSoftmax(params, inputs[0], output, isa); }
  void operator()(const MatMulParams &params) const {
    runMatMul(params, inputs, output, scratch, isa);
  }
  void operator()(const YoloDecodeParams &params) const {
    runYoloDecode(params, inputs, output, context);
  }
};

/// A command with its operands, and a convolution's kernel made ready.
struct Step {
  const Command *command = nullptr;
  std::vector<TensorView> inputs;
  TensorView output;
  const char *kernel = nullptr;
  std::unique_ptr<PreparedConv> conv; ///< Or null.
};

class Simulation final : public Execution {
public:
  Simulation(Isa isa, unsigned threads) : isa(isa), workers(threads) {}

  Status prepare(const Program &program, std::span<const TensorView> tensors);
  Status run(uint32_t index) override;
  std::string kernel(uint32_t index) const override { return steps[index].kernel; }

private:
  Status prepareConv(Step &step, const ConvParams &params);

  const Isa isa;
  Workers workers;
  AlignedMemory scratch;
  std::vector<Step> steps; ///< One a command.
};

Status Simulation::prepareConv(Step &step, const ConvParams &params) {
  const ConvProblem problem{params, *step.inputs[0].tensor, *step.inputs[1].tensor,
                            *step.output.tensor};
  const ConvKernel &kernel = selectConvKernel(problem, isa);
  step.kernel = kernel.name;
  step.conv = kernel.prepare(problem, step.inputs[1].data, workers.threads());
  return step.conv ? Status() : Status(StatusCode::OutOfMemory, "out of memory");
}

Status Simulation::prepare(const Program &program, std::span<const TensorView> tensors) {
  uint64_t scratchSize = 0;
  steps.resize(program.commands.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const Command &command = program.commands[i];
    Step &step = steps[i];
    step.command = &command;
    step.output = tensors[command.outputs[0]];
    step.kernel = isaName(isa);
    for (uint32_t input : command.inputs)
      step.inputs.push_back(tensors[input]);
    if (const auto *params = std::get_if<ConvParams>(&command.params))
      if (Status status = prepareConv(step, *params); !status.ok())
        return status;
    scratchSize = std::max(
        scratchSize,
        step.conv ? step.conv->scratchSize()
                  : std::visit(ScratchSize{program, command, workers.threads()}, command.params));
  }
  if (!scratch.allocate(scratchSize))
    return {StatusCode::OutOfMemory,
            text("no memory for ", scratchSize, " bytes of scratch of the simulator")};
  return {};
}

Status Simulation::run(uint32_t index) {
  const Step &step = steps[index];
  std::byte *memory = scratch.bytes().data();
  if (step.conv)
    step.conv->run(step.inputs[0].data, step.output.data, memory, workers);
  else
    std::visit(Execute{step.inputs, step.output, {isa, workers, memory}}, step.command->params);
  return {};
}

class Simulator final : public Device {
public:
  explicit Simulator(Isa isa) : isa(isa) {}

  const char *name() const override { return "simulator"; }

  Status prepare(const Program &program, std::span<const TensorView> tensors,
                 const ExecutionOptions &options, std::unique_ptr<Execution> &execution) override {
    return withoutThrowing([&] {
      auto simulation = std::make_unique<Simulation>(isa, std::max(options.threads, 1U));
      if (Status status = simulation->prepare(program, tensors); !status.ok())
        return status;
      execution = std::move(simulation);
      return Status();
    });
  }

private:
  const Isa isa;
};

} // namespace

std::unique_ptr<Device> createSimulator() {
  return std::make_unique<Simulator>(supportedIsas().front());
}

/// The supported instruction set of that name; none where there is no such.
static std::optional<Isa> isaNamed(std::string_view name) {
  for (Isa candidate : supportedIsas())
    if (name.empty() || name == isaName(candidate))
      return candidate;
  return std::nullopt;
}

Status createSimulator(const char *isa, std::unique_ptr<Device> &device) {
  const std::string wanted = isa ? isa : "";
  if (std::optional<Isa> found = isaNamed(wanted)) {
    device = std::make_unique<Simulator>(*found);
    return {};
  }
  std::string supported;
  for (Isa candidate : supportedIsas())
    supported += std::string(supported.empty() ? "" : ", ") + isaName(candidate);
  return {StatusCode::InvalidArgument,
          "simulator: instruction set '" + wanted +
              "' is unknown or not of this processor, which has: " + supported};
}

double simulatorPeakMacs(const char *isa) {
  const std::optional<Isa> found = isaNamed(isa ? isa : "");
  return found ? measurePeakMacs(*found) : 0;
}

} // namespace bst

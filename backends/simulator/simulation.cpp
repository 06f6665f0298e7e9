#include "backends/simulator/simulation.h"

#include "backends/dsp/kernels/kernels.h"
#include "backends/edp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"
#include "runtime/support/text.h"

#include <algorithm>

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
  uint64_t operator()(const AveragePoolParams &) const { return averagePoolScratchSize(input(0)); }
  uint64_t operator()(const QuantizeParams &params) const {
    return quantizeScratchSize(params, input(0), output(), threads);
  }
  uint64_t operator()(const FloatConvParams &) const { return floatConvScratchSize(input(1)); }
  uint64_t operator()(const MatMulParams &) const { return matMulScratchSize(); }
  uint64_t operator()(const YoloDecodeParams &params) const {
    return yoloDecodeScratchSize(params, threads);
  }
  uint64_t operator()(const NmsParams &params) const {
    return nmsCommandScratchSize(params, input(0));
  }
  uint64_t operator()(const DetectParams &params) const {
    int64_t rows = 0;
    for (uint32_t head : command.inputs) {
      const Extents4 map(program.tensors[head]);
      rows += params.decode.anchorsPerLevel * map.h * map.w;
    }
    return detectScratchSize(params, rows);
  }
  template <class Other> uint64_t operator()(const Other &) const { return 0; }
};

/// Runs a command: one overload per alternative of Params, so that none can be forgotten.
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
  void operator()(const AveragePoolParams &params) const {
    runAveragePool(params, inputs[0], output, scratch, isa);
  }
  void operator()(const ResizeParams &params) const { runResize(params, inputs[0], output); }
  void operator()(const PictureParams &params) const {
    runPicture(params, inputs[0], output, context);
  }
  // DSP.
  void operator()(const FloatPictureParams &params) const {
    runFloatPicture(params, inputs[0], output, context);
  }
  void operator()(const Nv12Params &params) const { runNv12(params, inputs[0], output, context); }
  void operator()(const QuantizeParams &params) const {
    runQuantize(params, inputs[0], output, context);
  }
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
  void operator()(const FloatPadParams &params) const { runFloatPad(params, inputs[0], output); }
  void operator()(const LrnParams &params) const { runLrn(params, inputs[0], output); }
  void operator()(const SoftmaxParams &params) const { runSoftmax(params, inputs[0], output, isa); }
  void operator()(const MatMulParams &params) const {
    runMatMul(params, inputs, output, scratch, isa);
  }
  void operator()(const YoloDecodeParams &params) const {
    runYoloDecode(params, inputs, output, context);
  }
  void operator()(const NmsParams &params) const { runNms(params, inputs[0], output, context); }
  void operator()(const DetectParams &params) const { runDetect(params, inputs, output, context); }
};

} // namespace

Simulation::Simulation(const Program &program, Isa isa, unsigned threads, Memory *memory)
    : program(program), isa(isa), memory(memory), workers(threads, memory),
      ranges(valueRanges(program, memory)), scratch(memory == heap() ? nullptr : memory),
      operands(memory), steps(memory) {}

std::string Simulation::kernel(uint32_t index) const {
  const Step &step = steps[index];
  return step.pass ? text("in {}", step.pass->command->name) : step.kernel;
}

void Simulation::refusals(uint32_t index, TextSink &out) const {
  if (steps[index].conv)
    selectConvKernel(problemOf(steps[index]), isa, &out);
}

std::string Simulation::refusals(uint32_t index) const {
  struct Reasons final : TextSink {
    void append(std::string_view part) override { all += part; }
    std::string all;
  } reasons;
  refusals(index, reasons);
  return reasons.all;
}

ConvProblem Simulation::problemOf(const Step &step) const {
  const Tensor &x = *step.inputs[0].tensor;
  const ValueRange &range = ranges[step.command->inputs[0]];
  return {.params = std::get<ConvParams>(step.command->params),
          .x = x,
          .weights = *step.inputs[1].tensor,
          .y = *step.output.tensor,
          .signless = range.lo >= 0 && range.hi <= 127 && x.zeroPoint >= 0 && x.zeroPoint <= 127,
          .pixelStride = step.tail ? step.tail->pixelStride() : 0,
          .tail = step.tail.get(),
          .memory = memory};
}

/// Lets the chain's convolution do it all, where the best kernel for it can.
void Simulation::join(const Chain &chain, std::span<const TensorView> tensors) {
  Step &step = steps[chain.conv];
  const ConvKernel &kernel = selectConvKernel(problemOf(step), isa);
  step.tail = makeIn<ChainTail>(memory, program, chain, tensors, isa, memory);
  const char *whyNot = nullptr;
  if (!kernel.supports(problemOf(step), whyNot)) {
    step.tail.reset();
    return;
  }
  step.output.data = step.tail->data();
  uint32_t tensor = program.commands[chain.conv].outputs[0];
  for (uint32_t index : chain.commands) {
    const Command &command = program.commands[index];
    if (!std::holds_alternative<ConcatParams>(command.params))
      steps[index].pass = &step;
    for (size_t i = 0; i < command.inputs.size(); ++i) // A concatenation may have others to copy.
      if (command.inputs[i] == tensor)
        steps[index].inputs[i].data = nullptr;
    tensor = command.outputs[0];
  }
}

Status Simulation::prepareConv(Step &step) {
  const ConvProblem problem = problemOf(step);
  const ConvKernel &kernel = selectConvKernel(problem, isa);
  step.kernel = kernel.name;
  step.conv = kernel.prepare(problem, step.inputs[1].data, workers.threads());
  return step.conv ? Status() : Status::outOfMemory();
}

Status Simulation::prepare(std::span<const TensorView> tensors, bool keepTensors) {
  size_t inputs = 0;
  for (const Command &command : program.commands)
    inputs += command.inputs.size();
  operands.reserve(inputs); // Steps refer to them.
  steps.resize(program.commands.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const Command &command = program.commands[i];
    Step &step = steps[i];
    step.command = &command;
    step.output = tensors[command.outputs[0]];
    step.kernel = isaName(isa);
    for (uint32_t input : command.inputs)
      operands.push_back(tensors[input]);
    step.inputs = {operands.data() + operands.size() - command.inputs.size(),
                   command.inputs.size()};
  }
  if (!keepTensors)
    for (const Chain &chain : findChains(program, memory))
      if (canRunInOnePass(program, chain, tensors, memory))
        join(chain, tensors);
  uint64_t scratchSize = 0;
  for (Step &step : steps) {
    if (std::holds_alternative<ConvParams>(step.command->params))
      if (Status status = prepareConv(step); !status.ok())
        return status;
    scratchSize = std::max(
        scratchSize, step.conv ? step.conv->scratchSize()
                               : std::visit(ScratchSize{program, *step.command, workers.threads()},
                                            step.command->params));
  }
  if (!scratch.allocate(scratchSize))
    return failed(StatusCode::OutOfMemory, "no memory for {} bytes of scratch of the simulator",
                  scratchSize);
  return {};
}

void Simulation::bind(std::span<std::byte *const> tensors) {
  for (Step &step : steps) {
    for (size_t i = 0; i < step.inputs.size(); ++i)
      if (step.inputs[i].data) // Else a convolution has left it where it belongs.
        step.inputs[i].data = tensors[step.command->inputs[i]];
    step.output.data = tensors[step.command->outputs[0]];
    if (step.tail) {
      step.tail->bind(tensors);
      step.output.data = step.tail->data();
    }
  }
}

Status Simulation::run(uint32_t index) {
  const Step &step = steps[index];
  if (step.pass)
    return {};
  std::byte *own = scratch.bytes().data();
  if (step.conv)
    step.conv->run(step.inputs[0].data, step.output.data, own, workers);
  else
    std::visit(Execute{step.inputs, step.output, {isa, workers, own}}, step.command->params);
  return {};
}

} // namespace bst

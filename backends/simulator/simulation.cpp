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
    : program(program), isa(isa), threads(threads), memory(memory),
      ranges(valueRanges(program, memory)), steps(memory), inPlace(memory) {}

void Simulation::refusals(uint32_t index, TextSink &out) const {
  if (steps[index].conv)
    selectConvKernel(problemOf(steps[index]), isa, &out);
}

ConvProblem Simulation::problemOf(const Step &step) const {
  const auto tensor = [&](uint32_t index) -> const Tensor & { return program.tensors[index]; };
  const Command &command = *step.command;
  const Tensor &x = tensor(command.inputs[0]);
  const ValueRange &range = ranges[command.inputs[0]];
  return {.params = std::get<ConvParams>(command.params),
          .x = x,
          .weights = tensor(command.inputs[1]),
          .y = tensor(command.outputs[0]),
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
  uint32_t tensor = program.commands[chain.conv].outputs[0];
  for (uint32_t index : chain.commands) {
    const Command &command = program.commands[index];
    if (!std::holds_alternative<ConcatParams>(command.params))
      steps[index].pass = &step;
    for (uint32_t i = 0; i < command.inputs.size(); ++i) // A concatenation may have others to copy.
      if (command.inputs[i] == tensor)
        inPlace.emplace_back(index, i);
    tensor = command.outputs[0];
  }
}

Status Simulation::prepareConv(Step &step, const std::byte *weights) {
  const ConvProblem problem = problemOf(step);
  const ConvKernel &kernel = selectConvKernel(problem, isa);
  step.kernel = kernel.name;
  step.conv = kernel.prepare(problem, weights, threads);
  return step.conv ? Status() : Status::outOfMemory();
}

Status Simulation::prepare(std::span<const TensorView> tensors, bool keepTensors) {
  steps.resize(program.commands.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    steps[i].command = &program.commands[i];
    steps[i].kernel = isaName(isa);
  }
  if (!keepTensors)
    for (const Chain &chain : findChains(program, memory))
      if (canRunInOnePass(program, chain, tensors, memory))
        join(chain, tensors);
  for (Step &step : steps) {
    const Command &command = *step.command;
    if (std::holds_alternative<ConvParams>(command.params))
      if (Status status = prepareConv(step, tensors[command.inputs[1]].data); !status.ok())
        return status;
    scratchSize =
        std::max(scratchSize,
                 step.conv ? step.conv->scratchSize()
                           : std::visit(ScratchSize{program, command, threads}, command.params));
  }
  return {};
}

void Simulation::run(uint32_t index, Lane &lane) const {
  const Step &step = steps[index];
  if (step.pass)
    return;
  const Lane::Operands &of = lane.operands[index];
  std::byte *scratch = lane.scratch.bytes().data();
  if (step.conv)
    step.conv->run(of.inputs[0].data, of.output.data, scratch, lane.workers, of.tail.get());
  else
    std::visit(Execute{of.inputs, of.output, {isa, lane.workers, scratch}}, step.command->params);
}

Lane::Lane(const Simulation &simulation, std::span<const TensorView> tensors, Workers &workers)
    : simulation(simulation), workers(workers),
      scratch(simulation.memory == heap() ? nullptr : simulation.memory), inputs(simulation.memory),
      operands(simulation.memory) {
  size_t count = 0;
  for (const Command &command : simulation.program.commands)
    count += command.inputs.size();
  inputs.reserve(count); // Operands refer to them.
  operands.resize(simulation.steps.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    const Step &step = simulation.steps[i];
    for (uint32_t input : step.command->inputs)
      inputs.push_back(tensors[input]);
    const size_t own = step.command->inputs.size();
    operands[i].inputs = {inputs.data() + inputs.size() - own, own};
    operands[i].output = tensors[step.command->outputs[0]];
    if (step.tail) {
      operands[i].tail = makeIn<ChainTail>(simulation.memory, *step.tail, simulation.memory);
      operands[i].output.data = step.tail->data();
    }
  }
  for (const auto &[command, input] : simulation.inPlace)
    operands[command].inputs[input].data = nullptr;
}

Status Lane::allocate() {
  if (scratch.allocate(simulation.scratchSize))
    return {};
  return failed(StatusCode::OutOfMemory, "no memory for {} bytes of scratch of the simulator",
                simulation.scratchSize);
}

void Lane::bind(void *const *tensors) {
  const auto at = [&](uint32_t tensor) { return static_cast<std::byte *>(tensors[tensor]); };
  for (size_t i = 0; i < operands.size(); ++i) {
    Operands &of = operands[i];
    const Command &command = *simulation.steps[i].command;
    for (size_t k = 0; k < of.inputs.size(); ++k)
      if (of.inputs[k].data) // Else a convolution has left it where it belongs.
        of.inputs[k].data = at(command.inputs[k]);
    of.output.data = at(command.outputs[0]);
    if (of.tail) {
      of.tail->bind(tensors);
      of.output.data = of.tail->data();
    }
  }
}

} // namespace bst

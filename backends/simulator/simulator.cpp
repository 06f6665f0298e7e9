#include "backends/simulator/simulator.h"

#include "backends/dsp/kernels/kernels.h"
#include "backends/edp/kernels/kernels.h"
#include "backends/maca/kernels/conv.h"

namespace bst {
namespace {

/// Bytes of scratch of a command; \p tensor gives the tensor of an index. Most need none.
struct ScratchSize {
  const Program &program;
  const Command &command;
  Isa isa;

  const Tensor &input(size_t i) const { return program.tensors[command.inputs[i]]; }
  const Tensor &output() const { return program.tensors[command.outputs[0]]; }

  uint64_t operator()(const ConvParams &params) const {
    ConvProblem problem{params, input(0), input(1), output()};
    return selectConvKernel(problem, isa).scratchSize(problem);
  }
  uint64_t operator()(const MaxPoolParams &) const { return maxPoolScratchSize(input(0)); }
  uint64_t operator()(const QuantizeParams &) const { return quantizeScratchSize(output()); }
  uint64_t operator()(const FloatConvParams &) const { return floatConvScratchSize(input(1)); }
  uint64_t operator()(const MatMulParams &) const { return matMulScratchSize(); }
  uint64_t operator()(const YoloDecodeParams &params) const {
    return yoloDecodeScratchSize(params);
  }
  template <class Other> uint64_t operator()(const Other &) const { return 0; }
};

/// Runs a command: one overload an alternative of Params, so that none can be forgotten.
struct Execute {
  std::span<const TensorView> inputs;
  const TensorView &output;
  std::byte *scratch;
  Isa isa;

  // MACA.
  void operator()(const ConvParams &params) const {
    ConvProblem problem{params, *inputs[0].tensor, *inputs[1].tensor, *output.tensor};
    selectConvKernel(problem, isa)
        .run(problem, {inputs[0].data, inputs[1].data, output.data}, scratch);
  }
  // EDP.
  void operator()(const LutParams &params) const { runLut(params, inputs[0], output, isa); }
  void operator()(const AddParams &params) const {
    runAdd(params, inputs[0], inputs[1], output, isa);
  }
  void operator()(const MulParams &params) const {
    runMul(params, inputs[0], inputs[1], output, isa);
  }
  void operator()(const ConcatParams &params) const { runConcat(params, inputs, output, isa); }
  void operator()(const MaxPoolParams &params) const {
    runMaxPool(params, inputs[0], output, scratch, isa);
  }
  void operator()(const ResizeParams &params) const { runResize(params, inputs[0], output); }
  // DSP.
  void operator()(const QuantizeParams &) const { runQuantize(inputs[0], output, scratch, isa); }
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
    runYoloDecode(params, inputs, output, scratch, isa);
  }
};

class Simulator final : public Device {
public:
  explicit Simulator(Isa isa) : isa(isa) {}

  const char *name() const override { return "simulator"; }

  uint64_t scratchSize(const Program &program, const Command &command) const override {
    return std::visit(ScratchSize{program, command, isa}, command.params);
  }

  Status execute(const Command &command, std::span<const TensorView> inputs,
                 std::span<const TensorView> outputs, std::span<std::byte> scratch) override {
    std::visit(Execute{inputs, outputs[0], scratch.data(), isa}, command.params);
    return {};
  }

private:
  const Isa isa;
};

} // namespace

std::unique_ptr<Device> createSimulator() {
  return std::make_unique<Simulator>(supportedIsas().front());
}

Status createSimulator(const char *isa, std::unique_ptr<Device> &device) {
  std::string wanted = isa ? isa : "", supported;
  for (Isa candidate : supportedIsas()) {
    if (wanted.empty() || wanted == isaName(candidate)) {
      device = std::make_unique<Simulator>(candidate);
      return {};
    }
    supported += std::string(supported.empty() ? "" : ", ") + isaName(candidate);
  }
  return {StatusCode::InvalidArgument,
          "simulator: instruction set '" + wanted +
              "' is unknown or not of this processor, which has: " + supported};
}

} // namespace bst

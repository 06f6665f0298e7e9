#include "backends/dsp/cost.h"

#include "backends/dsp/dsp.h"
#include "backends/target.h"
#include "backends/traffic.h"

#include <algorithm>

namespace bstc {
namespace {

using bst::Tensor;

enum class Effort : uint8_t { Simple, Transcendental };
/// Of one element, by UnaryFn.
constexpr Effort unaryEffort[] = {
#define BST_ACTIVATION(kind, onnx, text, opset, defaults, effort, ...) Effort::effort,
#include "runtime/program/activations.def"
};

/// Float operations of a command, in simple ones. `macs` is set for convolutions and products.
struct FlopCounter {
  const bst::Program &program;
  const bst::Command &command;
  uint64_t transcendental;
  uint64_t &macs;

  const Tensor &input(size_t i) const { return program.tensors[command.inputs[i]]; }
  uint64_t outputs() const {
    uint64_t count = 0;
    for (uint32_t output : command.outputs)
      count += elementCount(program.tensors[output]);
    return count;
  }

  // Data movement: one operation per element.
  template <typename P> uint64_t operator()(const P &) const { return outputs(); }
  // Divide, round, saturate, pack; and the way back.
  uint64_t operator()(const bst::QuantizeParams &) const { return 4 * outputs(); }
  uint64_t operator()(const bst::DequantizeParams &) const { return 2 * outputs(); }
  // Per pixel 1 product and 10 sums, shifts and bounds; 4 products and 3 sums serve four pixels.
  uint64_t operator()(const bst::Nv12Params &) const { return outputs() / 3 * 13; }
  uint64_t operator()(const bst::FloatConvParams &conv) const {
    macs =
        outputs() * (input(0).shape[1] / conv.groups) * conv.window.kernelH * conv.window.kernelW;
    return 2 * macs;
  }
  uint64_t operator()(const bst::FloatUnaryParams &unary) const {
    return outputs() *
           (unaryEffort[size_t(unary.fn)] == Effort::Transcendental ? transcendental : 1);
  }
  uint64_t operator()(const bst::FloatBinaryParams &binary) const {
    const bool heavy = binary.fn == bst::BinaryFn::Div || binary.fn == bst::BinaryFn::Pow;
    return outputs() * (heavy ? transcendental : 1);
  }
  uint64_t operator()(const bst::FloatPoolParams &pool) const {
    return outputs() * pool.window.kernelH * pool.window.kernelW;
  }
  // A square and a sum per channel, a power, a division.
  uint64_t operator()(const bst::LrnParams &lrn) const {
    return outputs() * (2 * uint64_t(lrn.size) + 2 * transcendental + 2);
  }
  // Maximum, subtraction, exponential, sum, scale.
  uint64_t operator()(const bst::SoftmaxParams &) const { return outputs() * (4 + transcendental); }
  uint64_t operator()(const bst::MatMulParams &product) const {
    const Tensor &a = input(0);
    const size_t rank = a.shape.size();
    macs = outputs() * a.shape[product.transposeA && rank >= 2 ? rank - 2 : rank - 1];
    return 2 * macs;
  }
  // A sigmoid for all but the mask coefficients; scaling and grid for the four box numbers.
  uint64_t operator()(const bst::YoloDecodeParams &decode) const {
    const auto width = uint64_t(decode.row().width());
    const uint64_t rows = outputs() / width;
    return rows * ((width - decode.masks) * (transcendental + 2) + decode.masks + 4 * 3);
  }
  // Every score is computed and compared. What follows depends on the picture: it is counted for as
  // many candidates as boxes may be kept, each compared with those before it (12 operations an
  // overlap), and the output is written.
  uint64_t operator()(const bst::NmsParams &nms) const {
    const uint64_t rows = uint64_t(input(0).shape[1]);
    const uint64_t candidates = std::min(rows, uint64_t(nms.options.maxDetections));
    return rows * (1 + 2 * uint64_t(nms.classes)) + candidates * candidates / 2 * 12 + outputs();
  }
};

} // namespace

Work dspCost(const bst::Program &program, const bst::Command &command, const Target &target) {
  Work work;
  work.elements =
      std::visit(FlopCounter{program, command, uint64_t(target.dsp.transcendentalFlops), work.macs},
                 command.params);
  work.cycles = roundUp(work.elements, target.dsp.flopsPerCycle) / target.dsp.flopsPerCycle;
  work.overheadCycles = target.dsp.commandCycles;
  addTensorTraffic(program, command, target, work);
  return work;
}

Work DspBackend::cost(const bst::Program &program, const bst::Command &command,
                      const Target &target) const {
  return dspCost(program, command, target);
}

// DSP takes commands whole.
Work DspBackend::partCost(const bst::Program &program, const bst::Command &command,
                          const bst::Part & /*part*/, const Target &target) const {
  Work work = dspCost(program, command, target);
  work.dramRead = work.dramWrite = work.sramBytes = 0;
  return work;
}

} // namespace bstc

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

/// The rows of predictions that a command's heads hold.
uint64_t rowsOf(const bst::Program &program, const bst::Command &command,
                const bst::YoloDecodeParams &decode) {
  uint64_t rows = 0;
  for (uint32_t head : command.inputs)
    rows += elementCount(program.tensors[head]) / uint64_t(decode.row().width());
  return rows;
}

/// Float operations of a command, in simple ones. `macs` is set for convolutions and products.
struct FlopCounter {
  const bst::Program &program;
  const bst::Command &command;
  uint64_t transcendental;
  uint64_t candidates; ///< Boxes of a picture that a detector's tail looks at one by one.
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
  // Scaling and grid for the four box numbers; the sigmoids by the type of the head.
  uint64_t operator()(const bst::YoloDecodeParams &decode) const {
    uint64_t flops = 0;
    for (uint32_t head : command.inputs)
      flops += decodedHead(decode, program.tensors[head]);
    return flops;
  }
  // The objectness of every row is compared. What follows depends on the picture.
  uint64_t operator()(const bst::NmsParams &nms) const {
    const auto rows = uint64_t(input(0).shape[1]);
    const uint64_t found = std::min(rows, candidates);
    return rows + 2 * found * uint64_t(nms.classes) + suppression(nms, found);
  }
  // The same with integers; a candidate's classes are compared, and its box and score looked up.
  uint64_t operator()(const bst::DetectParams &detect) const {
    const uint64_t rows = rowsOf(program, command, detect.decode);
    const uint64_t found = std::min(rows, candidates);
    return rows + found * (uint64_t(detect.decode.classes) + 6 + boxFlops) +
           suppression(detect.nms(), found);
  }

private:
  static constexpr uint64_t boxFlops = 4 * 3; ///< Scale and grid of x, y, w, h.

  /// Sigmoids of all but the mask coefficients. Those of 8-bit numbers are in a table of 256.
  uint64_t decodedHead(const bst::YoloDecodeParams &decode, const Tensor &head) const {
    const auto width = uint64_t(decode.row().width()), masks = uint64_t(decode.masks);
    const uint64_t rows = elementCount(head) / width;
    const bool isFloat = head.dtype == bst::DType::F32;
    const uint64_t numbers = isFloat ? (width - masks) * (transcendental + 2) + masks : width;
    return rows * (numbers + boxFlops);
  }
  /// Each candidate against those that are kept before it (12 operations an overlap), and the
  /// output is written.
  uint64_t suppression(const bst::NmsParams &nms, uint64_t found) const {
    return found * std::min(found, uint64_t(nms.options.maxDetections)) / 2 * 12 + outputs();
  }
};

/// Bytes that are read of rows of `width` bytes, `rows` of them in `whole` bytes: all bursts with
/// the objectness of any, which lies side by side for `together` of them, and of the candidates
/// all.
uint64_t rowBytes(uint64_t whole, uint64_t rows, uint64_t together, uint64_t width,
                  const Target &target) {
  const auto burst = uint64_t(target.dram.burstBytes);
  const uint64_t found = std::min(rows, uint64_t(target.dsp.candidates));
  return std::min(whole,
                  rows / together * roundUp(together, burst) + found * roundUp(width, burst));
}

/// Work::mostRead.
uint64_t mostRead(const bst::Program &program, const bst::Command &command, const Target &target) {
  uint64_t whole = 0;
  for (uint32_t input : command.inputs)
    whole += dramBytes(program.tensors[input], target);
  if (const auto *nms = std::get_if<bst::NmsParams>(&command.params))
    return rowBytes(whole, uint64_t(program.tensors[command.inputs[0]].shape[1]), 1,
                    uint64_t(nms->row().width()) * sizeof(float), target);
  if (const auto *detect = std::get_if<bst::DetectParams>(&command.params))
    return rowBytes(whole, rowsOf(program, command, detect->decode),
                    detect->objectnessFirst ? uint64_t(detect->decode.anchorsPerLevel) : 1,
                    uint64_t(detect->decode.row().width()), target);
  return UINT64_MAX;
}

} // namespace

Work dspCost(const bst::Program &program, const bst::Command &command, const Target &target) {
  Work work;
  work.elements = std::visit(FlopCounter{program, command, uint64_t(target.dsp.transcendentalFlops),
                                         uint64_t(target.dsp.candidates), work.macs},
                             command.params);
  work.cycles = roundUp(work.elements, target.dsp.flopsPerCycle) / target.dsp.flopsPerCycle;
  work.overheadCycles = target.dsp.commandCycles;
  work.mostRead = mostRead(program, command, target);
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

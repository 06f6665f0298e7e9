#include "backends/maca/cost.h"

#include "backends/maca/maca.h"
#include "backends/target.h"
#include "backends/traffic.h"

#include <algorithm>

namespace bstc {
namespace {

/// Extents of a convolution in blocks of the array.
struct Blocks {
  uint64_t pixels, outChannels, inChannels, window;
  uint64_t slots() const { return pixels * outChannels * inChannels * window; }
};

Blocks blocksOf(const bst::Tensor &input, const bst::Tensor &output, const bst::ConvParams &conv,
                const Target::Maca &maca) {
  Blocks blocks;
  const bool strided = conv.window.strideH > 1 || conv.window.strideW > 1;
  blocks.pixels =
      roundUp(uint64_t(output.shape[0]) * output.shape[2] * output.shape[3], maca.pixelQuantum) *
      (strided ? maca.strideFactor : 1);
  const uint64_t inPerGroup = input.shape[1] / conv.groups;
  const uint64_t outPerGroup = output.shape[1] / conv.groups;
  // Small groups (depthwise: one channel) are packed side by side into one block of channels.
  const bool packed = inPerGroup < uint64_t(maca.depthwiseGroup);
  blocks.inChannels = packed ? maca.depthwiseGroup : inPerGroup;
  blocks.outChannels = packed ? roundUp(output.shape[1], maca.outChannelQuantum)
                              : conv.groups * roundUp(outPerGroup, maca.outChannelQuantum);
  blocks.window = uint64_t(conv.window.kernelH) * conv.window.kernelW;
  return blocks;
}

} // namespace

Work macaCost(const bst::Program &program, const bst::Command &command, const Target &target) {
  const Target::Maca &maca = target.maca;
  const auto &conv = std::get<bst::ConvParams>(command.params);
  const bst::Tensor &input = program.tensors[command.inputs[0]];
  const bst::Tensor &output = program.tensors[command.outputs[0]];
  const Blocks blocks = blocksOf(input, output, conv, maca);

  Work work;
  work.macs = elementCount(output) * (input.shape[1] / conv.groups) * blocks.window;
  work.macSlots = blocks.slots();
  Blocks padded = blocks;
  padded.inChannels = roundUp(blocks.inChannels, maca.inChannelQuantum);
  const uint64_t arrayCycles = roundUp(padded.slots(), maca.macsPerCycle) / maca.macsPerCycle;
  const uint64_t weights = blocks.outChannels * blocks.inChannels * blocks.window;
  work.cycles =
      std::max(arrayCycles, roundUp(weights, maca.weightBytesPerCycle) / maca.weightBytesPerCycle);
  work.overheadCycles = maca.commandCycles;

  constexpr uint64_t biasBytes = 4;
  work.dramRead = dramBytes(input, target) + weights + blocks.outChannels * biasBytes;
  work.dramWrite = dramBytes(output, target);
  work.sramBytes = 2 * (work.dramRead + work.dramWrite);
  return work;
}

Work MacaBackend::cost(const bst::Program &program, const bst::Command &command,
                       const Target &target) const {
  return macaCost(program, command, target);
}

} // namespace bstc

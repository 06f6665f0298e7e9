#include "backends/maca/cost.h"

#include "backends/maca/maca.h"
#include "backends/target.h"
#include "backends/traffic.h"
#include "runtime/program/tile_parts.h"

#include <algorithm>
#include <cmath>

namespace bstc {
namespace {

uint64_t ceilDiv(uint64_t value, uint64_t divisor) { return (value + divisor - 1) / divisor; }

/// Extents of a convolution in blocks of the array.
struct Blocks {
  uint64_t pixels, outChannels, inChannels, window;
  uint64_t slots() const { return pixels * outChannels * inChannels * window; }
};

/// A part of a convolution's output, and what it is computed from.
struct Piece {
  const bst::ConvParams &conv;
  uint64_t rows, columns; ///< Of the part; rows of all its pictures.
  uint64_t outChannels;   ///< Of the part, all groups.
  uint64_t inPerGroup, groups;

  Piece(const bst::Program &program, const bst::Command &command, const bst::Part &part)
      : conv(std::get<bst::ConvParams>(command.params)) {
    const bst::Tensor &input = program.tensors[command.inputs[0]];
    const bst::Tensor &output = program.tensors[command.outputs[0]];
    rows = uint64_t(output.shape[0]) * part.rows;
    columns = uint64_t(output.shape[3]);
    outChannels = part.channels;
    inPerGroup = input.shape[1] / conv.groups;
    // Parts of a grouped convolution hold some of its groups.
    groups = std::max<uint64_t>(uint64_t(conv.groups) * part.channels / output.shape[1], 1);
  }
  uint64_t pixels() const { return rows * columns; }
  /// The pixels in full blocks of `quantum`.
  uint64_t pixelsInBlocks(int64_t quantum, bool inRow) const {
    return inRow ? rows * roundUp(columns, quantum) : roundUp(pixels(), quantum);
  }
  uint64_t window() const { return uint64_t(conv.window.kernelH) * conv.window.kernelW; }
  bool strided() const { return conv.window.strideH > 1 || conv.window.strideW > 1; }
  bool depthwise() const { return conv.groups > 1 && inPerGroup == 1; }
};

/// Is it computed by a unit for depthwise convolutions?
bool onUnit(const Piece &piece, const Target::Maca &maca) {
  return piece.depthwise() && maca.depthwiseMacsPerCycle > 0;
}

Blocks blocksOf(const Piece &piece, const Target::Maca &maca) {
  Blocks blocks;
  blocks.pixels = piece.pixelsInBlocks(maca.pixelQuantum, maca.blocksInRow) *
                  (piece.strided() ? maca.strideFactor : 1);
  // Small groups (depthwise: one channel) are packed side by side into one block of channels.
  const bool packed = piece.inPerGroup < uint64_t(maca.depthwiseGroup) || onUnit(piece, maca);
  blocks.inChannels = packed ? maca.depthwiseGroup : piece.inPerGroup;
  blocks.outChannels =
      packed ? roundUp(piece.outChannels, maca.outChannelQuantum)
             : piece.groups * roundUp(piece.outChannels / piece.groups, maca.outChannelQuantum);
  blocks.window = piece.window();
  if (maca.channelAugmentation && piece.groups == 1 &&
      2 * piece.inPerGroup <= uint64_t(maca.inChannelQuantum)) {
    const uint64_t columns = piece.conv.window.kernelW;
    const uint64_t folded = std::min(columns, maca.inChannelQuantum / piece.inPerGroup);
    blocks.inChannels = std::max(blocks.inChannels, folded * piece.inPerGroup);
    blocks.window = piece.conv.window.kernelH * ceilDiv(columns, folded);
  }
  return blocks;
}

uint64_t arrayCycles(const Blocks &blocks, const Target::Maca &maca) {
  Blocks padded = blocks;
  padded.inChannels = roundUp(blocks.inChannels, maca.inChannelQuantum);
  const uint64_t full = ceilDiv(padded.slots(), maca.macsPerCycle);
  return maca.efficiency < 1 ? uint64_t(std::ceil(double(full) / maca.efficiency)) : full;
}

uint64_t depthwiseCycles(const Piece &piece, const Target::Maca &maca) {
  const int64_t pixelsAtOnce =
      std::max<int64_t>(maca.depthwiseMacsPerCycle / maca.outChannelQuantum, 1);
  return ceilDiv(piece.pixelsInBlocks(pixelsAtOnce, maca.blocksInRow) *
                     roundUp(piece.outChannels, maca.outChannelQuantum) * piece.window(),
                 maca.depthwiseMacsPerCycle);
}

/// Bytes of a part's weights, in blocks of the array.
uint64_t weightBytes(const Blocks &blocks, const Piece &piece) {
  return blocks.outChannels * std::max(blocks.inChannels, piece.inPerGroup) * piece.window();
}

Work workOf(const Piece &piece, const Blocks &blocks, const Target::Maca &maca) {
  Work work;
  work.macs = piece.pixels() * piece.outChannels * piece.inPerGroup * piece.window();
  work.macSlots = blocks.slots();
  work.cycles = onUnit(piece, maca)
                    ? depthwiseCycles(piece, maca)
                    : std::max(arrayCycles(blocks, maca),
                               ceilDiv(weightBytes(blocks, piece), maca.weightBytesPerCycle));
  work.overheadCycles = maca.commandCycles;
  return work;
}

} // namespace

Work macaPartCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                  const Target &target) {
  const Piece piece(program, command, part);
  return workOf(piece, blocksOf(piece, target.maca), target.maca);
}

Work macaCost(const bst::Program &program, const bst::Command &command, const Target &target) {
  const bst::Tensor &input = program.tensors[command.inputs[0]];
  const bst::Tensor &output = program.tensors[command.outputs[0]];
  const Piece piece(program, command, bst::wholePart(output));
  const Blocks blocks = blocksOf(piece, target.maca);
  Work work = workOf(piece, blocks, target.maca);
  constexpr uint64_t biasBytes = 4;
  work.dramRead =
      dramBytes(input, target) + weightBytes(blocks, piece) + blocks.outChannels * biasBytes;
  work.dramWrite = dramBytes(output, target);
  work.sramBytes = 2 * (work.dramRead + work.dramWrite);
  return work;
}

Work MacaBackend::cost(const bst::Program &program, const bst::Command &command,
                       const Target &target) const {
  return macaCost(program, command, target);
}

Work MacaBackend::partCost(const bst::Program &program, const bst::Command &command,
                           const bst::Part &part, const Target &target) const {
  return macaPartCost(program, command, part, target);
}

} // namespace bstc

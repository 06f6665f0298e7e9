#ifndef BST_RUNTIME_PROGRAM_TILES_H
#define BST_RUNTIME_PROGRAM_TILES_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/// The tile-level program: what the device really does, command by command and band by band. It
/// refines Program::commands (which say what is computed) by where and when: what is moved between
/// DRAM and the on-chip memories, what is computed on which part of a map, and who waits for whom.
///
/// The compiler writes it (partitioner/), the package stores it, `bstc run --strict` executes it on
/// modelled memories, and the timeline predicts its time.
namespace bst {

/// On-chip memories. Feature maps live in Data, convolution weights and biases in Weights.
enum class OnChip : uint8_t { Data, Weights };
inline constexpr std::array<const char *, 2> onChipNames = {"data", "weights"};

/// What executes tile operations. Each works through its own in order.
enum class Queue : uint8_t {
  Maca,
  Edp,
  Dsp,
  LoadData,    ///< DMA, DRAM to Data.
  LoadWeights, ///< DMA, DRAM to Weights.
  Store,       ///< DMA, Data to DRAM.
};
inline constexpr std::array<const char *, 6> queueNames = {"maca",      "edp",          "dsp",
                                                           "load_data", "load_weights", "store"};

/// A part of a tensor. Of a feature map (Nhwc): the rows [row, row + rows) of all columns, and the
/// channels [channel, channel + channels), of every map of the batch. Of a convolution's constants:
/// output channels [channel, channel + channels), rows 0 (or InputShare). Of anything else: all, 0.
struct Part {
  int32_t row = 0, rows = 0;
  int32_t channel = 0, channels = 0;
  bool operator==(const Part &) const = default;
};

/// A part of a tensor, and where it is.
struct Slice {
  uint32_t tensor = 0; ///< Index into Program::tensors.
  Part part = {};
  bool onChip = false; ///< Or in DRAM, at the tensor's own place; offset and memory are 0 then.
  OnChip memory = OnChip::Data;
  /// On chip: bytes from the start of the memory; in Data a multiple of the channel block, in
  /// Weights of 64. The part lies there by itself and in one piece, a map as
  /// [channels / block][n][rows][columns][block], the last block filled up: what is computed block
  /// by block of channels lies side by side; a Picture as in DRAM. Constants of a convolution:
  /// their panels (or OHWI), then 4 bytes of bias per channel.
  uint64_t offset = 0;
  /// Bytes, in DRAM traffic as on chip: with the channels of the last block filled up.
  uint64_t size = 0;
  bool operator==(const Slice &) const = default;
};

/// One operation. Loads copy `inputs[0]` to `output`, the same part of the same tensor in two
/// places; stores copy the part in `output` out of `inputs[0]`, which may hold more rows. The
/// others compute `output`, a part of the last command's result, from inputs, which may hold more
/// than is needed (neededParts() in tile_parts.h).
struct TileOp {
  Queue queue = Queue::Maca;
  /// Commands that are computed in one go, in order: one, or a convolution and the sum that rides
  /// on it. A transfer names the command that it is done for.
  std::vector<uint32_t> commands;
  std::vector<Slice> inputs; ///< In the order of the commands' inputs, less what lies between them.
  Slice output;
  /// Indices of earlier operations that must have finished, in ascending order; those of its own
  /// queue need not be named.
  std::vector<uint32_t> dependsOn;
  bool operator==(const TileOp &) const = default;
};

/// The operations on tiles that a device executes for one frame, after those that it executes once.
struct TileProgram {
  uint64_t dataBytes = 0, weightBytes = 0; ///< Sizes of the on-chip memories it was made for.
  uint32_t channelBlock = 1;               ///< Channels that maps are stored in blocks of, on chip.
  /// Frames that a core works on at one time, each in an equal part of the memories: its engines
  /// take what is ready of any. Places are those of the first part.
  uint32_t contexts = 1;
  /// So many operations at the beginning load constants that stay for all frames. They are executed
  /// when the device is made ready, not with a frame.
  uint32_t once = 0;
  /// Where these constants lie: the bytes from the start of the weight memory, for all frames.
  uint64_t keptBytes = 0;
  /// Bytes of the memories that a frame may use.
  uint64_t dataPart() const { return dataBytes / contexts / 64 * 64; }
  uint64_t weightPart() const { return keptBytes + (weightBytes - keptBytes) / contexts / 64 * 64; }
  std::vector<TileOp> ops; ///< In an order in which they can be executed one by one.
  bool operator==(const TileProgram &) const = default;
};

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_TILES_H

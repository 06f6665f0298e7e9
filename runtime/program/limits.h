#ifndef BST_RUNTIME_PROGRAM_LIMITS_H
#define BST_RUNTIME_PROGRAM_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace bst {

/// Elements of any vector but the weights: tensors, commands, operands, channels, ...
constexpr size_t maxCount = size_t(1) << 20;
/// Inputs, and outputs, of a program.
constexpr size_t maxInterface = 1024;
/// Bytes of a name.
constexpr size_t maxNameBytes = size_t(1) << 16;

/// What a package may ask of its host. One that asks for more is refused when it is loaded, so that
/// a wrong or hostile file costs neither the memory nor the hours. The defaults leave room for the
/// largest YOLOv5 on batches of large images; a host that knows what to expect sets less.
struct Limits {
  /// Bytes of the arena, and of what a window reads of its padded input for a row of its output
  /// (which a device may have to copy).
  uint64_t arenaBytes = uint64_t(1) << 32;
  /// Elementary operations of one run, and of one run of the tile operations: multiply-accumulates,
  /// window positions, elements that are read or written.
  uint64_t work = uint64_t(1) << 42;
};

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_LIMITS_H

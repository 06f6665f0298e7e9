#ifndef BST_RUNTIME_PROGRAM_LABELS_H
#define BST_RUNTIME_PROGRAM_LABELS_H

#include "runtime/program/program.h"
#include "runtime/support/text.h"

// What error messages call the things of a program. Internal to the runtime.
namespace bst {

/// "tensor 3 'images'".
struct TensorLabel final : TextLabel {
  TensorLabel(const Program &program, const Tensor &tensor) : program(program), tensor(tensor) {}
  void describe(TextSink &out) const override;
  const Program &program;
  const Tensor &tensor;
};

/// "command 3 'conv1'", or "command 3 'conv1' (conv)".
struct CommandLabel final : TextLabel {
  CommandLabel(const Program &program, size_t index, bool opcode = false)
      : program(program), index(index), opcode(opcode) {}
  void describe(TextSink &out) const override;
  const Program &program;
  size_t index;
  bool opcode;
};

/// "maca operation 12 (command 3 'conv1', command 4 'add')", of the tile-level program. Its queue
/// and its commands are in range.
struct OpLabel final : TextLabel {
  OpLabel(const Program &program, uint32_t index) : program(program), index(index) {}
  void describe(TextSink &out) const override;
  const Program &program;
  uint32_t index;
};

/// "rows 0 to 7, channels 0 to 15 of tensor 3 'x' in data memory at 4096".
struct SliceLabel final : TextLabel {
  SliceLabel(const Program &program, const Slice &slice) : program(program), slice(slice) {}
  void describe(TextSink &out) const override;
  const Program &program;
  const Slice &slice;
};

/// A content hash, as sixteen hexadecimal digits.
struct HashLabel final : TextLabel {
  explicit HashLabel(uint64_t hash) : hash(hash) {}
  void describe(TextSink &out) const override;
  uint64_t hash;
};

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_LABELS_H

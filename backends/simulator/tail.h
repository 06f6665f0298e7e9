#ifndef BST_BACKENDS_SIMULATOR_TAIL_H
#define BST_BACKENDS_SIMULATOR_TAIL_H

#include "backends/edp/kernels/add.h"
#include "backends/edp/kernels/table.h"
#include "backends/maca/kernels/conv.h"
#include "runtime/program/chains.h"

#include <variant>
#include <vector>

namespace bst {

/// The commands of a chain as the tail of its convolution.
class ChainTail final : public ConvTail {
public:
  /// \p tensors: of the program. References and memory must outlive the tail.
  ChainTail(const Program &program, const Chain &chain, std::span<const TensorView> tensors,
            Isa isa, Memory *memory);
  /// The same for another frame, to be bound to its memory.
  ChainTail(const ChainTail &other, Memory *memory);
  void apply(const ConvOutputs &outputs) const override;
  /// See Execution::bind.
  void bind(void *const *tensors);

  /// Where the convolution writes, and the bytes from a pixel to the next.
  std::byte *data() const { return target; }
  int64_t pixelStride() const { return stride; }

private:
  /// Adds a tensor that lies with its pixels touching.
  struct Sum {
    Adder add;
    uint32_t tensor; ///< The other operand.
    const uint8_t *other;
    int64_t otherStride;
    bool first; ///< The convolution's is the first operand.
  };
  void addTable(const ByteTable &table);
  void addSum(const Program &program, const Command &command, uint32_t tensor,
              std::span<const TensorView> tensors);
  void endInConcat(const Program &program, const Command &command, uint32_t tensor);

  const Isa isa;
  std::pmr::vector<std::variant<ByteTable, Sum>> stages;
  const uint32_t result; ///< Tensor that the last command writes.
  int64_t offset = 0;    ///< In its pixels.
  std::byte *target;
  int64_t stride;
};

/// Is the memory of the chain's result free from its convolution on, and that of the tensors
/// between them nobody else's?
bool canRunInOnePass(const Program &program, const Chain &chain,
                     std::span<const TensorView> tensors, Memory *memory);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_TAIL_H

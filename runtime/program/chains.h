#ifndef BST_RUNTIME_PROGRAM_CHAINS_H
#define BST_RUNTIME_PROGRAM_CHAINS_H

#include "runtime/program/program.h"
#include "runtime/support/memory.h"

namespace bst {

/// A convolution and the element-wise commands behind it that a device may compute in the same
/// pass, while a tile of outputs is at hand: tables, one sum with a tensor that is there before the
/// convolution, and in the end a concatenation of channels, whose part is written in place.
///
/// Every tensor between them has one reader, so only the last command's output needs to exist; it
/// is written when the convolution runs. A planner that lets it live from then on makes the pass
/// possible; a device has to check that its memory is free (a plan need not allow it).
struct Chain {
  uint32_t conv = 0;                   ///< Index of the convolution's command.
  std::pmr::vector<uint32_t> commands; ///< In the program's order; at least one.
};

/// All chains of a program, in its order. Tensors are told apart by their indices: one that other
/// tensors are aliases of is to be found by its memory.
std::pmr::vector<Chain> findChains(const Program &program, Memory *memory = heap());

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_CHAINS_H

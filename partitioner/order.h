#ifndef BSTC_PARTITIONER_ORDER_H
#define BSTC_PARTITIONER_ORDER_H

#include "runtime/program/program.h"

#include "llvm/ADT/ArrayRef.h"

namespace bstc {

/// Moves commands of MACA and EDP towards the start of the program where fewer bytes then wait for
/// their readers: the second branch of a block behind the first one, as both read the same map; the
/// head of a level behind the map that it reads, as its result goes to DRAM in any case. Exporters
/// list commands level by level, heads last. \p roots: for each tensor the one whose bytes it
/// names. What follows a convolution element by element stays behind it. Dependencies and places in
/// the arena come later.
void orderCommands(bst::Program &program, llvm::ArrayRef<uint32_t> roots);

} // namespace bstc

#endif // BSTC_PARTITIONER_ORDER_H

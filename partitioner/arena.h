#ifndef BSTC_PARTITIONER_ARENA_H
#define BSTC_PARTITIONER_ARENA_H

#include "partitioner/sections.h"

namespace bstc {

/// Gives every tensor in the arena its place, and the program the arena's size (memory.h), so that
/// both the commands in their order and the sections of `plan` can run in it. \p roots: for each
/// tensor the one whose bytes it names.
void planArena(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const TilePlan &plan);

} // namespace bstc

#endif // BSTC_PARTITIONER_ARENA_H

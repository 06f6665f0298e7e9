#ifndef BSTC_PARTITIONER_TILING_H
#define BSTC_PARTITIONER_TILING_H

#include "runtime/program.h"

namespace bstc {

struct Target;

/// A plain tile program: command after command, each in bands of rows (and pieces of output
/// channels where its weights do not fit), every map through DRAM. Both on-chip memories are used
/// as two halves in turn, so that a band is loaded while the one before it is computed. What does
/// not fit in half a memory, and what DSP does, works on DRAM directly.
bst::TileProgram planTiles(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_TILING_H

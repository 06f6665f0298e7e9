#ifndef BSTC_PARTITIONER_RETILE_H
#define BSTC_PARTITIONER_RETILE_H

#include "runtime/program.h"

#include "llvm/Support/Error.h"

namespace bstc {

struct Target;

/// The tile program of a program that was compiled for another device, for predictions: commands
/// stay as they are, and every tensor is taken to have a place of its own in DRAM. Errors: those of
/// planSections.
llvm::Expected<bst::TileProgram> retile(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_RETILE_H

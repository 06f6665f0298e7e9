#ifndef BST_BACKENDS_SIMULATOR_RANGES_H
#define BST_BACKENDS_SIMULATOR_RANGES_H

#include "runtime/program/program.h"
#include "runtime/support/memory.h"

namespace bst {

/// Values that an 8-bit tensor can have, both ends included; all of its type's where nothing is
/// known, as of what the host writes.
struct ValueRange {
  int32_t lo = 0, hi = 0;
};

/// The range of every tensor (8-bit ones; others are left empty), from the commands' clamps and
/// tables. A ReLU's output, for example, is never below its zero point.
std::pmr::vector<ValueRange> valueRanges(const Program &program, Memory *memory);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_RANGES_H

#ifndef BSTC_PARTITIONER_MEMORY_H
#define BSTC_PARTITIONER_MEMORY_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace bstc {

/// Memory that must exist from the start of command `first` to the end of command `last`.
struct Buffer {
  uint64_t size = 0; ///< Bytes.
  int64_t first = 0, last = 0;
};

/// Offsets, one per buffer, each a multiple of 64 bytes.
struct MemoryPlan {
  std::vector<uint64_t> offsets;
  uint64_t size = 0;       ///< Bytes of the arena; a multiple of 64.
  uint64_t lowerBound = 0; ///< Largest sum of (rounded) sizes live at one command.
};

/// Places buffers so that those alive at the same time do not overlap: largest first, each at the
/// lowest offset that is free for its whole life ("greedy by size" of Pisarchyk and Lee, "Efficient
/// Memory Management for Deep Neural Net Inference", 2020). Deterministic.
MemoryPlan planMemory(llvm::ArrayRef<Buffer> buffers);

} // namespace bstc

#endif // BSTC_PARTITIONER_MEMORY_H

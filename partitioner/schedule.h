#ifndef BSTC_PARTITIONER_SCHEDULE_H
#define BSTC_PARTITIONER_SCHEDULE_H

#include "ir/graph.h"
#include "partitioner/sections.h"
#include "runtime/program/program.h"

#include <new>

namespace bstc {

struct Target;

/// 64-byte aligned memory for a vector, as the kernels that read weights in place like it.
template <class T> struct CacheAligned {
  using value_type = T;
  CacheAligned() = default;
  template <class U> CacheAligned(const CacheAligned<U> &) {}
  T *allocate(size_t count) {
    return static_cast<T *>(::operator new(count * sizeof(T), alignment));
  }
  void deallocate(T *memory, size_t) { ::operator delete(memory, alignment); }
  bool operator==(const CacheAligned &) const = default;
  static constexpr std::align_val_t alignment{64};
};

/// A Program and the bytes its weights point to.
struct CompiledProgram {
  bst::Program program;
  /// program.weights == weights.data(), 64-byte aligned inside, too.
  std::vector<std::byte, CacheAligned<std::byte>> weights;
  TilePlan plan; ///< What program.tiles was made from.
};

/// Lowers a placed graph to commands in execution order with their dependencies, stores constants,
/// cuts the commands into tile operations (sections.h) and plans the arena (memory.h) so that both
/// the commands and the tiles can use it. Errors are those of EngineBackend::lower and
/// planSections.
llvm::Expected<std::unique_ptr<CompiledProgram>> schedule(const Graph &graph, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_SCHEDULE_H

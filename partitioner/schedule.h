#ifndef BSTC_PARTITIONER_SCHEDULE_H
#define BSTC_PARTITIONER_SCHEDULE_H

#include "ir/graph.h"
#include "runtime/program.h"

namespace bstc {

struct Target;

/// A Program and the bytes its weights point to.
struct CompiledProgram {
  bst::Program program;
  std::vector<std::byte> weights; ///< program.weights == weights.data(), 64-byte aligned inside.
};

/// Lowers a placed graph to commands in execution order with their dependencies, stores constants,
/// and plans the arena (memory.h). Errors are those of EngineBackend::lower.
llvm::Expected<std::unique_ptr<CompiledProgram>> schedule(const Graph &graph, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_SCHEDULE_H

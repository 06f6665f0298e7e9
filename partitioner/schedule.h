#ifndef BSTC_PARTITIONER_SCHEDULE_H
#define BSTC_PARTITIONER_SCHEDULE_H

#include "ir/graph.h"
#include "partitioner/sections.h"
#include "runtime/program/program.h"

namespace bstc {

struct Target;

/// A Program and the bytes its weights point to.
struct CompiledProgram {
  bst::Program program;
  std::vector<std::byte> weights; ///< program.weights == weights.data(), 64-byte aligned inside.
  TilePlan plan;                  ///< What program.tiles was made from.
};

/// Lowers a placed graph to commands in execution order with their dependencies, stores constants,
/// cuts the commands into tile operations (sections.h) and plans the arena (memory.h) so that both
/// the commands and the tiles can use it. Errors are those of EngineBackend::lower and
/// planSections.
llvm::Expected<std::unique_ptr<CompiledProgram>> schedule(const Graph &graph, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_SCHEDULE_H

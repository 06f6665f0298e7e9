#ifndef BSTC_PARTITIONER_PARTITION_H
#define BSTC_PARTITIONER_PARTITION_H

#include "ir/graph.h"

namespace bstc {

struct Target;

/// Gives every node an engine and a reason: the first engine, in the order MACA, EDP, DSP, that
/// answers native. Nodes that only rename memory get "none" (an alias serves). Errors: a node that
/// no engine takes, with every engine's reason.
llvm::Error assignEngines(Graph &graph, const Target &target);

/// A node that reads quantised data yet landed on DSP although its result is quantised again
/// downstream, or although it is a convolution: time or accuracy that a small change of the model
/// would win back.
struct Fallback {
  const Node *node;
  std::string reason;
};
std::vector<Fallback> findFallbacks(const Graph &graph);

} // namespace bstc

#endif // BSTC_PARTITIONER_PARTITION_H

#ifndef BSTC_PARTITIONER_PARTITION_H
#define BSTC_PARTITIONER_PARTITION_H

#include "ir/graph.h"

namespace bstc {

struct Target;

/// Gives every node an engine and a reason: the first engine, in the order MACA, EDP, DSP, that
/// answers native. Nodes that only rename memory get None (an alias serves). Errors: a node that
/// no engine takes, with every engine's reason.
llvm::Error assignEngines(Graph &graph, const Target &target);

/// A node of a quantised network that runs in float on DSP: time or accuracy that a small change of
/// the model would win back. That is
/// - a convolution or matrix product that reads quantised data, has weights that the file
///   quantises, or whose result is quantised again downstream;
/// - another node that reads quantised data and whose result is quantised again downstream.
struct Fallback {
  const Node *node;
  std::string reason;
  bool readsInt8; ///< It reads quantised data.
  /// Nodes behind it that run in float because its result is float, up to the next QuantizeLinear.
  /// What would be a fallback by itself counts here where it reads such a result.
  std::vector<const Node *> with;
  /// "node 'X' reads int8 data but runs on DSP: why; with it 2 nodes: Y, Z", or "runs in float on
  /// DSP".
  Notice notice() const;
};
std::vector<Fallback> findFallbacks(const Graph &graph);

/// Does any node of a placed graph run on an int8 engine?
bool runsInt8(const Graph &graph);

} // namespace bstc

#endif // BSTC_PARTITIONER_PARTITION_H

#include "diagnose/measure/float_form.h"

#include "frontend/passes/passes.h"

namespace bstc::diagnose {

/// The QuantizeLinear that makes the integers a DequantizeLinear reads; null where there is none,
/// or something else computes on them in between.
static const Node *quantizeBefore(const Node &dequantize) {
  const Node *node = dequantize.input(0)->producer();
  while (node && (node->op == OpKind::Clip || node->op == OpKind::Identity))
    node = node->input(0)->producer();
  return node && node->op == OpKind::Quantize ? node : nullptr;
}

llvm::Expected<Graph> partInFloat(const Graph &imported,
                                  llvm::function_ref<bool(llvm::StringRef quantize)> inFloat) {
  Graph graph = imported.clone();
  for (const auto &node : graph.nodes())
    if (node->op == OpKind::Dequantize)
      if (const Node *quantize = quantizeBefore(*node); quantize && inFloat(quantize->name))
        graph.replaceUses(node->output(), quantize->input(0));
  graph.cleanUp();
  if (llvm::Error error = foldConstants(graph))
    return error;
  // What is left of these would be computed again with every picture.
  if (llvm::Error error = foldDequantisedWeights(graph))
    return error;
  return graph;
}

} // namespace bstc::diagnose

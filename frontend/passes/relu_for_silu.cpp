#include "frontend/passes/passes.h"
#include "frontend/passes/patterns.h"

namespace bstc {

/// The value before the Quantize and Dequantize that only lead to `value`'s reader, or `value`.
static Value *beforeQuantisation(const Graph &graph, Value *value) {
  const Node *dequantize = madeBy(value, OpKind::Dequantize);
  const Node *quantize = dequantize ? madeBy(dequantize->input(0), OpKind::Quantize) : nullptr;
  const bool alone = quantize && soleUser(graph, value) && soleUser(graph, quantize->output());
  return alone ? quantize->input(0) : value;
}

size_t reluForSilu(Graph &graph) {
  size_t count = 0;
  for (const auto &node : graph.nodes()) {
    if (node->op != OpKind::Silu)
      continue;
    node->op = OpKind::Relu;
    node->setInput(0, beforeQuantisation(graph, node->input(0)));
    ++count;
  }
  graph.cleanUp();
  return count;
}

} // namespace bstc

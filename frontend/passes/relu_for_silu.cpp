#include "frontend/passes/passes.h"
#include "ir/error.h"
#include "ir/patterns.h"

namespace bstc {

/// What `mul` multiplies with its own sigmoid, or null.
static Value *siluOperand(const Graph &graph, const Node &mul) {
  if (mul.op != OpKind::Mul)
    return nullptr;
  for (unsigned side : {0u, 1u}) {
    const Node *sigmoid = madeBy(mul.input(side), OpKind::Sigmoid);
    if (sigmoid && sigmoid->input(0) == mul.input(1 - side) &&
        soleUser(graph, sigmoid->output()) == &mul)
      return sigmoid->input(0);
  }
  return nullptr;
}

/// The value before the Quantize and Dequantize that only lead to `value`'s reader, or `value`.
static Value *beforeQuantisation(const Graph &graph, Value *value) {
  const Node *dequantize = madeBy(value, OpKind::Dequantize);
  const Node *quantize = dequantize ? madeBy(dequantize->input(0), OpKind::Quantize) : nullptr;
  const bool alone = quantize && soleUser(graph, value) && soleUser(graph, quantize->output());
  return alone ? quantize->input(0) : value;
}

llvm::Error reluForSilu(Graph &graph) {
  // In place: commands keep the order that they have in a network with ReLU.
  std::vector<Node *> relus;
  for (const auto &node : graph.nodes())
    if (Value *x = siluOperand(graph, *node)) {
      node->op = OpKind::Relu;
      node->attrs = ActivationAttrs{};
      node->setInputs({x});
      relus.push_back(node.get());
    }
  if (relus.empty())
    return makeError(Code::NoSilu, "has no SiLU that could be a ReLU");
  graph.cleanUp(); // The sigmoids, so that each Relu is the only reader of its input.
  for (Node *relu : relus)
    relu->setInput(0, beforeQuantisation(graph, relu->input(0)));
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

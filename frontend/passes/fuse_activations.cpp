#include "frontend/passes/passes.h"
#include "ir/patterns.h"

#include <algorithm>

namespace bstc {

/// The bounds that `node` applies, or none when it is not a Relu or Clip.
static Bounds boundsOf(const Node &node) {
  if (node.op == OpKind::Relu)
    return {0, std::numeric_limits<float>::infinity()};
  if (node.op == OpKind::Clip)
    return {node.as<ActivationAttrs>().alpha, node.as<ActivationAttrs>().beta};
  return {};
}

/// The bounds that `producer` can carry, or null.
static Bounds *boundsSlot(Node *producer) {
  if (!producer)
    return nullptr;
  if (auto *conv = std::get_if<ConvAttrs>(&producer->attrs))
    return &conv->bounds;
  if (producer->op == OpKind::Add || producer->op == OpKind::Sub || producer->op == OpKind::Mul)
    if (auto *elementwise = std::get_if<ElementwiseAttrs>(&producer->attrs))
      return &elementwise->bounds;
  return nullptr;
}

llvm::Error fuseActivations(Graph &graph) {
  for (const auto &node : graph.nodes()) {
    Bounds bounds = boundsOf(*node);
    if (bounds.none())
      continue;
    Value *x = node->input(0);
    Bounds *slot = boundsSlot(x->producer());
    if (!slot || soleUser(graph, x) != node.get())
      continue;
    // clip(clip(x, a, b), c, d) = clip(x, clip(a, c, d), clip(b, c, d)).
    slot->lo = std::min(std::max(slot->lo, bounds.lo), bounds.hi);
    slot->hi = std::min(std::max(slot->hi, bounds.lo), bounds.hi);
    Value *result = node->output();
    std::string name = result->name;
    recordFused(*x->producer(), *node);
    graph.replaceUses(result, x);
    graph.rename(result, graph.uniqueName(name));
    // The producer now makes the activation's number.
    graph.rename(x, name);
    node->setInputs({}); // So that a second activation finds x with one reader.
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

#ifndef BSTC_IR_PATTERNS_H
#define BSTC_IR_PATTERNS_H

#include "ir/graph.h"

namespace bstc {

/// The node of kind `op` that makes `value`, or null.
inline Node *madeBy(const Value *value, OpKind op) {
  Node *node = value ? value->producer() : nullptr;
  return node && node->op == op ? node : nullptr;
}

/// The only reader of `value` when it has exactly one and is no graph output, else null.
inline Node *soleUser(const Graph &graph, const Value *value) {
  return value->users().size() == 1 && !graph.isOutput(value) ? value->users().front() : nullptr;
}

/// The constant operand of a two-operand node, and the other one; {null, null} if there is not
/// exactly one constant.
struct ConstantOperand {
  Value *constant = nullptr, *other = nullptr;
};
inline ConstantOperand constantOperand(const Node &node) {
  Value *a = node.input(0), *b = node.input(1);
  if (!a || !b || a->isConstant() == b->isConstant())
    return {};
  return a->isConstant() ? ConstantOperand{a, b} : ConstantOperand{b, a};
}

/// Records in `node` that `absorbed` was fused into it.
inline void recordFused(Node &node, const Node &absorbed) {
  node.fused.insert(node.fused.end(), absorbed.fused.begin(), absorbed.fused.end());
  node.fused.push_back(absorbed.name);
}

} // namespace bstc

#endif // BSTC_IR_PATTERNS_H

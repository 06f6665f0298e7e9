#include "frontend/passes/passes.h"

#include "llvm/ADT/EquivalenceClasses.h"

#include <map>

namespace bstc {
namespace {

/// Operators whose result is always of their operand's scale.
bool keepsScale(OpKind op) {
  return op == OpKind::MaxPool || op == OpKind::Resize || op == OpKind::Reshape ||
         op == OpKind::Transpose || op == OpKind::Slice;
}

bool isTied(const Node &node) {
  return node.op == OpKind::Concat && node.output()->type.isQuantisedPerTensor();
}

/// Of the values that must agree, the concatenation whose integers span most.
const Value *widestConcat(llvm::ArrayRef<const Value *> candidates) {
  const Value *widest = nullptr;
  for (const Value *value : candidates)
    if (value->producer() && isTied(*value->producer()) &&
        (!widest || value->type.quant->scale() > widest->type.quant->scale()))
      widest = value;
  return widest;
}

} // namespace

llvm::Error tieScales(Graph &graph) {
  llvm::EquivalenceClasses<Value *> same;
  std::vector<Value *> order; // That of the graph, whatever the addresses are.
  const auto add = [&](Value *value) {
    if (same.findValue(value) == same.end())
      order.push_back(value);
    same.insert(value);
  };
  for (const auto &node : graph.nodes()) {
    if (!isTied(*node) && !(keepsScale(node->op) && node->output()->type.isQuantisedPerTensor()))
      continue;
    add(node->output());
    for (Value *input : isTied(*node) ? node->inputs() : node->inputs().take_front(1))
      if (input->type.isQuantisedPerTensor() && !input->isConstant() &&
          input->type.element == node->output()->type.element) {
        add(input);
        same.unionSets(node->output(), input);
      }
  }
  std::map<Value *, std::vector<const Value *>> groups;
  for (Value *value : order)
    groups[same.getLeaderValue(value)].push_back(value);
  std::vector<std::pair<Value *, Quantisation>> changes;
  for (Value *value : order)
    if (const Value *widest = widestConcat(groups[same.getLeaderValue(value)]))
      changes.emplace_back(value, *widest->type.quant);
  for (auto &[value, quant] : changes)
    value->type.quant = std::move(quant);
  return llvm::Error::success();
}

} // namespace bstc

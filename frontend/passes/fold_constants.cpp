#include "frontend/ops/family.h"
#include "frontend/passes/passes.h"
#include "ir/error.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc {

/// Operations that evaluating `node` takes, no fewer than it does, in double: they may be huge.
static double foldingWork(const Node &node) {
  double operands = 0, results = 0, each = 1;
  for (const Value *operand : node.inputs())
    operands += operand ? double(operand->type.count()) : 0;
  for (const Value *result : node.outputs())
    results += double(result->type.count());
  if (node.op == OpKind::MatMul || node.op == OpKind::Gemm) {
    const Shape &shape = node.input(0)->type.shape;
    each = double(*std::max_element(shape.begin(), shape.end()));
  }
  if (node.op == OpKind::Conv)
    each = double(node.input(1)->type.count()) / double(node.input(1)->type.shape[0]);
  else if (node.op == OpKind::MaxPool || node.op == OpKind::AveragePool)
    each = double(node.as<PoolAttrs>().window.kernel[0]) *
           double(node.as<PoolAttrs>().window.kernel[1]);
  else if (node.op == OpKind::Lrn)
    each = double(node.as<LrnAttrs>().size);
  return operands + results * each;
}

namespace {

/// Evaluates nodes that depend on constants alone.
class Folder {
public:
  explicit Folder(Graph &graph) : graph(graph) {}

  /// Nodes whose operands are constants.
  llvm::Error foldWhere(llvm::function_ref<bool(const Node &)> wanted);
  /// Every Quantize that constants reach, through Dequantize too: the integers that the file might
  /// have stored. What is in between stays for others who read it.
  llvm::Error foldQuantised();

private:
  const TensorDataRef &dataOf(const Value *value) const;
  bool isKnown(const Node &node) const;
  llvm::Error evaluate(const Node &node);
  void replace(const Node &node);

  Graph &graph;
  double work = 0;
  llvm::DenseMap<const Value *, TensorDataRef> results; ///< Of nodes: evaluated so far.
};

} // namespace

const TensorDataRef &Folder::dataOf(const Value *value) const {
  return value->isConstant() ? value->data : results.find(value)->second;
}

bool Folder::isKnown(const Node &node) const {
  return opFamily(node.op).evaluate && llvm::all_of(node.inputs(), [&](const Value *operand) {
           return !operand || operand->isConstant() || results.count(operand);
         });
}

llvm::Error Folder::evaluate(const Node &node) {
  // Exporters leave little to fold; a file of a few nodes must not take hours.
  constexpr uint64_t mostWork = uint64_t(1) << 33;
  work += foldingWork(node);
  if (work > double(mostWork))
    return makeError(Code::TooLarge,
                     "node '" + node.name + "': computes constants that take more than " +
                         llvm::Twine(mostWork) + " operations to fold; export them computed");
  llvm::SmallVector<const TensorData *, 4> operands;
  for (const Value *operand : node.inputs())
    operands.push_back(operand ? dataOf(operand).get() : nullptr);
  llvm::SmallVector<TensorData *, 2> targets;
  for (const Value *result : node.outputs()) {
    auto owned = std::make_shared<TensorData>(result->type);
    targets.push_back(owned.get());
    results[result] = std::move(owned);
  }
  return opFamily(node.op).evaluate(node, operands, targets);
}

/// Puts constants in place of the results of an evaluated node.
void Folder::replace(const Node &node) {
  for (Value *value : node.outputs()) {
    // The constant takes the value's name, so that messages stay in the file's terms.
    std::string name = value->name;
    graph.rename(value, graph.uniqueName(name));
    Value *constant = graph.addConstant(name, results[value], value->type.quant);
    constant->dequantised = node.op == OpKind::Dequantize;
    graph.replaceUses(value, constant);
    results.erase(value);
  }
}

llvm::Error Folder::foldWhere(llvm::function_ref<bool(const Node &)> wanted) {
  // Nodes are in topological order, so one sweep reaches chains too. Folding adds no nodes.
  for (const auto &node : graph.nodes()) {
    if (!wanted(*node) || !isKnown(*node))
      continue;
    if (llvm::Error error = evaluate(*node))
      return error;
    replace(*node);
  }
  graph.cleanUp();
  return llvm::Error::success();
}

llvm::Error Folder::foldQuantised() {
  for (const auto &node : graph.nodes())
    if (isKnown(*node))
      for (const Value *result : node->outputs())
        results[result] = nullptr; // Known, but maybe of no use.
  llvm::DenseSet<const Node *> needed;
  for (const auto &node : llvm::reverse(graph.nodes())) {
    const bool known = results.count(node->output());
    auto isNeeded = [&](const Node *user) { return needed.count(user) != 0; };
    if (known &&
        (node->op == OpKind::Quantize || llvm::any_of(node->outputs(), [&](const Value *result) {
           return llvm::any_of(result->users(), isNeeded);
         })))
      needed.insert(node.get());
  }
  for (const auto &node : graph.nodes()) {
    if (!needed.count(node.get()))
      continue;
    if (llvm::Error error = evaluate(*node))
      return error;
    if (node->op == OpKind::Quantize)
      replace(*node);
  }
  graph.cleanUp();
  return llvm::Error::success();
}

llvm::Error foldConstants(Graph &graph) {
  for (const auto &node : graph.nodes())
    if ((node->op == OpKind::Identity || node->op == OpKind::Dropout) &&
        !graph.isOutput(node->output()))
      graph.replaceUses(node->output(), node->input(0));
  Folder folder(graph);
  if (llvm::Error error =
          folder.foldWhere([](const Node &node) { return node.op != OpKind::Dequantize; }))
    return error;
  return folder.foldQuantised();
}

llvm::Error foldDequantisedWeights(Graph &graph) {
  return Folder(graph).foldWhere([](const Node &) { return true; });
}

} // namespace bstc

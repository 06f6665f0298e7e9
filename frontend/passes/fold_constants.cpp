#include "frontend/ops/family.h"
#include "frontend/ops/support.h"
#include "frontend/passes/passes.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc {

/// Evaluates `node`, whose operands are all constants, and puts constants in place of its results.
static llvm::Error foldNode(Graph &graph, Node &node) {
  llvm::SmallVector<const TensorData *, 4> operands;
  for (Value *operand : node.inputs())
    operands.push_back(operand ? operand->data.get() : nullptr);
  std::vector<std::shared_ptr<TensorData>> owned;
  llvm::SmallVector<TensorData *, 2> results;
  for (Value *result : node.outputs()) {
    owned.push_back(std::make_shared<TensorData>(result->type));
    results.push_back(owned.back().get());
  }
  if (llvm::Error error = opFamily(node.op).evaluate(node, operands, results))
    return error;
  for (auto [value, data] : llvm::zip(node.outputs(), owned)) {
    // The constant takes the value's name, so that messages stay in the file's terms.
    std::string name = value->name;
    graph.rename(value, graph.uniqueName(name));
    Value *constant = graph.addConstant(name, data);
    constant->dequantised = node.op == OpKind::Dequantize;
    graph.replaceUses(value, constant);
  }
  return llvm::Error::success();
}

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

static bool allConstant(const Node &node) {
  return llvm::all_of(node.inputs(),
                      [](const Value *operand) { return !operand || operand->isConstant(); });
}

static llvm::Error foldWhere(Graph &graph, llvm::function_ref<bool(const Node &)> wanted) {
  // Nodes are in topological order, so one sweep reaches chains too. Folding adds no nodes.
  // Exporters leave little to fold; a file of a few nodes must not take hours.
  constexpr uint64_t mostWork = uint64_t(1) << 33;
  double work = 0;
  for (const auto &node : graph.nodes()) {
    if (!wanted(*node) || !allConstant(*node) || !opFamily(node->op).evaluate)
      continue;
    work += foldingWork(*node);
    if (work > double(mostWork))
      return makeError("node '" + node->name + "': computes constants that take more than " +
                       llvm::Twine(mostWork) + " operations to fold; export them computed");
    if (llvm::Error error = foldNode(graph, *node))
      return error;
  }
  graph.cleanUp();
  return llvm::Error::success();
}

/// Integers that the file stores as they are get the quantisation of the DequantizeLinear that
/// reads them, as QuantizeLinear gives it to those that were folded.
static llvm::Error quantiseStoredIntegers(Graph &graph) {
  for (const auto &node : graph.nodes()) {
    Value *stored = node->op == OpKind::Dequantize ? node->input(0) : nullptr;
    if (!stored || !stored->isConstant())
      continue;
    llvm::Expected<Quantisation> quant = quantisationOf(*node, node->as<AxisAttrs>().axis);
    if (!quant)
      return makeError("node '" + node->name + "': " + llvm::toString(quant.takeError()));
    if (stored->type.quant == *quant)
      continue;
    if (stored->type.quant) { // Another reader takes the same integers for other numbers.
      stored = graph.addConstant(graph.uniqueName(stored->name), stored->data);
      node->setInput(0, stored);
    }
    stored->type.quant = *quant;
  }
  return llvm::Error::success();
}

llvm::Error foldConstants(Graph &graph) {
  for (const auto &node : graph.nodes())
    if ((node->op == OpKind::Identity || node->op == OpKind::Dropout) &&
        !graph.isOutput(node->output()))
      graph.replaceUses(node->output(), node->input(0));
  if (llvm::Error error =
          foldWhere(graph, [](const Node &node) { return node.op != OpKind::Dequantize; }))
    return error;
  return quantiseStoredIntegers(graph);
}

llvm::Error foldDequantisedWeights(Graph &graph) {
  return foldWhere(graph, [](const Node &) { return true; });
}

} // namespace bstc

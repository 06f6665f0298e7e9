#include "diagnose/network/preparation.h"
#include "frontend/ops/support.h"
#include "frontend/passes/passes.h"
#include "ir/error.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc::diagnose {

/// Nodes that depend on an input of the network. Nodes are in topological order.
static llvm::DenseSet<const Node *> computedNodes(const Graph &graph) {
  llvm::DenseSet<const Node *> computed;
  for (const auto &node : graph.nodes())
    if (llvm::any_of(node->inputs(), [&](const Value *operand) {
          return operand && (operand->producer() ? computed.count(operand->producer()) != 0
                                                 : !operand->isConstant());
        }))
      computed.insert(node.get());
  return computed;
}

/// A Clip of 8-bit codes between a QuantizeLinear and what reads it.
static void takeClips(Prepared &prepared) {
  Graph &graph = prepared.graph;
  for (const auto &node : graph.nodes()) {
    if (node->op != OpKind::Clip || node->input(0)->type.isFloat())
      continue;
    const Node *quantize = madeBy(node->input(0), OpKind::Quantize);
    if (!quantize || node->input(0)->users().size() != 1)
      continue;
    const ElementType element = node->input(0)->type.element;
    const auto &bounds = node->as<ActivationAttrs>();
    const float least = float(minOf(element)), greatest = float(maxOf(element));
    prepared.clips[quantize->name] = {int32_t(std::clamp(bounds.alpha, least, greatest)),
                                      int32_t(std::clamp(bounds.beta, least, greatest))};
    if (!graph.isOutput(node->output()))
      graph.replaceUses(node->output(), node->input(0));
  }
}

static void dropIdentities(Graph &graph) {
  for (const auto &node : graph.nodes())
    if (node->op == OpKind::Identity && !graph.isOutput(node->output()))
      graph.replaceUses(node->output(), node->input(0));
}

/// Read only as weights of layers that depend on an input: nothing will evaluate it.
static bool areWeights(const Graph &graph, const llvm::DenseSet<const Node *> &computed,
                       const Value *value) {
  return !graph.isOutput(value) && llvm::all_of(value->users(), [&](const Node *user) {
    if (user->op == OpKind::Dequantize || user->op == OpKind::Transpose)
      return user->input(0) == value && areWeights(graph, computed, user->output());
    return (user->op == OpKind::Conv || user->op == OpKind::Gemm || user->op == OpKind::MatMul) &&
           computed.count(user);
  });
}

/// Puts constants without bytes in place of weights that the file quantises.
static llvm::Error takeWeights(Prepared &prepared) {
  Graph &graph = prepared.graph;
  const llvm::DenseSet<const Node *> computed = computedNodes(graph);
  for (const auto &node : graph.nodes()) {
    if (node->op != OpKind::Quantize || !node->input(0)->isConstant() ||
        !areWeights(graph, computed, node->output()))
      continue;
    llvm::Expected<Quantisation> quant = quantisationOf(*node);
    if (!quant)
      return prefixError("node '" + node->name + "'", quant.takeError());
    Value *integers = node->output();
    const std::string name = integers->name;
    graph.rename(integers, graph.uniqueName(name));
    Value *constant = graph.addConstant(
        name, std::make_shared<TensorData>(ArrayType{integers->type.element, {0}}));
    constant->type.shape = integers->type.shape;
    prepared.weights[name] = {node->input(0)->data, node->input(0)->name, node->name, *quant};
    graph.replaceUses(integers, constant);
  }
  graph.cleanUp();
  return llvm::Error::success();
}

/// ONNX Runtime writes a DequantizeLinear for each reader: equal ones become one.
static void mergeDequantize(Graph &graph) {
  for (const auto &node : graph.nodes()) {
    if (node->op != OpKind::Dequantize)
      continue;
    for (const Node *twin : llvm::to_vector(node->input(0)->users())) {
      if (twin == node.get() || twin->op != OpKind::Dequantize || graph.isOutput(twin->output()))
        continue;
      if (!twin->output()->users().empty() && !node->output()->users().empty())
        graph.replaceUses(twin->output(), node->output());
    }
  }
  graph.cleanUp();
}

static void recordWeightScales(Prepared &prepared) {
  for (const auto &node : prepared.graph.nodes())
    if (node->op == OpKind::Dequantize && node->input(0)->isConstant())
      prepared.weightScales[node->name] = *node->input(0)->type.quant;
}

llvm::Expected<Prepared> prepare(const Graph &imported) {
  Prepared prepared;
  for (const auto &node : imported.nodes())
    if (node->op == OpKind::BatchNorm)
      prepared.norms.insert(node->name);
  prepared.graph = imported.clone();
  dropIdentities(prepared.graph);
  takeClips(prepared);
  if (llvm::Error error = takeWeights(prepared))
    return error;
  using Pass = llvm::Error (*)(Graph &);
  for (Pass pass : {Pass(foldConstants), Pass(settleQuantisation), Pass(liftIntegers)})
    if (llvm::Error error = pass(prepared.graph))
      return error;
  mergeDequantize(prepared.graph);
  recordWeightScales(prepared);
  for (Pass pass : {Pass(recogniseDecode), Pass(canonicalise), Pass(foldPads), Pass(foldBatchNorm),
                    Pass(fuseSilu)})
    if (llvm::Error error = pass(prepared.graph))
      return error;
  prepared.computed = computedNodes(prepared.graph);
  return prepared;
}

} // namespace bstc::diagnose

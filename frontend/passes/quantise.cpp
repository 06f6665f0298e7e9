#include "detectors/families.h"
#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"
#include "ir/patterns.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// The int8 value behind `value` when a per-tensor DequantizeLinear makes it, else null.
static Value *quantisedSource(const Value *value) {
  Node *dequantize = madeBy(value, OpKind::Dequantize);
  if (!dequantize)
    return nullptr;
  Value *source = dequantize->input(0);
  return source->type.isQuantisedPerTensor() && !source->isConstant() ? source : nullptr;
}

/// The int8 constant behind convolution weights: per tensor or per output channel. Else null.
static Value *quantisedWeights(const Value *value) {
  Node *dequantize = madeBy(value, OpKind::Dequantize);
  if (!dequantize || !dequantize->input(0)->isConstant())
    return nullptr;
  Value *source = dequantize->input(0);
  return source->type.isQuantised() &&
                 (source->type.quant->perTensor() || source->type.quant->axis == 0)
             ? source
             : nullptr;
}

/// The Quantize nodes that read `value` when nothing else does and all have one type; their results
/// are then the same integers. Empty otherwise.
static llvm::SmallVector<Node *, 2> onlyQuantisers(const Graph &graph, const Value *value) {
  llvm::SmallVector<Node *, 2> quantisers;
  for (Node *user : value->users()) {
    if (user->op != OpKind::Quantize || user->input(0) != value)
      return {};
    quantisers.push_back(user);
  }
  if (quantisers.empty() || graph.isOutput(value))
    return {};
  const TensorType &type = quantisers.front()->output()->type;
  bool same = type.isQuantisedPerTensor() &&
              llvm::all_of(quantisers, [&](Node *q) { return q->output()->type == type; });
  return same ? quantisers : llvm::SmallVector<Node *, 2>{};
}

/// The operands of `node` on int8, or an empty list when the int8 engines have no such form.
static llvm::SmallVector<Value *, 4> quantisedOperands(const Node &node) {
  llvm::SmallVector<Value *, 4> operands;
  switch (node.op) {
  case OpKind::Conv: {
    Value *x = quantisedSource(node.input(0)), *weights = quantisedWeights(node.input(1));
    Value *bias = node.input(2);
    if (Node *dequantize = madeBy(bias, OpKind::Dequantize))
      bias = dequantize->input(0);
    if (x && weights && (!bias || bias->isConstant()))
      operands = {x, weights};
    if (!operands.empty() && bias)
      operands.push_back(bias);
    return operands;
  }
  case OpKind::Add:
  case OpKind::Sub:
  case OpKind::Mul:
    if (node.input(0)->type.shape != node.input(1)->type.shape)
      return operands;
    break;
  case OpKind::Concat:
  case OpKind::MaxPool:
  case OpKind::AveragePool:
  case OpKind::Resize:
    if (node.output()->type.rank() != 4)
      return operands;
    break;
  case OpKind::Identity:
    break;
  default:
    if (!isActivation(node.op))
      return operands;
  }
  for (const Value *operand : node.inputs())
    if (Value *source = quantisedSource(operand))
      operands.push_back(source);
    else
      return {};
  return operands;
}

/// DequantizeLinear -> node -> QuantizeLinear: one node on int8 with the result of the quantiser.
static void absorb(Graph &graph, Node &node, llvm::ArrayRef<Value *> operands,
                   llvm::ArrayRef<Node *> quantisers) {
  Value *integers = quantisers.front()->output();
  std::string name = integers->name;
  graph.rename(integers, graph.uniqueName(name));
  Node *twin = graph.addNode(node.op, node.name, operands, node.attrs, {{name, integers->type}});
  twin->fused = node.fused;
  for (Node *quantiser : quantisers) {
    recordFused(*twin, *quantiser);
    graph.replaceUses(quantiser->output(), twin->output());
  }
}

/// An operator that only moves values keeps scale and zero point: node(DequantizeLinear(x)) becomes
/// DequantizeLinear(node(x)), so that the next reader can take the integers.
static void passThrough(Graph &graph, Node &node, Value *source) {
  Value *result = node.output();
  TensorType type = result->type;
  type.element = source->type.element;
  type.quant = source->type.quant;
  // The integers take the file's name for the number, unless a host asks for the float by it.
  std::string name = result->name;
  bool keepFloat = graph.isOutput(result);
  graph.rename(result, graph.uniqueName(name + "~float"));
  Node *twin = graph.addNode(node.op, node.name, {source}, node.attrs,
                             {{keepFloat ? graph.uniqueName(name + "~int8") : name, type}});
  twin->fused = node.fused;
  graph.replaceUses(result, addDequantize(graph, node.name + "~dequantize", twin->output(),
                                          keepFloat ? name : name + "~float"));
}

/// A QuantizeLinear that reads a DequantizeLinear: nothing to do when both have the same
/// parameters, else a rescale of int8 values.
static void requantise(Graph &graph, Node &quantise, Value *source) {
  Value *result = quantise.output();
  if (source->type == result->type)
    return graph.replaceUses(result, source);
  std::string name = result->name;
  graph.rename(result, graph.uniqueName(name));
  Node *rescale = graph.addNode(OpKind::Identity, quantise.name, {source}, std::monostate{},
                                {{name, result->type}});
  graph.replaceUses(result, rescale->output());
}

/// The decode dequantises its int8 heads itself.
static void absorbHeads(Node &decode) {
  for (unsigned i = 0; i < decode.inputs().size(); ++i)
    if (Value *source = quantisedSource(decode.input(i)))
      decode.setInput(i, source);
}

static void quantiseNode(Graph &graph, Node &node) {
  if (familyOfDecode(node.op))
    return absorbHeads(node);
  if (node.op == OpKind::Quantize) {
    if (Value *source = quantisedSource(node.input(0)); source && node.output()->type.isQuantised())
      requantise(graph, node, source);
    return;
  }
  if (!node.output()->type.isFloat())
    return;
  llvm::SmallVector<Value *, 4> operands = quantisedOperands(node);
  if (operands.empty())
    return;
  if (node.op == OpKind::MaxPool || node.op == OpKind::Resize)
    return passThrough(graph, node, operands.front());
  if (auto quantisers = onlyQuantisers(graph, node.output()); !quantisers.empty())
    absorb(graph, node, operands, quantisers);
}

/// Element-wise operators that stayed float give their fused bounds back as a Clip: only the int8
/// engines clamp for free.
static void releaseBounds(Graph &graph, Node &node) {
  auto *attrs = std::get_if<ElementwiseAttrs>(&node.attrs);
  Value *result = node.output();
  if (!attrs || attrs->bounds.none() || !result->type.isFloat())
    return;
  std::string name = result->name;
  graph.rename(result, graph.uniqueName(name + "#unclamped"));
  Node *clip =
      graph.addNode(OpKind::Clip, node.name + "~clip", {},
                    ActivationAttrs{attrs->bounds.lo, attrs->bounds.hi}, {{name, result->type}});
  attrs->bounds = {};
  graph.replaceUses(result, clip->output());
  clip->setInput(0, result);
}

/// Operators whose results are elements of their operands. A Pad adds one of its own.
static bool onlyMoves(OpKind op) {
  constexpr OpKind kinds[] = {OpKind::Reshape, OpKind::Transpose, OpKind::Slice,
                              OpKind::Concat,  OpKind::MaxPool,   OpKind::Resize};
  return llvm::is_contained(kinds, op);
}

/// Puts `value` in place of `same`, which holds the same numbers. Each output keeps its name.
static void replaceBySame(Graph &graph, Value *same, Value *value) {
  if (graph.isOutput(same) && graph.isOutput(value))
    return;
  if (!graph.isOutput(value)) {
    std::string name = same->name;
    graph.rename(same, graph.uniqueName(name));
    graph.rename(value, name);
  }
  graph.replaceUses(same, value);
}

/// Quantize and Dequantize give a float value back where a Dequantize by the same parameters made
/// it and it was only moved since: DSP need not do either.
static void dropExactPairs(Graph &graph) {
  llvm::DenseMap<const Value *, TensorType> steps; ///< What values are whole steps of; no shape.
  for (const auto &node : graph.nodes()) {
    Value *x = node->input(0);
    if (node->op == OpKind::Dequantize && x->type.isQuantised() && isExact(*x->type.quant)) {
      steps[node->output()] = {x->type.element, {}, x->type.quant};
    } else if (onlyMoves(node->op)) {
      auto alike = [&](const Value *operand) {
        return steps.count(operand) && steps[operand] == steps[x];
      };
      if (steps.count(x) && llvm::all_of(node->inputs(), alike))
        steps[node->output()] = TensorType(steps[x]);
    } else if (node->op == OpKind::Quantize && steps.count(x)) {
      const TensorType &type = node->output()->type;
      if (steps[x] != TensorType(type.element, {}, type.quant))
        continue;
      for (Node *user : llvm::to_vector(node->output()->users()))
        if (user->op == OpKind::Dequantize)
          replaceBySame(graph, user->output(), x);
    }
  }
}

llvm::Error quantise(Graph &graph) {
  // Topological order, so that a value that passed through a pool is already int8 for its readers.
  // Nodes that a step appends replace earlier ones and need no visit of their own.
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    quantiseNode(graph, *graph.nodes()[i]);
  graph.cleanUp();
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    releaseBounds(graph, *graph.nodes()[i]);
  graph.cleanUp();
  dropExactPairs(graph);
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

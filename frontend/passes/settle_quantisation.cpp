#include "frontend/ops/support.h"
#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// `quant`, as one scale where all scales and zero points along its axis are equal.
static Quantisation simplified(const Quantisation &quant) {
  if (llvm::is_splat(quant.scales) && llvm::is_splat(quant.zeroPoints))
    return {{quant.scale()}, {quant.zeroPoint()}, -1};
  return quant;
}

/// Integers that the file stores get the quantisation of the Dequantize that reads them; a second
/// reader that takes them for other numbers reads a constant of its own.
static Value *settledConstant(Graph &graph, Value *stored, const Quantisation &quant) {
  if (stored->type.quant && stored->type.quant != quant)
    return graph.addConstant(graph.uniqueName(stored->name), stored->data, quant);
  stored->type.quant = quant;
  return stored;
}

/// A scale and a zero point for each index of an axis of a map: no engine dequantises so, but
/// (q - zero) * scale in float is the same numbers.
static void expand(Graph &graph, Node &dequantize, const Quantisation &quant) {
  Value *integers = dequantize.input(0), *result = dequantize.output();
  ArrayType list{ElementType::F32, Shape(integers->type.shape.size(), 1)};
  list.shape[size_t(quant.axis)] = int64_t(quant.scales.size());
  auto apply = [&](OpKind op, Value *x, llvm::ArrayRef<float> values, llvm::StringRef suffix) {
    Value *constant = graph.addConstant(graph.uniqueName((dequantize.name + suffix).str()),
                                        TensorData::make<float>(list, values));
    return graph
        .addNode(op, dequantize.name, {x, constant}, ElementwiseAttrs{},
                 {{graph.uniqueName(result->name + "#" + opInfo(op).text), result->type}})
        ->output();
  };
  const Quantisation plain{{1}, {0}, -1};
  Value *steps = addDequantize(
      graph, dequantize.name,
      reinterpreted(graph, dequantize.name, integers, plain, integers->name + "~steps"),
      result->name + "#steps");
  std::vector<float> zeros(quant.zeroPoints.begin(), quant.zeroPoints.end());
  Value *scaled =
      apply(OpKind::Mul, apply(OpKind::Sub, steps, zeros, "/zero_point"), quant.scales, "/scale");
  std::string name = result->name;
  graph.rename(result, graph.uniqueName(name));
  graph.replaceUses(result, scaled);
  graph.rename(scaled, name);
}

static void settleQuantize(Node &node, const Quantisation &quant) {
  node.output()->type.quant = simplified(quant);
  node.attrs = AxisAttrs{node.output()->type.quant->axis};
  node.setInputs({node.input(0)});
}

static void settleDequantize(Graph &graph, Node &node, Quantisation quant) {
  Value *integers = node.input(0);
  if (integers->isConstant()) {
    integers = settledConstant(graph, integers, quant);
  } else {
    quant = simplified(quant);
    if (!quant.perTensor())
      return expand(graph, node, quant);
    integers = reinterpreted(graph, node.name, integers, quant,
                             (originOf(node.output()->name) + "~int8").str());
  }
  node.attrs = AxisAttrs{quant.axis};
  node.setInputs({integers});
}

llvm::Error settleQuantisation(Graph &graph) {
  // Topological order: a Quantize before what reads its integers.
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &node = *graph.nodes()[i];
    if (node.op != OpKind::Quantize && node.op != OpKind::Dequantize)
      continue;
    llvm::Expected<Quantisation> quant = quantisationOf(node);
    if (!quant)
      return prefixError("node '" + node.name + "'", quant.takeError());
    if (node.op == OpKind::Quantize)
      settleQuantize(node, *quant);
    else
      settleDequantize(graph, node, *quant);
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace bstc {

static bool isBytes(const Value &value) {
  return value.type.element == ElementType::S8 || value.type.element == ElementType::U8;
}

static std::vector<int64_t> inOrder(int64_t rank) {
  std::vector<int64_t> perm(static_cast<size_t>(rank));
  std::iota(perm.begin(), perm.end(), 0);
  return perm;
}

/// What a Cast makes of bytes is what a DequantizeLinear of scale 1 does.
static void castAsDequantize(Graph &graph, Node &cast) {
  Value *real = cast.output();
  if (!isBytes(*cast.input(0)) || cast.input(0)->isConstant() || !real->type.isFloat())
    return;
  std::string name = real->name;
  graph.rename(real, graph.uniqueName(name));
  const Quantisation plain{{1}, {0}, -1};
  Value *integers =
      reinterpreted(graph, cast.name, cast.input(0), plain, (originOf(name) + "~int8").str());
  graph.replaceUses(real, addDequantize(graph, cast.name, integers, name));
}

/// The integers of an input of the network as a map, moved as a Transpose of the file moves them.
/// They are taken for what the input says they are; \p type may be another reading of them.
static Value *fromFile(Graph &graph, const Node &node, Value &input, std::vector<int64_t> perm,
                       llvm::StringRef name, const TensorType &type) {
  TensorType own = type;
  if (input.type.quant)
    own.quant = input.type.quant;
  Value *map = graph
                   .addNode(OpKind::Reorder, node.name, {&input},
                            ReorderAttrs{std::move(perm), false}, {{graph.uniqueName(name), own}})
                   ->output();
  return reinterpreted(graph, node.name, map, *type.quant, name);
}

/// Integers that a Transpose of the file moved.
static void takeMoved(Graph &graph, Value &input, Node &transpose) {
  const std::vector<int64_t> &perm = transpose.as<TransposeAttrs>().perm;
  for (Node *reader : llvm::to_vector(transpose.output()->users()))
    if (reader->op == OpKind::Reinterpret)
      graph.replaceUses(reader->output(),
                        fromFile(graph, transpose, input, perm, (transpose.output()->name + "~map"),
                                 reader->output()->type));
}

/// Floats of an input that a Transpose moves: the integers move in place of them.
static void takeTransposed(Graph &graph, Value &input, const Node &dequantize, Node &transpose) {
  Value *moved = transpose.output();
  std::string name = moved->name;
  graph.rename(moved, graph.uniqueName(name));
  const TensorType type(input.type.element, moved->type.shape, dequantize.input(0)->type.quant);
  Value *map = fromFile(graph, transpose, input, transpose.as<TransposeAttrs>().perm,
                        (originOf(name) + "~int8").str(), type);
  graph.replaceUses(moved, addDequantize(graph, dequantize.name, map, name));
}

/// Integers that are dequantised as the file hands them over.
static void takeQuantised(Graph &graph, Value &input, Node &reinterpret) {
  Value *integers = reinterpret.output();
  for (Node *reader : llvm::to_vector(integers->users()))
    if (reader->op == OpKind::Dequantize)
      for (Node *user : llvm::to_vector(reader->output()->users()))
        if (user->op == OpKind::Transpose)
          takeTransposed(graph, input, *reader, *user);
  graph.replaceUses(integers, fromFile(graph, reinterpret, input, inOrder(input.type.rank()),
                                       (originOf(integers->name) + "~int8").str(), integers->type));
}

/// What all who dequantise the integers as they are handed over take them for, or nothing.
static std::optional<Quantisation> commonQuantisation(const Value &input) {
  std::optional<Quantisation> common;
  for (const Node *reader : input.users()) {
    if (reader->op != OpKind::Reinterpret)
      continue;
    if (common && common != reader->output()->type.quant)
      return std::nullopt;
    common = reader->output()->type.quant;
  }
  return common;
}

/// Whatever else moves or compares the integers finds them as those of any map.
static void takeOthers(Graph &graph, Value &input) {
  constexpr OpKind settled[] = {OpKind::Reorder, OpKind::Picture};
  Value *map = nullptr;
  for (Node *reader : llvm::to_vector(input.users())) {
    if (llvm::is_contained(settled, reader->op))
      continue;
    if (!map)
      map = fromFile(graph, *reader, input, inOrder(input.type.rank()), input.name + "~map",
                     {input.type.element, input.type.shape, Quantisation{{1}, {0}, -1}});
    for (unsigned i = 0; i < reader->inputs().size(); ++i)
      if (reader->input(i) == &input)
        reader->setInput(i, map);
  }
}

llvm::Error byteInputs(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (graph.nodes()[i]->op == OpKind::Cast)
      castAsDequantize(graph, *graph.nodes()[i]);
  for (Value *input : graph.inputs()) {
    if (!isBytes(*input) || input->type.rank() != 4)
      continue;
    input->type.quant = commonQuantisation(*input);
    for (Node *reader : llvm::to_vector(input->users())) {
      if (reader->op == OpKind::Transpose)
        takeMoved(graph, *input, *reader);
      if (reader->op == OpKind::Reinterpret)
        takeQuantised(graph, *input, *reader);
    }
    graph.cleanUp(); // What is left reads it in another way.
    takeOthers(graph, *input);
  }
  graph.cleanUp();
  return llvm::Error::success();
}

/// The integers before a Transpose of floats that only the quantiser of an output reads, or null.
static Value *beforeTranspose(Graph &graph, const Value &output, const Node &quantise,
                              std::vector<int64_t> &perm) {
  const Node *transpose = madeBy(quantise.input(0), OpKind::Transpose);
  if (!transpose || soleUser(graph, transpose->output()) != &quantise)
    return nullptr;
  perm = transpose->as<TransposeAttrs>().perm;
  return addQuantize(graph, quantise.name, transpose->input(0), output.type.element,
                     *output.type.quant, output.name + "#map");
}

llvm::Error byteOutputs(Graph &graph) {
  std::vector<Value *> outputs(graph.outputs().begin(), graph.outputs().end());
  for (Value *&output : outputs) {
    const Node *quantise = madeBy(output, OpKind::Quantize);
    if (!quantise || !output->type.isQuantisedPerTensor() || output->type.rank() != 4)
      continue;
    std::string name = output->name;
    std::vector<int64_t> perm = inOrder(4);
    Value *source = beforeTranspose(graph, *output, *quantise, perm);
    graph.rename(output, graph.uniqueName(name + "~map"));
    output = graph
                 .addNode(OpKind::Reorder, quantise->name, {source ? source : output},
                          ReorderAttrs{std::move(perm), true}, {{name, output->type}})
                 ->output();
  }
  graph.setOutputs(outputs);
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

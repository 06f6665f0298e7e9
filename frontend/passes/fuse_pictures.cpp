#include "frontend/ops/family.h"
#include "frontend/passes/passes.h"
#include "ir/error.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc {
namespace {

constexpr size_t channels = 3, levels = 256;

/// What QuantizeLinear makes of the normalised pixels, as bit patterns: half to even, saturated.
std::vector<uint8_t> tablesFor(const PictureAttrs &attrs, const TensorType &type) {
  const float scale = type.quant->scale();
  const auto zero = float(type.quant->zeroPoint());
  const auto least = float(minOf(type.element)), most = float(maxOf(type.element));
  std::vector<uint8_t> tables;
  for (size_t c = 0; c < channels; ++c)
    for (size_t value = 0; value < levels; ++value) {
      const auto real = float((double(value) - attrs.mean[c]) * attrs.scale[c]);
      const float steps = std::nearbyint(real / scale) + zero;
      tables.push_back(uint8_t(int32_t(std::clamp(steps, least, most))));
    }
  return tables;
}

llvm::Error evaluateNode(const Node &node, const TensorData &x, TensorData &y) {
  TensorData *result = &y;
  return opFamily(node.op).evaluate(node, {&x}, {result});
}

/// Holds the tables against the two operators that they stand for, on every value of every channel.
llvm::Error prove(const PictureAttrs &attrs, const TensorType &type, const std::string &name) {
  const ArrayType pixels{ElementType::U8, {1, 1, levels, channels}};
  TensorData all(pixels);
  for (size_t i = 0; i < all.size(); ++i)
    all.mutableValues<uint8_t>()[i] = uint8_t(i / channels);
  Graph graph;
  Value *picture = graph.addInput("picture", TensorType(pixels));
  const Shape shape = {1, channels, 1, levels};
  PictureAttrs steps = attrs;
  steps.tables.clear();
  const Node *normalise = graph.addNode(OpKind::Picture, "normalise", {picture}, steps,
                                        {{"real", {ElementType::F32, shape, std::nullopt}}});
  const TensorType quantised(type.element, shape, type.quant);
  const Node *quantise = graph.addNode(OpKind::Quantize, "quantise", {normalise->output()},
                                       AxisAttrs{-1}, {{"steps", quantised}});
  const Node *fused =
      graph.addNode(OpKind::Picture, "fused", {picture}, attrs, {{"tables", quantised}});
  TensorData real{ArrayType(normalise->output()->type)}, expected{ArrayType(quantised)},
      actual{ArrayType(quantised)};
  if (llvm::Error error = evaluateNode(*normalise, all, real))
    return error;
  if (llvm::Error error = evaluateNode(*quantise, real, expected))
    return error;
  if (llvm::Error error = evaluateNode(*fused, all, actual))
    return error;
  if (expected.values<uint8_t>() == actual.values<uint8_t>())
    return llvm::Error::success();
  return makeError(Code::Internal,
                   "the tables of picture '" + name + "' are not its normalisation, quantised");
}

/// A reader of the floats of a picture, through Transposes that give their order back.
void findQuantisers(Value *real, llvm::ArrayRef<int64_t> perm,
                    llvm::SmallVectorImpl<Node *> &found) {
  for (Node *user : real->users()) {
    if (user->op == OpKind::Quantize && user->output()->type.isQuantisedPerTensor() &&
        llvm::is_sorted(perm))
      found.push_back(user);
    if (user->op != OpKind::Transpose)
      continue;
    llvm::SmallVector<int64_t, 4> moved;
    for (int64_t axis : user->as<TransposeAttrs>().perm)
      moved.push_back(perm[size_t(axis)]);
    findQuantisers(user->output(), moved, found);
  }
}

llvm::Error fuse(Graph &graph, Node &picture) {
  llvm::SmallVector<Node *, 2> quantisers;
  findQuantisers(picture.output(), {0, 1, 2, 3}, quantisers);
  for (Node *quantiser : quantisers) {
    Value *integers = quantiser->output();
    PictureAttrs attrs = picture.as<PictureAttrs>();
    attrs.tables = tablesFor(attrs, integers->type);
    if (llvm::Error error = prove(attrs, integers->type, picture.name))
      return error;
    std::string name = integers->name;
    graph.rename(integers, graph.uniqueName(name));
    Node *fused = graph.addNode(OpKind::Picture, picture.name, {picture.input(0)}, attrs,
                                {{std::move(name), integers->type}});
    recordFused(*fused, *quantiser);
    graph.replaceUses(integers, fused->output());
  }
  return llvm::Error::success();
}

/// Whether all channels have the entries value ^ bits.
bool flips(const PictureAttrs &attrs, uint8_t bits) {
  for (size_t i = 0; i < attrs.tables.size(); ++i)
    if (attrs.tables[i] != (uint8_t(i % levels) ^ bits))
      return false;
  return true;
}

/// The type as which the pixels themselves are what the tables make of them, or nothing.
std::optional<TensorType> typeOfPixels(const Graph &graph, const Node &picture) {
  const auto &attrs = picture.as<PictureAttrs>();
  TensorType type = picture.output()->type;
  if (attrs.reversed || quantizeBlock(picture) != 1)
    return std::nullopt;
  if (flips(attrs, 0))
    return type;
  // Another first bit is 128 more or less: what reads it must not mind the type.
  const auto reads = [&](const Node *user) {
    return user->op == OpKind::Conv && user->input(0) == picture.output();
  };
  if (!flips(attrs, 0x80) || graph.isOutput(picture.output()) ||
      !llvm::all_of(picture.output()->users(), reads))
    return std::nullopt;
  const bool isSigned = type.element == ElementType::S8;
  type.element = isSigned ? ElementType::U8 : ElementType::S8;
  type.quant->zeroPoints[0] += isSigned ? 128 : -128;
  return type;
}

} // namespace

llvm::Error fusePictures(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (Node &node = *graph.nodes()[i];
        node.op == OpKind::Picture && node.as<PictureAttrs>().tables.empty())
      if (llvm::Error error = fuse(graph, node))
        return error;
  graph.cleanUp();
  return llvm::Error::success();
}

llvm::Error takePixels(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &picture = *graph.nodes()[i];
    if (picture.op != OpKind::Picture || picture.as<PictureAttrs>().tables.empty())
      continue;
    const std::optional<TensorType> type = typeOfPixels(graph, picture);
    if (!type)
      continue;
    Value *integers = picture.output();
    std::string name = integers->name;
    graph.rename(integers, graph.uniqueName(name));
    Node *pixels = graph.addNode(OpKind::Reorder, picture.name, {picture.input(0)},
                                 ReorderAttrs{{0, 3, 1, 2}, false}, {{std::move(name), *type}});
    pixels->fused = picture.fused;
    graph.replaceUses(integers, pixels->output());
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

#include "frontend/passes/fully_connected.h"
#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// A constant of one float for each of `channels` columns, the same for every row of the result, or
/// integers of one each behind a DequantizeLinear.
static bool isRow(const Value &bias, int64_t channels) {
  const Shape &shape = bias.type.shape;
  const bool row = bias.type.count() == channels && !shape.empty() && shape.back() == channels;
  const Node *dequantize = madeBy(&bias, OpKind::Dequantize);
  const bool stored = dequantize && dequantize->input(0)->isConstant() && shape.size() == 1;
  return row && (stored || (bias.isConstant() && bias.type.isFloat()));
}

std::optional<FullyConnected> fullyConnected(const Graph &graph, Node &node) {
  if (node.op != OpKind::Gemm && node.op != OpKind::MatMul)
    return std::nullopt;
  Value *x = node.input(0), *weights = node.input(1);
  Node *dequantize = madeBy(weights, OpKind::Dequantize);
  Value *stored = dequantize ? dequantize->input(0) : weights;
  if (x->type.rank() != 2 || weights->type.rank() != 2 || x->isConstant() || !stored->isConstant())
    return std::nullopt;
  FullyConnected result{&node, x, weights, node.input(2), node.output(), false};
  if (const auto *gemm = std::get_if<GemmAttrs>(&node.attrs)) {
    if (gemm->transposeA || gemm->alpha != 1 || (gemm->beta != 1 && node.input(2)))
      return std::nullopt;
    result.transposed = gemm->transposeB;
  } else if (Node *add = soleUser(graph, node.output()); add && add->op == OpKind::Add) {
    Value *bias = add->input(add->input(0) == node.output() ? 1 : 0);
    if (isRow(*bias, node.output()->type.shape[1]) && add->output()->type == node.output()->type) {
      result.bias = bias;
      result.last = add;
      result.output = add->output();
    }
  }
  int64_t channels = result.output->type.shape[1];
  return !result.bias || isRow(*result.bias, channels) ? std::optional(result) : std::nullopt;
}

namespace {
/// Turns the products of one graph into convolutions.
class Rewriter {
public:
  explicit Rewriter(Graph &graph) : graph(graph) {}
  void rewrite(const FullyConnected &product);
  void sink(Node &reshape);

private:
  Value *mapOf(Value *x);
  Value *weightsFor(const FullyConnected &product, const Shape &map);
  Value *biasFor(const FullyConnected &product);

  Graph &graph;
};
} // namespace

static bool isPerTensor(const Node &node) {
  const Value *integers = node.op == OpKind::Quantize ? node.output() : node.input(0);
  return integers->type.isQuantisedPerTensor();
}

/// The node on another form of its first operand; its result's name gets a "~" suffix.
static Node *onForm(Graph &graph, Node &node, Value *operand) {
  llvm::SmallVector<Value *, 3> operands(node.inputs().begin(), node.inputs().end());
  operands[0] = operand;
  TensorType type = node.output()->type;
  type.shape = operand->type.shape;
  return graph.addNode(node.op, node.name, operands, node.attrs,
                       {{graph.uniqueName((originOf(node.output()->name) + "~map").str()), type}});
}

/// Made by DequantizeLinear, with nothing behind it but what quantise() lets integers through.
static bool isDequantised(const Value *value) {
  const Node *node = value->producer();
  while (node && (node->op == OpKind::MaxPool || node->op == OpKind::Resize))
    node = node->input(0)->producer();
  return node && node->op == OpKind::Dequantize && isPerTensor(*node);
}

/// A Quantize and a Dequantize, and the Reinterpret between them where their parameters differ.
using Pair = llvm::SmallVector<Node *, 3>;

/// The pair that ends in `value`, or an empty one.
static Pair pairBehind(const Value *value) {
  Pair pair;
  Node *node = madeBy(value, OpKind::Dequantize);
  for (; node; node = node->input(0)->producer()) {
    pair.insert(pair.begin(), node);
    if (node->op == OpKind::Quantize)
      return pair;
    if (node->op != OpKind::Dequantize && node->op != OpKind::Reinterpret)
      break;
  }
  return {};
}

/// The pair that begins with `quantize` and that nothing else reads from, or an empty one.
static Pair pairFrom(const Graph &graph, Node &quantize) {
  Pair pair = {&quantize};
  for (Node *node = &quantize; node->op != OpKind::Dequantize; pair.push_back(node)) {
    node = soleUser(graph, node->output());
    if (!node || (node->op != OpKind::Dequantize && node->op != OpKind::Reinterpret))
      return {};
  }
  return pair;
}

/// The rank-4 map that `x`, dequantised rows of [N, K], is: before it was flattened, or with K
/// channels of one pixel. Null where x is not int8.
Value *Rewriter::mapOf(Value *x) {
  if (Node *reshape = madeBy(x, OpKind::Reshape)) {
    Value *map = reshape->input(0);
    bool whole = map->type.rank() == 4 && map->type.shape[0] == x->type.shape[0];
    return whole && isDequantised(map) ? map : nullptr;
  }
  auto pair = pairBehind(x);
  if (pair.empty() || !isPerTensor(*pair.front()))
    return nullptr;
  Value *real = pair.front()->input(0);
  TensorType type{ElementType::F32, {x->type.shape[0], x->type.shape[1], 1, 1}, std::nullopt};
  Node *form = graph.addNode(OpKind::Reshape, pair.front()->name + "~map", {real}, std::monostate{},
                             {{graph.uniqueName((originOf(real->name) + "~map").str()), type}});
  for (Node *node : pair)
    form = onForm(graph, *node, form->output());
  return form->output();
}

/// [K, M], or [M, K] where transposed, as [M, C, H, W] behind a DequantizeLinear like theirs.
Value *Rewriter::weightsFor(const FullyConnected &product, const Shape &map) {
  Node *dequantize = product.weights->producer();
  const Value &stored = *dequantize->input(0);
  int64_t channels = product.output->type.shape[1], depth = stored.type.count() / channels;
  auto ordered = std::make_shared<TensorData>(
      ArrayType{stored.type.element, {channels, map[1], map[2], map[3]}});
  for (int64_t m = 0; m < channels; ++m)
    for (int64_t k = 0; k < depth; ++k)
      ordered->mutableValues<std::byte>()[m * depth + k] =
          stored.data->values<std::byte>()[product.transposed ? m * depth + k : k * channels + m];
  Quantisation quant = *stored.type.quant;
  quant.axis = quant.perTensor() ? -1 : 0;
  return addDequantize(graph, dequantize->name,
                       graph.addConstant(graph.uniqueName(stored.name), ordered, quant),
                       product.weights->name);
}

Value *Rewriter::biasFor(const FullyConnected &product) {
  if (!product.bias || product.bias->type.rank() == 1)
    return product.bias;
  TensorType type{ElementType::F32, {product.bias->type.count()}, std::nullopt};
  return graph.addConstant(graph.uniqueName(product.bias->name),
                           TensorData::make<float>(type, product.bias->data->values<float>()));
}

/// int8 weights, one scale or one per output channel.
static bool hasInt8Weights(const FullyConnected &product) {
  Node *dequantize = madeBy(product.weights, OpKind::Dequantize);
  if (!dequantize || !dequantize->input(0)->type.isQuantised())
    return false;
  const Quantisation &quant = *dequantize->input(0)->type.quant;
  return quant.perTensor() || quant.axis == (product.transposed ? 0 : 1);
}

/// Whether `value` becomes int8 again, maybe after an activation that the convolution carries.
static bool endsInQuantize(const Graph &graph, const Value *value) {
  Node *user = soleUser(graph, value);
  if (user && (user->op == OpKind::Relu || user->op == OpKind::Clip))
    user = soleUser(graph, user->output());
  return user && user->op == OpKind::Quantize;
}

void Rewriter::rewrite(const FullyConnected &product) {
  if (!hasInt8Weights(product) || !endsInQuantize(graph, product.output))
    return;
  Value *map = mapOf(product.x);
  if (!map)
    return;
  Value *result = product.output;
  const Shape &rows = result->type.shape;
  ConvAttrs attrs;
  attrs.window.kernel[0] = map->type.shape[2];
  attrs.window.kernel[1] = map->type.shape[3];
  llvm::SmallVector<Value *, 3> operands = {map, weightsFor(product, map->type.shape)};
  if (Value *bias = biasFor(product))
    operands.push_back(bias);
  TensorType type{ElementType::F32, {rows[0], rows[1], 1, 1}, std::nullopt};
  Node *conv = graph.addNode(OpKind::Conv, product.node->name, operands, attrs,
                             {{graph.uniqueName(result->name + "~map"), type}});
  if (product.last != product.node)
    recordFused(*conv, *product.last);
  Node *flat = graph.addNode(OpKind::Reshape, product.node->name + "~flat", {conv->output()},
                             std::monostate{}, {{graph.uniqueName(result->name), result->type}});
  std::string name = result->name;
  graph.rename(result, graph.uniqueName(name));
  graph.replaceUses(result, flat->output());
  graph.rename(flat->output(), name);
  sink(*flat);
}

/// The nodes that act on each element by itself and may act on the map instead: an activation, or
/// a whole Q/DQ pair, so that no int8 tensor is reshaped. Empty where `value` goes elsewhere.
static Pair elementwiseUsers(const Graph &graph, const Value *value) {
  Node *user = soleUser(graph, value);
  if (!user || user->input(0) != value)
    return {};
  if (llvm::StringRef(opInfo(user->op).family) == "Activation")
    return {user};
  return user->op == OpKind::Quantize && isPerTensor(*user) ? pairFrom(graph, *user) : Pair();
}

/// Moves the flattening of a map behind what follows it element by element.
void Rewriter::sink(Node &first) {
  Node *reshape = &first;
  for (;;) {
    const Pair users = elementwiseUsers(graph, reshape->output());
    if (users.empty())
      return;
    Value *map = reshape->input(0);
    for (Node *user : users)
      map = onForm(graph, *user, map)->output();
    Value *result = users.back()->output();
    Node *flat = graph.addNode(OpKind::Reshape, reshape->name, {map}, std::monostate{},
                               {{graph.uniqueName(result->name), result->type}});
    std::string name = result->name;
    graph.rename(result, graph.uniqueName(name));
    graph.replaceUses(result, flat->output());
    graph.rename(flat->output(), name);
    users.front()->setInputs({}); // So that the map's reshape has one reader less.
    reshape = flat;
  }
}

/// [N, C, H, W] to [N, C*H*W].
static bool flattensMap(const Node &node) {
  if (node.op != OpKind::Reshape)
    return false;
  const Shape &from = node.input(0)->type.shape, &to = node.output()->type.shape;
  return from.size() == 4 && to.size() == 2 && from[0] == to[0];
}

llvm::Error productsToConvolutions(Graph &graph) {
  Rewriter rewriter(graph);
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (Node &node = *graph.nodes()[i]; flattensMap(node))
      rewriter.sink(node);
  graph.cleanUp();
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (auto product = fullyConnected(graph, *graph.nodes()[i]))
      rewriter.rewrite(*product);
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

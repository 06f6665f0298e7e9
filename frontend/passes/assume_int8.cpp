#include "frontend/passes/fully_connected.h"
#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"
#include "ir/patterns.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc {

namespace {

/// Quantises a float network where a QAT export would: s8 activations with one scale, s8 weights
/// with one per output channel. The weights' scales are their own, those of activations are
/// placeholders: nothing is known of the activations' ranges.
class Quantiser {
public:
  explicit Quantiser(Graph &graph) : graph(graph) {}
  void run();

private:
  bool isInt8(Node &node) const;
  bool feedsInt8(const Value *value) const;
  bool readsInt8(const Node &node) const;
  bool needsPair(const Value *value) const;
  void quantiseWeights(Node &node);
  Value *int8Weights(Value *weights, int64_t axis, const Value *bias);
  void addPair(Value *value);
  float scaleFor(const Value *value);

  Graph &graph;
  llvm::DenseSet<const Node *> int8;
  unsigned pairs = 0;
};

} // namespace

/// These keep the scale of their operand.
static bool keepsScale(OpKind op) { return op == OpKind::MaxPool || op == OpKind::Resize; }

static bool isSum(OpKind op) { return op == OpKind::Add || op == OpKind::Sub || op == OpKind::Mul; }

/// Convolutions and fully connected layers: int8 whatever surrounds them.
static bool isProduct(const Graph &graph, Node &node) {
  if (node.op == OpKind::Conv) {
    Node *dequantize = madeBy(node.input(1), OpKind::Dequantize);
    const Value *weights = dequantize ? dequantize->input(0) : node.input(1);
    return weights->isConstant() && (!node.input(2) || node.input(2)->isConstant());
  }
  return fullyConnected(graph, node).has_value();
}

/// Whether it reads the result of an int8 node.
bool Quantiser::readsInt8(const Node &node) const {
  return llvm::any_of(node.inputs(), [&](const Value *operand) {
    return operand && operand->producer() && int8.count(operand->producer());
  });
}

/// Whether it ends in a product, with nothing but pools and resizes in between.
bool Quantiser::feedsInt8(const Value *value) const {
  return llvm::any_of(value->users(), [&](Node *user) {
    return (user->input(0) == value && isProduct(graph, *user)) ||
           ((keepsScale(user->op) || user->op == OpKind::AveragePool) && feedsInt8(user->output()));
  });
}

/// Element-wise work, pools, concatenations and resizes are int8 among int8 neighbours, so that the
/// float end of a network, its decode or its softmax, stays float as in an export.
bool Quantiser::isInt8(Node &node) const {
  if (isProduct(graph, node))
    return true;
  auto isConstant = [](const Value *operand) { return operand->isConstant(); };
  if (isSum(node.op)) {
    const Value *other = constantOperand(node).other;
    if (Node *product = other ? other->producer() : nullptr)
      if (auto layer = fullyConnected(graph, *product); layer && layer->last == &node)
        return true; // Its bias.
    return node.input(0)->type.shape == node.input(1)->type.shape &&
           llvm::none_of(node.inputs(), isConstant) && readsInt8(node);
  }
  bool isMap = node.output()->type.rank() == 4;
  if (node.op == OpKind::Concat)
    return isMap && llvm::none_of(node.inputs(), isConstant) && readsInt8(node);
  if (keepsScale(node.op) || node.op == OpKind::AveragePool)
    return isMap && (readsInt8(node) || feedsInt8(node.output()));
  return isActivation(node.op) && readsInt8(node);
}

/// A number that an export would quantise: not what only an activation in the same pass reads, and
/// not what keeps the scale of an int8 operand.
bool Quantiser::needsPair(const Value *value) const {
  Node *producer = value->producer(), *user = soleUser(graph, value);
  bool made = producer && int8.count(producer);
  if (!made && producer && producer->op == OpKind::Reshape && readsInt8(*producer) && user &&
      fullyConnected(graph, *user))
    return false; // The flattened map: the layer reads the map itself.
  if (!made)
    return llvm::any_of(value->users(), [&](Node *reader) { return int8.count(reader) != 0; });
  if (keepsScale(producer->op))
    return false;
  bool fuses = isSum(producer->op) || isProduct(graph, *producer);
  if (fuses && user && (user->op == OpKind::Relu || user->op == OpKind::Clip))
    return false;
  auto layer = user ? fullyConnected(graph, *producer) : std::nullopt;
  return !(layer && layer->last == user); // Its bias comes next.
}

/// Where the function says it, the range; else about what a normalised network has. Neighbours
/// differ, as they do in an export: no concatenation or sum is cheaper here than there.
float Quantiser::scaleFor(const Value *value) {
  constexpr float steps = 127, usual = 8;
  const Node *producer = value->producer();
  if (producer && (producer->op == OpKind::Sigmoid || producer->op == OpKind::Tanh))
    return 1 / steps;
  if (producer && producer->op == OpKind::Clip) {
    const auto &clip = producer->as<ActivationAttrs>();
    float largest = std::max(std::fabs(clip.alpha), std::fabs(clip.beta));
    if (std::isfinite(largest) && largest > 0)
      return largest / steps;
  }
  return usual / steps * (1 + float(pairs % 8) / 16);
}

void Quantiser::addPair(Value *value) {
  float scale = scaleFor(value);
  ++pairs;
  std::string name = value->name, node = value->producer() ? value->producer()->name : name;
  const bool isInput = !value->producer();
  if (!isInput)
    graph.rename(value, graph.uniqueName(name + "~exact"));
  Value *integers = addQuantize(graph, node + "~quantize", value, ElementType::S8,
                                {{scale}, {0}, -1}, name + "~int8");
  Value *real =
      addDequantize(graph, node + "~dequantize", integers, isInput ? name + "~float" : name);
  graph.replaceUses(value, real);
  integers->producer()->setInput(0, value); // It, too, read `real` now.
}

/// One scale for each index along `axis`: the largest magnitude is 127 steps, and the bias has room
/// in int32 at any of the activations' placeholder scales.
Value *Quantiser::int8Weights(Value *weights, int64_t axis, const Value *bias) {
  constexpr double leastScale = 1.0 / 127, mostBias = 1 << 30;
  const TensorData &data = *weights->data;
  int64_t channels = data.type.shape[axis], run = 1;
  for (int64_t i = axis + 1; i < data.type.rank(); ++i)
    run *= data.type.shape[i];
  std::vector<double> largest(channels, 0);
  llvm::ArrayRef<float> values = data.values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    double &entry = largest[int64_t(i) / run % channels];
    entry = std::max(entry, double(std::fabs(values[i])));
  }
  Quantisation quant{{}, std::vector<int32_t>(channels, 0), int(axis)};
  for (int64_t c = 0; c < channels; ++c) {
    double constant =
        bias && bias->isConstant() ? std::fabs(bias->data->at(bias->type.count() == 1 ? 0 : c)) : 0;
    double scale = std::max(largest[c] / 127, constant / (leastScale * mostBias));
    quant.scales.push_back(std::isfinite(scale) && float(scale) > 0 ? float(scale) : 1.0f / 127);
  }
  auto integers = std::make_shared<TensorData>(ArrayType{ElementType::S8, data.type.shape});
  for (size_t i = 0; i < values.size(); ++i) {
    float steps = std::nearbyint(values[i] / quant.scales[int64_t(i) / run % channels]);
    integers->mutableValues<int8_t>()[i] = int8_t(std::clamp(steps, -127.0f, 127.0f));
  }
  Value *stored = graph.addConstant(graph.uniqueName(weights->name + "~int8"), integers, quant);
  return addDequantize(graph, weights->name + "~dequantize", stored, weights->name + "~float");
}

void Quantiser::quantiseWeights(Node &node) {
  Value *weights = node.input(1);
  if (!isProduct(graph, node) || !weights->isConstant())
    return;
  int64_t axis = 0;
  const Value *bias = node.input(2);
  if (auto layer = fullyConnected(graph, node)) {
    axis = layer->transposed ? 0 : 1;
    bias = layer->bias;
  }
  node.setInput(1, int8Weights(weights, axis, bias));
}

void Quantiser::run() {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    quantiseWeights(*graph.nodes()[i]);
  graph.cleanUp();
  for (const auto &node : graph.nodes())
    if (node->op != OpKind::Dequantize && isInt8(*node))
      int8.insert(node.get());
  llvm::SmallVector<Value *, 64> wanted;
  auto consider = [&](Value *value) {
    if (value->type.isFloat() && needsPair(value))
      wanted.push_back(value);
  };
  for (Value *input : graph.inputs())
    consider(input);
  for (const auto &node : graph.nodes())
    if (node->op != OpKind::Dequantize)
      for (Value *result : node->outputs())
        consider(result);
  for (Value *value : wanted)
    addPair(value);
  graph.cleanUp();
}

llvm::Error assumeInt8(Graph &graph) {
  auto isQuantised = [](const auto &node) { return node->op == OpKind::Quantize; };
  if (llvm::none_of(graph.nodes(), isQuantised))
    Quantiser(graph).run();
  return llvm::Error::success();
}

} // namespace bstc

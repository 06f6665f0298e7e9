#include "frontend/passes/passes.h"
#include "frontend/passes/patterns.h"

#include <cmath>

namespace bstc {

namespace {
/// y[c] = scale[c] * x[c] + shift[c], one entry a channel.
struct ChannelAffine {
  std::vector<double> scale, shift;
};
} // namespace

static ChannelAffine affineOf(const Node &batchNorm) {
  const TensorData &gamma = *batchNorm.input(1)->data, &beta = *batchNorm.input(2)->data;
  const TensorData &mean = *batchNorm.input(3)->data, &variance = *batchNorm.input(4)->data;
  double epsilon = batchNorm.as<BatchNormAttrs>().epsilon;
  ChannelAffine affine;
  for (int64_t c = 0; c < gamma.type.count(); ++c) {
    double scale = gamma.at(c) / std::sqrt(variance.at(c) + epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(beta.at(c) - mean.at(c) * scale);
  }
  return affine;
}

/// Reads a constant that varies along the channels of an NCHW map of `channels` only: a scalar, or
/// a shape that broadcasts as [1,C,1,1] / [C,1,1]. Empty when it is something else.
static std::vector<double> perChannel(const TensorData &data, int64_t channels) {
  std::vector<double> values;
  const Shape &shape = data.type.shape;
  bool scalar = data.type.count() == 1;
  bool alongChannels = shape.size() >= 3 && shape.size() <= 4 && data.type.count() == channels &&
                       shape[shape.size() - 3] == channels;
  if (!data.type.isFloat() || (!scalar && !alongChannels))
    return values;
  for (int64_t c = 0; c < channels; ++c)
    values.push_back(data.at(scalar ? 0 : c));
  return values;
}

/// The affine map of a node that scales its first operand per channel, or an empty one.
static ChannelAffine affineOfNode(const Node &node, int64_t channels) {
  ChannelAffine affine;
  if (node.op == OpKind::BatchNorm) {
    for (unsigned i = 1; i < 5; ++i)
      if (!node.input(i)->isConstant())
        return affine;
    return affineOf(node);
  }
  if (node.op != OpKind::Mul && node.op != OpKind::Div)
    return affine;
  ConstantOperand operand = constantOperand(node);
  if (!operand.constant || (node.op == OpKind::Div && operand.constant != node.input(1)))
    return affine;
  affine.scale = perChannel(*operand.constant->data, channels);
  if (node.op == OpKind::Div)
    for (double &scale : affine.scale)
      scale = 1 / scale;
  affine.shift.assign(affine.scale.size(), 0);
  return affine;
}

/// y[c] = b(a(x)).
static ChannelAffine compose(const ChannelAffine &a, const ChannelAffine &b) {
  ChannelAffine both = b;
  for (size_t c = 0; c < a.scale.size(); ++c) {
    both.scale[c] = a.scale[c] * b.scale[c];
    both.shift[c] = a.shift[c] * b.scale[c] + b.shift[c];
  }
  return both;
}

/// The weights of `conv` with output channel c multiplied by scale[c], or null when that would have
/// to change int8 integers (a scale that is not positive).
static Value *scaledWeights(Graph &graph, Node &conv, llvm::ArrayRef<double> scale) {
  Value *weights = conv.input(1);
  if (weights->isConstant() && weights->type.isFloat()) {
    auto data = std::make_shared<TensorData>(weights->type);
    int64_t each = weights->type.count() / int64_t(scale.size());
    for (int64_t i = 0; i < weights->type.count(); ++i)
      data->mutableValues<float>()[i] = float(weights->data->at(i) * scale[i / each]);
    return graph.addConstant(graph.uniqueName(weights->name), data);
  }
  Node *dequantize = madeBy(weights, OpKind::Dequantize);
  if (!dequantize || !dequantize->input(0)->isConstant() || !dequantize->input(0)->type.quant)
    return nullptr;
  const Value *integers = dequantize->input(0);
  Quantisation quant = *integers->type.quant;
  if (!quant.perTensor() && quant.axis != 0)
    return nullptr;
  Quantisation scaled{std::vector<float>(), std::vector<int32_t>(), 0};
  for (size_t c = 0; c < scale.size(); ++c) {
    double product = quant.scales[quant.perTensor() ? 0 : c] * scale[c];
    if (!(float(product) > 0) || !std::isfinite(float(product)))
      return nullptr;
    scaled.scales.push_back(float(product));
    scaled.zeroPoints.push_back(quant.zeroPoints[quant.perTensor() ? 0 : c]);
  }
  TensorType type = integers->type;
  type.quant = scaled;
  auto bytes = std::vector<std::byte>(integers->data->data(),
                                      integers->data->data() + integers->data->size());
  Value *constant = graph.addConstant(graph.uniqueName(integers->name),
                                      std::make_shared<TensorData>(type, std::move(bytes)));
  auto vector = [&](llvm::StringRef suffix, ElementType element, auto values) {
    using T = typename decltype(values)::value_type;
    TensorType vectorType{element, {int64_t(values.size())}, std::nullopt};
    return graph.addConstant(graph.uniqueName((dequantize->name + suffix).str()),
                             TensorData::make<T>(vectorType, values));
  };
  std::vector<Value *> operands = {constant, vector("/scale", ElementType::F32, scaled.scales)};
  if (type.element == ElementType::U8)
    operands.push_back(
        vector("/zero_point", ElementType::U8,
               std::vector<uint8_t>(scaled.zeroPoints.begin(), scaled.zeroPoints.end())));
  else
    operands.push_back(
        vector("/zero_point", ElementType::S8,
               std::vector<int8_t>(scaled.zeroPoints.begin(), scaled.zeroPoints.end())));
  Node *scaledNode = graph.addNode(OpKind::Dequantize, dequantize->name, operands, AxisAttrs{0},
                                   {{graph.uniqueName(weights->name), weights->type}});
  return scaledNode->output();
}

/// Applies `affine` to the result of `conv`. False when its weights cannot take it.
static bool applyToConv(Graph &graph, Node &conv, const ChannelAffine &affine) {
  Value *bias = conv.input(2);
  if (bias && !bias->isConstant())
    return false;
  Value *weights = scaledWeights(graph, conv, affine.scale);
  if (!weights)
    return false;
  int64_t channels = int64_t(affine.scale.size());
  auto data = std::make_shared<TensorData>(TensorType{ElementType::F32, {channels}, std::nullopt});
  for (int64_t c = 0; c < channels; ++c)
    data->mutableValues<float>()[c] =
        float((bias ? bias->data->at(c) : 0) * affine.scale[c] + affine.shift[c]);
  conv.setInput(1, weights);
  conv.setInput(2, graph.addConstant(graph.uniqueName(conv.name + "/bias"), data));
  return true;
}

/// Folds the chain of per-channel scalings that ends in `last` into the convolution it starts from.
/// The chain must contain a BatchNormalization: only then is the scaling meant to be folded.
static void foldChain(Graph &graph, Node &last) {
  if (last.output()->type.rank() != 4)
    return;
  int64_t channels = last.output()->type.shape[1];
  ChannelAffine total = affineOfNode(last, channels);
  llvm::SmallVector<Node *, 3> chain = {&last};
  while (!total.scale.empty()) {
    Node &first = *chain.back();
    Value *x = first.op == OpKind::BatchNorm ? first.input(0) : constantOperand(first).other;
    Node *producer = x->producer();
    if (!producer || soleUser(graph, x) != &first)
      return;
    if (producer->op == OpKind::Conv) {
      if (!producer->as<ConvAttrs>().bounds.none() || !applyToConv(graph, *producer, total))
        return;
      for (Node *folded : llvm::reverse(chain))
        recordFused(*producer, *folded);
      std::string name = last.output()->name;
      graph.replaceUses(last.output(), producer->output());
      graph.rename(last.output(), graph.uniqueName(name));
      graph.rename(producer->output(), name);
      return;
    }
    ChannelAffine before = affineOfNode(*producer, channels);
    if (before.scale.empty())
      return;
    total = compose(before, total);
    chain.push_back(producer);
  }
}

/// A BatchNormalization on its own: y = x * scale + shift with [1,C,1,...] constants.
static void toMulAdd(Graph &graph, Node &batchNorm) {
  Value *x = batchNorm.input(0), *result = batchNorm.output();
  ChannelAffine affine = affineOfNode(batchNorm, 0);
  if (affine.scale.empty())
    return;
  TensorType type{ElementType::F32, Shape(x->type.rank(), 1), std::nullopt};
  type.shape[1] = int64_t(affine.scale.size());
  auto constant = [&](llvm::StringRef suffix, llvm::ArrayRef<double> values) {
    std::vector<float> floats(values.begin(), values.end());
    return graph.addConstant(graph.uniqueName((batchNorm.name + suffix).str()),
                             TensorData::make<float>(type, floats));
  };
  Node *mul = graph.addNode(OpKind::Mul, batchNorm.name, {x, constant("/scale", affine.scale)},
                            ElementwiseAttrs{},
                            {{graph.uniqueName(result->name + "#scaled"), result->type}});
  std::string name = result->name;
  graph.rename(result, graph.uniqueName(name));
  Node *add =
      graph.addNode(OpKind::Add, batchNorm.name, {mul->output(), constant("/shift", affine.shift)},
                    ElementwiseAttrs{}, {{name, result->type}});
  graph.replaceUses(result, add->output());
}

llvm::Error foldBatchNorm(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (graph.nodes()[i]->op == OpKind::BatchNorm)
      foldChain(graph, *graph.nodes()[i]);
  graph.cleanUp();
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (graph.nodes()[i]->op == OpKind::BatchNorm)
      toMulAdd(graph, *graph.nodes()[i]);
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

#include "frontend/passes/passes.h"
#include "frontend/passes/quantisation.h"
#include "ir/patterns.h"

#include <cmath>

namespace bstc {

namespace {
/// y[c] = scale[c] * x[c] + shift[c], one entry per channel.
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
  bool product = node.op == OpKind::Mul || node.op == OpKind::Div;
  bool ordered = node.op == OpKind::Div || node.op == OpKind::Sub;
  if (!product && node.op != OpKind::Add && node.op != OpKind::Sub)
    return affine;
  ConstantOperand operand = constantOperand(node);
  if (!operand.constant || (ordered && operand.constant != node.input(1)))
    return affine;
  std::vector<double> values = perChannel(*operand.constant->data, channels);
  affine.scale.assign(values.size(), 1);
  affine.shift.assign(values.size(), 0);
  for (size_t c = 0; c < values.size(); ++c)
    if (product)
      affine.scale[c] = node.op == OpKind::Div ? 1 / values[c] : values[c];
    else
      affine.shift[c] = node.op == OpKind::Sub ? -values[c] : values[c];
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
    const size_t each = size_t(weights->type.count()) / scale.size();
    const float *from = weights->data->values<float>().data();
    float *to = data->mutableValues<float>().data();
    for (const double factor : scale)
      for (size_t i = 0; i < each; ++i)
        *to++ = float(*from++ * factor);
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
  Value *constant = graph.addConstant(graph.uniqueName(integers->name), integers->data, scaled);
  return addDequantize(graph, dequantize->name, constant, weights->name);
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

namespace {
/// Nodes that scale and shift each channel of `x`, one after the other, and what they do in all.
struct Chain {
  Value *x = nullptr;
  llvm::SmallVector<Node *, 4> nodes; ///< In order.
  ChannelAffine total;
  Value *result() const { return nodes.back()->output(); }
};
} // namespace

/// The operand that the node scales.
static Value *scaledOperand(const Node &node) {
  return node.op == OpKind::BatchNorm ? node.input(0) : constantOperand(node).other;
}

/// The chain around a BatchNormalization of a map: only it says that the scalings are meant to be
/// folded. Other ranks: itself alone.
static Chain chainAround(const Graph &graph, Node &batchNorm) {
  const TensorType &type = batchNorm.output()->type;
  const int64_t channels = type.shape[1];
  Chain chain{batchNorm.input(0), {&batchNorm}, affineOfNode(batchNorm, channels)};
  if (type.rank() != 4 || chain.total.scale.empty())
    return chain;
  while (Node *before = chain.x->producer()) {
    ChannelAffine affine = affineOfNode(*before, channels);
    if (affine.scale.empty() || soleUser(graph, chain.x) != chain.nodes.front() ||
        scaledOperand(*before)->type != type)
      break;
    chain.total = compose(affine, chain.total);
    chain.nodes.insert(chain.nodes.begin(), before);
    chain.x = scaledOperand(*before);
  }
  while (Node *user = soleUser(graph, chain.result())) {
    ChannelAffine affine = affineOfNode(*user, channels);
    if (affine.scale.empty() || scaledOperand(*user) != chain.result() ||
        user->output()->type != type)
      break;
    chain.total = compose(chain.total, affine);
    chain.nodes.push_back(user);
  }
  return chain;
}

/// Puts `replacement`, which makes the chain's number, in its place.
static void replaceChain(Graph &graph, const Chain &chain, Node &replacement) {
  for (Node *node : chain.nodes)
    if (node->name != replacement.name)
      recordFused(replacement, *node);
  Value *result = chain.result();
  std::string name = result->name;
  graph.replaceUses(result, replacement.output());
  graph.rename(result, graph.uniqueName(name));
  graph.rename(replacement.output(), name);
}

static void foldIntoConv(Graph &graph, const Chain &chain) {
  Node *conv = madeBy(chain.x, OpKind::Conv);
  if (!conv || chain.total.scale.empty() || soleUser(graph, chain.x) != chain.nodes.front() ||
      chain.x->type.rank() != 4 || !conv->as<ConvAttrs>().bounds.none() ||
      !applyToConv(graph, *conv, chain.total))
    return;
  replaceChain(graph, chain, *conv);
}

/// y = x * scale + shift with [1,C,1,...] constants.
static void toMulAdd(Graph &graph, const Chain &chain) {
  const Node &first = *chain.nodes.front();
  TensorType type{ElementType::F32, Shape(chain.x->type.rank(), 1), std::nullopt};
  type.shape[1] = int64_t(chain.total.scale.size());
  auto constant = [&](llvm::StringRef suffix, llvm::ArrayRef<double> values) {
    std::vector<float> floats(values.begin(), values.end());
    return graph.addConstant(graph.uniqueName((first.name + suffix).str()),
                             TensorData::make<float>(type, floats));
  };
  Value *result = chain.result();
  Node *mul = graph.addNode(OpKind::Mul, first.name,
                            {chain.x, constant("/scale", chain.total.scale)}, ElementwiseAttrs{},
                            {{graph.uniqueName(result->name + "#scaled"), result->type}});
  Node *add =
      graph.addNode(OpKind::Add, first.name, {mul->output(), constant("/shift", chain.total.shift)},
                    ElementwiseAttrs{}, {{graph.uniqueName(result->name), result->type}});
  replaceChain(graph, chain, *add);
}

/// The bias of a channel counts in steps of the input's scale times the weight's: this leaves int32
/// room for it at any input scale that a network has.
static bool fitsConv(const Chain &chain) {
  constexpr double most = 1000;
  bool fits = chain.x->type.rank() == 4;
  for (size_t c = 0; c < chain.total.scale.size(); ++c) {
    double scale = std::fabs(chain.total.scale[c]), shift = std::fabs(chain.total.shift[c]);
    fits = fits && float(scale) > 0 && std::isfinite(float(scale)) && shift <= most * scale;
  }
  return fits;
}

/// A convolution of one channel per group. Weights of 1 or -1 with the factors as their scales are
/// exact, so that int8 maps can take it, too.
static void toDepthwiseConv(Graph &graph, const Chain &chain) {
  const ChannelAffine &affine = chain.total;
  const int64_t channels = int64_t(affine.scale.size());
  const std::string name = chain.nodes.front()->name;
  Quantisation quant{{}, std::vector<int32_t>(size_t(channels), 0), 0};
  std::vector<int8_t> signs;
  for (double scale : affine.scale) {
    quant.scales.push_back(float(std::fabs(scale)));
    signs.push_back(scale < 0 ? -1 : 1);
  }
  Value *integers = graph.addConstant(
      graph.uniqueName(name + "/weights"),
      TensorData::make<int8_t>({ElementType::S8, {channels, 1, 1, 1}}, signs), quant);
  Value *weights = addDequantize(graph, name + "~weights", integers, name + "/weights#real");
  std::vector<float> shifts(affine.shift.begin(), affine.shift.end());
  Value *shift = graph.addConstant(graph.uniqueName(name + "/shift"),
                                   TensorData::make<float>({ElementType::F32, {channels}}, shifts));
  ConvAttrs attrs;
  attrs.groups = channels;
  Value *result = chain.result();
  Node *conv = graph.addNode(OpKind::Conv, name, {chain.x, weights, shift}, attrs,
                             {{graph.uniqueName(result->name), result->type}});
  replaceChain(graph, chain, *conv);
}

static void replaceUnfolded(Graph &graph, const Chain &chain) {
  if (chain.total.scale.empty())
    return;
  if (fitsConv(chain))
    toDepthwiseConv(graph, chain);
  else
    toMulAdd(graph, chain);
}

llvm::Error foldBatchNorm(Graph &graph) {
  for (auto step : {foldIntoConv, replaceUnfolded}) {
    for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
      if (Node &node = *graph.nodes()[i]; node.op == OpKind::BatchNorm)
        step(graph, chainAround(graph, node));
    graph.cleanUp();
  }
  return llvm::Error::success();
}

} // namespace bstc

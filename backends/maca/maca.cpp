#include "backends/maca/maca.h"

#include "backends/lowering.h"
#include "backends/requantise.h"
#include "ir/error.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bstc {

/// "fused relu", "fused relu6", "fused clip", or empty.
static std::string fusedActivation(const Bounds &bounds) {
  if (bounds.none())
    return "";
  bool noTop = bounds.hi == std::numeric_limits<float>::infinity();
  if (bounds.lo == 0)
    return noTop ? ", fused relu" : bounds.hi == 6 ? ", fused relu6" : ", fused clip";
  return ", fused clip";
}

Answer MacaBackend::query(const Node &node, const Target &) const {
  if (node.op != OpKind::Conv)
    return Answer::no("not a convolution");
  const Value *weights = node.input(1);
  if (!isQuantisedNode(node) || !weights->isConstant() || !weights->type.isQuantised())
    return Answer::no(whyFloat(node));
  const auto &conv = node.as<ConvAttrs>();
  const char *form = conv.groups == 1                              ? "int8 conv"
                     : conv.groups == node.input(0)->type.shape[1] ? "int8 depthwise conv"
                                                                   : "int8 grouped conv";
  return Answer::yes(form + fusedActivation(conv.bounds));
}

namespace {
/// int8 weights in the engine's form: s8, [oc][kh][kw][ic/group], zero point per output channel.
struct PackedWeights {
  std::vector<std::byte> bytes;
  std::vector<int32_t> zeroPoints;
};
} // namespace

/// OIHW s8|u8 to OHWI s8. u8 becomes s8 by an offset of 128 on value and zero point.
static PackedWeights packWeights(const Value &weights) {
  const Shape &shape = weights.type.shape;
  int64_t oc = shape[0], ic = shape[1], spatial = shape[2] * shape[3];
  bool isUnsigned = weights.type.element == ElementType::U8;
  const auto *source = reinterpret_cast<const uint8_t *>(weights.data->data());
  PackedWeights packed;
  packed.bytes.resize(size_t(weights.type.count()));
  for (int64_t o = 0; o < oc; ++o)
    for (int64_t s = 0; s < spatial; ++s)
      for (int64_t i = 0; i < ic; ++i) {
        uint8_t value = source[(o * ic + i) * spatial + s];
        packed.bytes[size_t((o * spatial + s) * ic + i)] =
            std::byte(isUnsigned ? uint8_t(value - 128) : value);
      }
  const Quantisation &quant = *weights.type.quant;
  for (int64_t o = 0; o < oc; ++o)
    packed.zeroPoints.push_back(quant.zeroPoints[quant.perTensor() ? 0 : o] -
                                (isUnsigned ? 128 : 0));
  return packed;
}

/// Real value of bias element `i`: a float, or an integer with its quantisation.
static double realBias(const Value *bias, int64_t i) {
  if (!bias)
    return 0;
  double value = bias->data->at(i);
  if (!bias->type.quant)
    return value;
  const Quantisation &quant = *bias->type.quant;
  size_t channel = quant.perTensor() ? 0 : size_t(i);
  return (value - quant.zeroPoints[channel]) * double(quant.scales[channel]);
}

/// Refuses a channel whose accumulator can leave int32 for some input of the type's range.
static llvm::Error checkAccumulator(const Node &node, const PackedWeights &weights, int64_t channel,
                                    int64_t bias) {
  const TensorType &x = node.input(0)->type;
  int64_t zx = x.quant->zeroPoint(), below = minOf(x.element) - zx, above = maxOf(x.element) - zx;
  size_t each = weights.bytes.size() / weights.zeroPoints.size();
  int64_t low = std::min<int64_t>(bias, 0), high = std::max<int64_t>(bias, 0);
  for (size_t i = 0; i < each; ++i) {
    int64_t w = int64_t(int8_t(weights.bytes[size_t(channel) * each + i])) -
                weights.zeroPoints[size_t(channel)];
    low += std::min({w * below, w * above, int64_t(0)});
    high += std::max({w * below, w * above, int64_t(0)});
  }
  if (low < std::numeric_limits<int32_t>::min() || high > std::numeric_limits<int32_t>::max())
    return makeError(Code::AccumulatorOverflow,
                     "node '" + node.name + "': the int32 accumulator of output channel " +
                         llvm::Twine(channel) + " can overflow (worst case " +
                         llvm::Twine(std::max(-low, high)) +
                         "); use fewer input channels per group or a smaller kernel");
  return llvm::Error::success();
}

/// What a bias that is no int32 consists of, and which part of it is the furthest from what layers
/// have: biases near 1, scales of 8 bits for values that go to some 2 and weights to some 0.5.
static std::string whyNoBias(double bias, double inputScale, double weightScale) {
  constexpr double usualInput = 0x1p-6, usualWeight = 0x1p-8;
  const double byInput = usualInput / inputScale, byWeight = usualWeight / weightScale;
  const char *unusual = "the bias is unusually large";
  if (byInput >= byWeight && byInput >= std::fabs(bias))
    unusual = "the input's scale is unusually small";
  else if (byWeight >= std::fabs(bias))
    unusual = "the weight scale of that channel is unusually small";
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::format("it is %g in steps of %g (the input's scale) * %g (the weight's); ", bias,
                      inputScale, weightScale)
      << unusual;
  return text;
}

/// Bias, zero point and requantisation of every output channel.
static llvm::Error lowerChannels(const Node &node, const PackedWeights &weights,
                                 bst::ConvParams &params) {
  const Quantisation &w = *node.input(1)->type.quant;
  double sx = node.input(0)->type.quant->scale(), sy = node.output()->type.quant->scale();
  for (int64_t o = 0; o < node.input(1)->type.shape[0]; ++o) {
    double sw = w.scales[w.perTensor() ? 0 : o];
    auto requant = requantFor(sx * sw / sy);
    if (!requant)
      return prefixError("node '" + node.name + "', output channel " + llvm::Twine(o),
                         requant.takeError());
    double exactBias = realBias(node.input(2), o) / (sx * sw), bias = std::nearbyint(exactBias);
    if (!(std::fabs(bias) <= std::numeric_limits<int32_t>::max()))
      return makeError(Code::BiasOverflow,
                       "node '" + node.name + "': the bias of output channel " + llvm::Twine(o) +
                           " does not fit int32: " + whyNoBias(realBias(node.input(2), o), sx, sw));
    if (llvm::Error error = checkAccumulator(node, weights, o, int64_t(bias)))
      return error;
    requant->offset = int32_t(std::nearbyint((exactBias - bias) * requant->multiplier));
    params.requant.push_back(*requant);
    params.bias.push_back(int32_t(bias));
  }
  bool anyZeroPoint = std::any_of(weights.zeroPoints.begin(), weights.zeroPoints.end(),
                                  [](int32_t zero) { return zero != 0; });
  if (anyZeroPoint)
    params.weightZeroPoint = weights.zeroPoints;
  return llvm::Error::success();
}

/// The Ohwi weights as `tensor` stores them.
static std::vector<std::byte> inLayoutOf(const bst::Tensor &tensor,
                                         llvm::ArrayRef<std::byte> ohwi) {
  std::vector<std::byte> stored(bst::storedSize(tensor));
  const uint64_t rowLength = uint64_t(tensor.shape[3]) * uint64_t(tensor.shape[1]);
  const uint64_t perQuad =
      tensor.layout == bst::Layout::Panels ? bst::panelLanes * bst::panelDepth : bst::panelDepth;
  const std::byte *next = ohwi.data();
  for (uint64_t o = 0; o < uint64_t(tensor.shape[0]); ++o)
    for (uint64_t h = 0; h < uint64_t(tensor.shape[2]); ++h) {
      std::byte *row = stored.data() + bst::weightIndex(tensor, o, h, 0, 0);
      for (uint64_t i = 0; i < rowLength; ++i)
        row[i / bst::panelDepth * perQuad + i % bst::panelDepth] = *next++;
    }
  return stored;
}

llvm::Expected<bst::Command> MacaBackend::lower(const Node &node, LoweringContext &context) const {
  const auto &conv = node.as<ConvAttrs>();
  bst::ConvParams params;
  params.window = windowOf(conv.window);
  params.groups = int32_t(conv.groups);
  ClampBounds clamp = clampFor(node.output()->type, conv.bounds);
  params.clampLo = clamp.lo;
  params.clampHi = clamp.hi;
  PackedWeights weights = packWeights(*node.input(1));
  if (llvm::Error error = lowerChannels(node, weights, params))
    return error;
  bst::Command command = commandFor(node, engine(), context, std::move(params));
  bst::Tensor tensor;
  tensor.name = node.input(1)->name;
  tensor.dtype = bst::DType::S8;
  tensor.layout = bst::weightLayout(std::get<bst::ConvParams>(command.params));
  tensor.shape.assign(node.input(1)->type.shape.begin(), node.input(1)->type.shape.end());
  std::vector<std::byte> stored = inLayoutOf(tensor, weights.bytes);
  command.inputs.push_back(context.addConstant(std::move(tensor), stored));
  return command;
}

} // namespace bstc

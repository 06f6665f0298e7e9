// Convolutions on MACA: weights, zero points, biases, ratios, bounds and the accumulator's limits.
#include "tests/lowering/lowered.h"
#include "tests/reference/access.h"

#include <cmath>
#include <limits>

using namespace bstc;
using namespace bstc::test;

namespace {
constexpr float infinity = std::numeric_limits<float>::infinity();

/// A convolution as the file has it; weights are integers behind a DequantizeLinear, as
/// quantisers that fold constants leave them.
struct ConvModel {
  Quant x = {bst::DType::S8, 0.02f, 5}, y = {bst::DType::S8, 0.05f, -9};
  int64_t channels = 3, outputs = 4, groups = 1, kernel = 2;
  bst::DType weightType = bst::DType::S8;
  std::vector<float> weightScales = {0.01f}; ///< One, or one per output channel.
  std::vector<int32_t> weightZeros = {0};
  std::vector<int32_t> weights; ///< OIHW; empty: drawn.
  std::vector<float> bias;      ///< Empty: none.
  bool integerBias = false;     ///< Stored as int32 with the scale sx * sw.
  float lo = -infinity, hi = infinity;
  Dims strides = {1, 1}, pads = {0, 0, 0, 0}, dilations = {1, 1};

  int64_t perChannel() const { return channels / groups * kernel * kernel; }
  float weightScale(size_t o) const { return weightScales[weightScales.size() == 1 ? 0 : o]; }
  int32_t weightZero(size_t o) const { return weightZeros[weightZeros.size() == 1 ? 0 : o]; }
  float biasScale(size_t o) const { return x.scale * weightScale(o); }

  void drawWeights(uint64_t seed) {
    Draw draw(seed);
    const int64_t least = bst::reference::lowest(weightType);
    weights.clear();
    for (int64_t i = 0; i < outputs * perChannel(); ++i)
      weights.push_back(int32_t(draw.between(least, least + 255)));
  }
  QdqModel model() const;
};

QdqModel ConvModel::model() const {
  QdqModel model;
  const bool isUnsigned = weightType == bst::DType::U8;
  const auto count = int64_t(weightScales.size());
  const Dims perAxis = count > 1 ? Dims{count} : Dims{};
  const int type = isUnsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8;
  model.quantisedInput("x", {1, channels, 6, 7}, x);
  model.bytes("wq", {outputs, channels / groups, kernel, kernel}, weights, type);
  model.floats("ws", perAxis, weightScales);
  std::vector<int32_t> zeros(weightScales.size());
  for (size_t i = 0; i < zeros.size(); ++i)
    zeros[i] = weightZero(i);
  model.bytes("wz", perAxis, zeros, type);
  set(model.node("DequantizeLinear", {"wq", "ws", "wz"}, {"w"}), "axis", int64_t(0));
  std::vector<std::string> operands = {"x", "w"};
  if (!bias.empty() && integerBias) {
    std::vector<int32_t> steps;
    std::vector<float> scales;
    for (size_t o = 0; o < bias.size(); ++o) {
      scales.push_back(biasScale(o));
      steps.push_back(int32_t(std::lround(bias[o] / biasScale(o))));
    }
    model.bytes("bq", {outputs}, steps, onnx::TensorProto::INT32);
    model.floats("bs", {outputs}, scales);
    set(model.node("DequantizeLinear", {"bq", "bs"}, {"b"}), "axis", int64_t(0));
    operands.push_back("b");
  } else if (!bias.empty()) {
    model.floats("b", {outputs}, bias);
    operands.push_back("b");
  }
  auto &conv = model.node("Conv", operands, {"c"});
  set(conv, "strides", strides);
  set(conv, "pads", pads);
  set(conv, "dilations", dilations);
  set(conv, "group", groups);
  if (std::isinf(lo) && std::isinf(hi)) {
    model.quantisedOutput("c", y);
    return model;
  }
  model.floats("lo", {}, {lo});
  model.floats("hi", {}, {hi});
  model.node("Clip", {"c", "lo", "hi"}, {"r"});
  model.quantisedOutput("r", y);
  return model;
}

/// Every weight, as the real number that the command multiplies with, where the layout says.
void expectWeights(const ConvModel &conv, const Lowered<bst::ConvParams> &command) {
  const bst::Tensor &tensor = command.inputs[1];
  const auto *stored = reinterpret_cast<const int8_t *>(
      command.compilation.compiled->program.weights + tensor.offset);
  EXPECT_EQ(tensor.dtype, bst::DType::S8);
  const int64_t inputs = conv.channels / conv.groups;
  size_t at = 0;
  for (int64_t o = 0; o < conv.outputs; ++o)
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t h = 0; h < conv.kernel; ++h)
        for (int64_t w = 0; w < conv.kernel; ++w, ++at) {
          const int32_t zero = command.params.weightZeroPoint.empty()
                                   ? 0
                                   : command.params.weightZeroPoint[size_t(o)];
          EXPECT_EQ(stored[bst::reference::weightOffset(tensor, o, h, w, i)] - zero,
                    conv.weights[at] - conv.weightZero(size_t(o)))
              << o << ' ' << i << ' ' << h << ' ' << w;
        }
}

void expectLowered(const ConvModel &conv) {
  const auto command = lowered<bst::ConvParams>(conv.model());
  ASSERT_TRUE(command);
  const bst::ConvParams &params = command->params;
  expectMeans(command->inputs[0], conv.x);
  expectMeans(command->output, conv.y);
  expectWeights(conv, *command);
  bst::Window window;
  window.kernelH = window.kernelW = int32_t(conv.kernel);
  window.strideH = int32_t(conv.strides[0]), window.strideW = int32_t(conv.strides[1]);
  window.padTop = int32_t(conv.pads[0]), window.padLeft = int32_t(conv.pads[1]);
  window.padBottom = int32_t(conv.pads[2]), window.padRight = int32_t(conv.pads[3]);
  window.dilationH = int32_t(conv.dilations[0]), window.dilationW = int32_t(conv.dilations[1]);
  EXPECT_EQ(params.window, window);
  EXPECT_EQ(params.groups, conv.groups);
  const auto clamp = bst::reference::deriveClamp(conv.lo, conv.hi, conv.y);
  EXPECT_EQ(params.clampLo, clamp.lo);
  EXPECT_EQ(params.clampHi, clamp.hi);
  ASSERT_EQ(params.bias.size(), size_t(conv.outputs));
  ASSERT_EQ(params.requant.size(), size_t(conv.outputs));
  for (size_t o = 0; o < size_t(conv.outputs); ++o) {
    const auto requant =
        bst::reference::deriveProductRequant(conv.x.scale, conv.weightScale(o), conv.y.scale);
    ASSERT_TRUE(requant);
    EXPECT_EQ(params.requant[o].multiplier, requant->multiplier) << o;
    EXPECT_EQ(params.requant[o].shift, requant->shift) << o;
    const float real = conv.bias.empty() ? 0 : conv.bias[o];
    if (conv.integerBias)
      continue; // ABiasOfItsOwnScale.
    const auto bias =
        bst::reference::deriveBias(real, conv.x.scale, conv.weightScale(o), requant->multiplier);
    ASSERT_TRUE(bias);
    EXPECT_EQ(params.bias[o], bias->bias) << o;
    EXPECT_EQ(params.requant[o].offset, bias->offset) << o;
  }
}
} // namespace

TEST(Convs, PerTensorSignedWeights) {
  ConvModel conv;
  conv.drawWeights(1);
  expectLowered(conv);
  conv.bias = {0.3f, -0.7f, 1e-4f, 0.01234f};
  expectLowered(conv);
}

TEST(Convs, PerChannelAffineWeights) {
  ConvModel conv;
  conv.weightScales = {0.01f, 0.004f, 0.023f, 0.0071f};
  conv.weightZeros = {3, -5, 0, 100};
  conv.drawWeights(2);
  conv.bias = {0.3f, -0.7f, 0.11f, 2.5f};
  expectLowered(conv);
}

TEST(Convs, UnsignedWeightsAndMaps) {
  ConvModel conv;
  conv.x = {bst::DType::U8, 0.013f, 99};
  conv.y = {bst::DType::U8, 0.07f, 31};
  conv.weightType = bst::DType::U8;
  conv.weightScales = {0.01f, 0.004f, 0.023f, 0.0071f};
  conv.weightZeros = {128, 120, 0, 255};
  conv.drawWeights(3);
  expectLowered(conv);
}

TEST(Convs, UnsignedWeightsOfOneZeroPoint) {
  ConvModel conv;
  conv.weightType = bst::DType::U8;
  conv.weightZeros = {128};
  conv.drawWeights(4);
  const auto command = lowered<bst::ConvParams>(conv.model());
  ASSERT_TRUE(command);
  EXPECT_TRUE(command->params.weightZeroPoint.empty()); // 0, once they are signed.
  expectLowered(conv);
}

TEST(Convs, DepthwiseGroupedStridedAndDilated) {
  ConvModel conv;
  conv.channels = conv.outputs = conv.groups = 8;
  conv.kernel = 3;
  conv.strides = {2, 1};
  conv.pads = {1, 0, 2, 1};
  conv.drawWeights(5);
  expectLowered(conv);
  conv.groups = 2;
  conv.strides = {1, 1};
  conv.dilations = {1, 2};
  conv.drawWeights(6);
  expectLowered(conv);
  conv.groups = 1;
  conv.drawWeights(9);
  expectLowered(conv);
}

TEST(Convs, FusedBounds) {
  ConvModel conv;
  conv.drawWeights(7);
  for (auto [lo, hi] : {std::pair(0.0f, 6.0f), std::pair(-0.275f, 0.125f), std::pair(0.0f, 1e9f),
                        std::pair(-0.025f, 0.025f)}) { // Half a step: to even.
    conv.lo = lo;
    conv.hi = hi;
    expectLowered(conv);
  }
}

/// Scales as they come; every multiplier, bias and offset.
TEST(Convs, ScalesAsCalibrationGivesThem) {
  Draw draw(19);
  for (int run = 0; run < 16; ++run) {
    ConvModel conv;
    conv.x = draw.quant();
    conv.y = draw.quant();
    conv.weightScales.clear();
    conv.weightZeros.clear();
    for (int64_t o = 0; o < conv.outputs; ++o) {
      conv.weightScales.push_back(draw.scale());
      conv.weightZeros.push_back(int32_t(draw.between(-128, 127)));
      conv.bias.push_back(float(draw.between(-100000, 100000)) * 0.37f * conv.x.scale *
                          conv.weightScales.back());
    }
    conv.drawWeights(uint64_t(run));
    expectLowered(conv);
  }
}

/// An int32 bias that has the scale sx * sw is taken as it is.
TEST(Convs, AnIntegerBiasOfTheAccumulatorsScale) {
  ConvModel conv;
  conv.weightScales = {0.01f, 0.004f, 0.023f, 0.0071f};
  conv.drawWeights(8);
  conv.integerBias = true;
  conv.bias = {0.3f, -0.7f, 0.11f, 2.5f};
  const auto command = lowered<bst::ConvParams>(conv.model());
  ASSERT_TRUE(command);
  for (size_t o = 0; o < 4; ++o)
    EXPECT_EQ(command->params.bias[o], std::lround(conv.bias[o] / conv.biasScale(o))) << o;
  expectLowered(conv);
}

/// A bias as quantisers store it that know only 8 bits: with a scale and a zero point of its own.
TEST(Convs, AnInt8BiasHasAZeroPoint) {
  for (bool perChannel : {false, true}) {
    ConvModel conv;
    conv.drawWeights(10);
    QdqModel model;
    model.quantisedInput("x", {1, 3, 6, 7}, conv.x);
    model.bytes("wq", {4, 3, 2, 2}, conv.weights);
    model.floats("ws", {}, conv.weightScales);
    model.node("DequantizeLinear", {"wq", "ws"}, {"w"});
    const std::vector<int32_t> steps = {100, -100, 3, 0};
    std::vector<float> scales = {0.002f, 0.03f, 0.1f, 0.05f};
    std::vector<int32_t> zeros = {7, -3, 0, 50};
    if (!perChannel) {
      scales.assign(4, 0.002f);
      zeros.assign(4, 7);
    }
    const Dims dims = perChannel ? Dims{4} : Dims{};
    const auto count = perChannel ? ptrdiff_t(4) : ptrdiff_t(1);
    model.bytes("bq", {4}, steps);
    model.floats("bs", dims, {scales.begin(), scales.begin() + count});
    model.bytes("bz", dims, {zeros.begin(), zeros.begin() + count});
    set(model.node("DequantizeLinear", {"bq", "bs", "bz"}, {"b"}), "axis", int64_t(0));
    model.node("Conv", {"x", "w", "b"}, {"c"});
    model.quantisedOutput("c", conv.y);
    const auto command = lowered<bst::ConvParams>(model);
    ASSERT_TRUE(command);
    for (size_t o = 0; o < 4; ++o) {
      const double real = double(scales[o]) * (steps[o] - zeros[o]);
      const double exact = real / (double(conv.x.scale) * double(conv.weightScales[0]));
      EXPECT_EQ(command->params.bias[o], std::lround(exact)) << o;
      const double offset = (exact - std::lround(exact)) * command->params.requant[o].multiplier;
      EXPECT_NEAR(command->params.requant[o].offset, offset, 1) << o;
    }
  }
}

/// The message of a refusal, or empty.
static std::string refusal(const ConvModel &conv) {
  auto compilation = conv.model().compiled();
  return compilation ? "" : llvm::toString(compilation.takeError());
}

/// One output channel over `taps` inputs of weight `w`, whose accumulator goes from
/// bias + taps * w * below to bias + taps * w * above.
static ConvModel sum(int64_t taps, int32_t weight, int32_t weightZero, int64_t biasSteps) {
  ConvModel conv;
  conv.x = {bst::DType::S8, 1, 0};
  conv.y = {bst::DType::S8, 0x1p20f, 0};
  conv.weightScales = {1};
  conv.weightZeros = {weightZero};
  conv.channels = taps;
  conv.outputs = conv.kernel = 1;
  conv.weights.assign(size_t(taps), weight);
  conv.bias = {float(biasSteps)};
  return conv;
}

/// 2^31 - 1 is the last number that the accumulator holds. The worst of x is 127 of 128 steps above
/// 0, and 128 below it: a weight of 1 adds at most 127.
TEST(Accumulators, HoldExactlyWhatAnInt32Holds) {
  // Upper end: bias + 127 * taps, floats below 2^31 are multiples of 128.
  const int64_t most = (int64_t(1) << 31) - 128; // 2^31 - 1 is most + 127.
  EXPECT_EQ(refusal(sum(1, 1, 0, most)), "");
  EXPECT_NE(refusal(sum(2, 1, 0, most)).find("can overflow"), std::string::npos);
  // Lower end: -2^31 exactly is held: -(2^31 - 128) - 128.
  EXPECT_EQ(refusal(sum(1, 1, 0, -most)), "");
  EXPECT_NE(refusal(sum(1, 2, 0, -most)).find("can overflow"), std::string::npos);
  // A negative weight turns the ends round: 128 above, 127 below.
  EXPECT_NE(refusal(sum(1, -1, 0, most)).find("can overflow"), std::string::npos);
  EXPECT_EQ(refusal(sum(1, -1, 0, -most)), "");
}

TEST(Accumulators, CountZeroPoints) {
  const int64_t most = (int64_t(1) << 31) - 128;
  EXPECT_EQ(refusal(sum(1, 3, 2, most)), ""); // 3 - 2 = 1
  EXPECT_NE(refusal(sum(1, 3, 1, most)).find("can overflow"), std::string::npos);
  ConvModel shifted = sum(1, 1, 0, most); // x - 1: at most 126.
  shifted.x.zeroPoint = 1;
  EXPECT_EQ(refusal(shifted), "");
  shifted.x.zeroPoint = -1; // At most 128.
  EXPECT_NE(refusal(shifted).find("can overflow"), std::string::npos);
  ConvModel below = sum(1, 1, 0, -most); // x - 1: at least -129.
  below.x.zeroPoint = 1;
  EXPECT_NE(refusal(below).find("can overflow"), std::string::npos);
}

/// What rounds away on one side does not make room on the other: each position stands at its own
/// worst.
TEST(Accumulators, TakeEachWeightAtItsWorst) {
  ConvModel conv = sum(2, 1, 0, (int64_t(1) << 31) - 128);
  conv.weights = {1, -1}; // 127 + 128, not 127 - 127.
  EXPECT_NE(refusal(conv).find("output channel 0 can overflow"), std::string::npos);
}

TEST(Accumulators, BiasesThatNoInt32Holds) {
  EXPECT_NE(refusal(sum(1, 0, 0, int64_t(1) << 31)).find("does not fit int32"), std::string::npos);
  EXPECT_NE(refusal(sum(1, 0, 0, -(int64_t(1) << 32))).find("does not fit int32"),
            std::string::npos);
}

TEST(Accumulators, SayWhichPartOfABiasIsUnusual) {
  ConvModel conv = sum(1, 0, 0, 1);
  conv.y.scale = 1;
  conv.x.scale = 1e-20f; // An observer that saw nothing.
  conv.weightScales = {0.01f};
  EXPECT_NE(refusal(conv).find("it is 1 in steps of 1e-20 (the input's scale) * 0.01 (the "
                               "weight's); the input's scale is unusually small"),
            std::string::npos)
      << refusal(conv);
  conv.x.scale = 0.01f;
  conv.weightScales = {1e-20f};
  EXPECT_NE(refusal(conv).find("the weight scale of that channel is unusually small"),
            std::string::npos);
  conv.weightScales = {0.01f};
  conv.bias = {1e20f};
  EXPECT_NE(refusal(conv).find("the bias is unusually large"), std::string::npos);
}

TEST(Convs, RatiosBeyondTheShift) {
  ConvModel conv = sum(1, 1, 0, 0);
  conv.x.scale = 0x1p30f;
  conv.y.scale = 1;
  EXPECT_NE(refusal(conv).find("output channel 0: a ratio of scales is 2^30 or more: the "
                               "output's scale is tiny, or that of an input"),
            std::string::npos);
}

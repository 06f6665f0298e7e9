// Convolutions worked out by hand from backends/NUMERICS.md, sections Requantisation and MACA.

#include "tests/kernels/hand.h"

#include <gtest/gtest.h>

namespace bst::problems {
namespace {

/// A convolution of one image; vectors in memory order (NHWC, OHWI).
struct Conv {
  Shape in = {1, 1, 1, 1}, weightShape = {1, 1, 1, 1}, out = {1, 1, 1, 1};
  DType inType = DType::S8, outType = DType::S8;
  int32_t zx = 0, zy = 0;
  std::vector<int> x, weights;
  ConvParams params;

  Case make() const {
    Case test;
    addInput(test, inType, Layout::Nhwc, in, zx, x);
    test.addWeights(weightShape, std::vector<int8_t>(weights.begin(), weights.end()), params);
    test.add(outType, Layout::Nhwc, out, 1, zy);
    test.finish(Engine::Maca, params);
    return test;
  }
};

/// Accumulators `acc` (as biases: one output channel each, nothing multiplied) through `requant`.
Conv requantiser(const std::vector<int32_t> &acc, Requant requant) {
  const int64_t channels = int64_t(acc.size());
  Conv conv;
  conv.weightShape = {channels, 1, 1, 1};
  conv.out = {1, channels, 1, 1};
  conv.x = {0};
  conv.weights.assign(acc.size(), 1);
  conv.params.bias = acc;
  conv.params.requant.assign(acc.size(), requant);
  return conv;
}

TEST(HandConv, TiesRoundUpwards) {
  // r = 1/2: -1.5 -> -1, -1, -0.5 -> 0, 0, 0.5 -> 1, 1, 1.5 -> 2.
  expectInts(requantiser({-3, -2, -1, 0, 1, 2, 3}, half).make(), {-1, -1, 0, 0, 1, 1, 2});
  // r = 1/4: -0.75 -> -1, -0.5 -> 0, 0.5 -> 1, 0.75 -> 1, -1.5 -> -1, 1.5 -> 2.
  expectInts(requantiser({-3, -2, 2, 3, -6, 6}, {1 << 30, 32}).make(), {-1, 0, 1, 1, -1, 2});
}

TEST(HandConv, SmallestShift) {
  // m = 3, s = 1: floor((3 acc + 1) / 2): 16/2, -14/2, 4/2, -2/2.
  expectInts(requantiser({5, -5, 1, -1}, {3, 1}).make(), {8, -7, 2, -1});
  // Products beyond 32 bits saturate, they do not wrap: 1 * (2^31-1) / 2 ~ 2^30; 4 * ... ~ 2^32;
  // the int32 limits give about 2^61.
  expectInts(requantiser({1, -1, 4, -4, INT32_MAX, INT32_MIN}, {INT32_MAX, 1}).make(),
             {127, -128, 127, -128, 127, -128});
}

TEST(HandConv, ResultsBeyondInt32Saturate) {
  // s = 30, m = 2^31-1: twice the accumulator: 2^31 - 1 and 2^30 give 2^32 and 2^31.
  const std::vector<int32_t> acc = {INT32_MAX, INT32_MIN, 1 << 30, -(1 << 30) - 1};
  const std::vector<int> expected = {127, -128, 127, -128};
  expectInts(requantiser(acc, {INT32_MAX, 30}).make(), expected);
  // The same, depthwise.
  Conv depthwise = requantiser(acc, {INT32_MAX, 30});
  depthwise.in = {1, 4, 1, 1};
  depthwise.x = {0, 0, 0, 0};
  depthwise.params.groups = 4;
  expectInts(depthwise.make(), expected);
}

TEST(HandConv, LargestShift) {
  // m = 2^31-1, s = 62, half a step being 2^61:
  //   2^31-1:    2^62 - 2^32 + 1 + 2^61          -> 1 (and a bit less than a half)
  //   2^30:      2^61 - 2^30 + 2^61 < 2^62       -> 0
  //   2^30+1:    2^61 + 2^30 - 1 + 2^61 >= 2^62  -> 1
  //   -2^30:     -2^61 + 2^30 + 2^61 > 0         -> 0
  //   -(2^30+1): -2^61 - 2^30 + 1 + 2^61 < 0     -> -1
  //   -2^31:     -2^62 + 2^31 + 2^61 in [-2^62, 0) -> -1
  constexpr int32_t quarter = 1 << 30;
  expectInts(requantiser({INT32_MAX, quarter, quarter + 1, -quarter, -quarter - 1, INT32_MIN},
                         {INT32_MAX, 62})
                 .make(),
             {1, 0, 1, 0, -1, -1});
  // What stands for ratios below 2^-32: nothing is left of any accumulator.
  expectInts(requantiser({INT32_MAX, INT32_MIN, 0}, {1, 62}).make(), {0, 0, 0});
}

TEST(HandConv, OffsetCarriesTheRestOfTheBias) {
  // r = 1/2 = 2^30 / 2^31, an offset of a quarter unit of the accumulator, 2^28:
  //   (1 + 0.25)/2 = 0.625 -> 1; (-1 + 0.25)/2 = -0.375 -> 0; (-2 + 0.25)/2 = -0.875 -> -1.
  // Just below: 1/2 less 2^-31 is no tie any more: 0; -1/2 less that: -1.
  expectInts(requantiser({1, -1, -2}, {1 << 30, 31, 1 << 28}).make(), {1, 0, -1});
  expectInts(requantiser({1, -1}, {1 << 30, 31, -1}).make(), {0, -1});
  // The largest offset, 2^30, with m = 2^31 - 1 and s = 62, on top of half a step, 2^61:
  //   2^30:      2^61 - 2^30 + 2^30 + 2^61 = 2^62  -> 1
  //   2^30 - 1:  2^61 - 2^31 - 2^30 + 1 + 2^30 + 2^61 < 2^62 -> 0
  // and -2^30: -2^30 * m = -2^61 + 2^30, - 2^30 + 2^61 = 0 -> 0; one less -> -1.
  constexpr int32_t unit = 1 << 30;
  expectInts(requantiser({unit, unit - 1}, {INT32_MAX, 62, unit}).make(), {1, 0});
  expectInts(requantiser({-unit, -unit - 1}, {INT32_MAX, 62, -unit}).make(), {0, -1});
  // s = 1: (1 * 3 + 4) / 2 = 3.5 -> 4; (1 * 3 - 4) / 2 = -0.5 -> 0.
  expectInts(requantiser({1}, {3, 1, 4}).make(), {4});
  expectInts(requantiser({1}, {3, 1, -4}).make(), {0});
}

TEST(HandConv, PaddingCountsAsTheZeroPoint) {
  // 3x3 over one pixel, padded by one: only the centre weight 5 meets data.
  // s8: x - zx = -5 + 7 = 2; acc = 3 + 2 * 5 = 13; y = 4 + 13.
  Conv conv;
  conv.weightShape = {1, 1, 3, 3};
  conv.zx = -7;
  conv.zy = 4;
  conv.x = {-5};
  conv.weights = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  conv.params.window = {3, 3, 1, 1, 1, 1, 1, 1};
  conv.params.bias = {3};
  conv.params.requant = {one};
  expectInts(conv.make(), {17});
  // u8: x - zx = 190 - 200 = -10; acc = 3 - 50; y = 250 - 47 = 203.
  conv.inType = conv.outType = DType::U8;
  conv.zx = 200;
  conv.zy = 250;
  conv.x = {190};
  conv.params.clampLo = 0;
  conv.params.clampHi = 255;
  expectInts(conv.make(), {203});
  // The same with a weight zero point of 4: the centre is 5 - 4 = 1, the padding still nothing:
  // acc = 3 - 10 = -7; y = 243.
  conv.params.weightZeroPoint = {4};
  expectInts(conv.make(), {243});
}

TEST(HandConv, AsymmetricPaddingShiftsTheWindow) {
  // 1x3 kernel 1 10 100 over {1, 2}, two columns of padding on the left, none on the right:
  //   [p p 1] -> 100; [p 1 2] -> 10 + 200 = 210. Halved: 50, 105.
  Conv conv;
  conv.in = {1, 1, 1, 2};
  conv.weightShape = {1, 1, 1, 3};
  conv.out = {1, 1, 1, 2};
  conv.x = {1, 2};
  conv.weights = {1, 10, 100};
  conv.params.window.kernelW = 3;
  conv.params.window.padLeft = 2;
  conv.params.bias = {0};
  conv.params.requant = {half};
  expectInts(conv.make(), {50, 105});
}

TEST(HandConv, WeightZeroPointsAreOfTheirChannel) {
  // Two inputs x - zx = {10 - 3, -4 - 3} = {7, -7}.
  // Channel 0: w - zw = {5 - 2, 1 - 2} = {3, -1}: 21 + 7 = 28, bias -8: 20.
  // Channel 1: w - zw = {-128 + 128, 127 + 128} = {0, 255}: -1785, bias 1800: 15.
  // Channel 2: zw = 0, w = {1, 2}: 7 - 14 = -7.
  Conv conv;
  conv.in = {1, 2, 1, 1};
  conv.weightShape = {3, 2, 1, 1};
  conv.out = {1, 3, 1, 1};
  conv.zx = 3;
  conv.x = {10, -4};
  conv.weights = {5, 1, -128, 127, 1, 2};
  conv.params.bias = {-8, 1800, 0};
  conv.params.weightZeroPoint = {2, -128, 0};
  conv.params.requant = {one, one, one};
  expectInts(conv.make(), {20, 15, -7});
}

TEST(HandConv, GroupsSeeTheirOwnChannels) {
  // Four inputs in two groups, one output each. x = {1, 2, 3, 4}.
  // Output 0: 1 * 10 + 2 * 1 = 12. Output 1: 3 * 5 + 4 * -2 = 7.
  Conv conv;
  conv.in = {1, 4, 1, 1};
  conv.weightShape = {2, 2, 1, 1};
  conv.out = {1, 2, 1, 1};
  conv.x = {1, 2, 3, 4};
  conv.weights = {10, 1, 5, -2};
  conv.params.groups = 2;
  conv.params.bias = {0, 0};
  conv.params.requant = {one, one};
  expectInts(conv.make(), {12, 7});
  // Depthwise: each channel its own weight. 1*2, 2*3, 3*4, 4*-5.
  conv.weightShape = {4, 1, 1, 1};
  conv.out = {1, 4, 1, 1};
  conv.weights = {2, 3, 4, -5};
  conv.params.groups = 4;
  conv.params.bias.assign(4, 0);
  conv.params.requant.assign(4, one);
  expectInts(conv.make(), {2, 6, 12, -20});
}

TEST(HandConv, StrideAndDilation) {
  // Kernel 1 10 100 with dilation 2 and stride 2 over 0..6: x[2j] + 10 x[2j+2] + 100 x[2j+4].
  //   j = 0: 0 + 20 + 400 = 420; j = 1: 2 + 40 + 600 = 642. A quarter: 105; 160.5 -> 161.
  Conv conv;
  conv.in = {1, 1, 1, 7};
  conv.weightShape = {1, 1, 1, 3};
  conv.out = {1, 1, 1, 2};
  conv.outType = DType::U8;
  conv.x = {0, 1, 2, 3, 4, 5, 6};
  conv.weights = {1, 10, 100};
  conv.params.window.kernelW = 3;
  conv.params.window.dilationW = conv.params.window.strideW = 2;
  conv.params.bias = {0};
  conv.params.requant = {{1 << 30, 32}};
  conv.params.clampLo = 0;
  conv.params.clampHi = 255;
  expectInts(conv.make(), {105, 161});
  // The same along the rows.
  conv.in = {1, 1, 7, 1};
  conv.weightShape = {1, 1, 3, 1};
  conv.out = {1, 1, 2, 1};
  conv.params.window = {3, 1, 2, 1, 0, 0, 0, 0, 2, 1};
  expectInts(conv.make(), {105, 161});
}

TEST(HandConv, LayoutsAreNhwcAndOhwi) {
  // Two channels, 1x2 pixels: pixel 0 = (1, 2), pixel 1 = (3, 4). Kernel 1x2:
  // column 0 = (1, 10), column 1 = (20, -5): 1 + 20 + 60 - 20 = 61.
  Conv conv;
  conv.in = {1, 2, 1, 2};
  conv.weightShape = {1, 2, 1, 2};
  conv.x = {1, 2, 3, 4};
  conv.weights = {1, 10, 20, -5};
  conv.params.window.kernelW = 2;
  conv.params.bias = {0};
  conv.params.requant = {one};
  expectInts(conv.make(), {61});
}

TEST(HandConv, ClampIsInOutputSteps) {
  // zy = -20, values -30, 0, 30, 90: y = -50, -20, 10, 70. ReLU: [-20, 127]; ReLU6 with 6 = 60
  // steps: [-20, 40].
  Conv conv = requantiser({-30, 0, 30, 90}, one);
  conv.zy = -20;
  conv.params.clampLo = -20;
  expectInts(conv.make(), {-20, -20, 10, 70});
  conv.params.clampHi = 40;
  expectInts(conv.make(), {-20, -20, 10, 40});
}

TEST(HandConv, UnsignedInputsAreUnsigned) {
  // 200 * 1, 255 * -1 + 300; as s8 they would be -56 and -1.
  Conv conv;
  conv.in = {1, 2, 1, 1};
  conv.weightShape = {2, 2, 1, 1};
  conv.out = {1, 2, 1, 1};
  conv.inType = conv.outType = DType::U8;
  conv.x = {200, 255};
  conv.weights = {1, 0, 0, -1};
  conv.params.bias = {0, 300};
  conv.params.requant = {one, one};
  conv.params.clampLo = 0;
  conv.params.clampHi = 255;
  expectInts(conv.make(), {200, 45});
}

TEST(HandConv, FullRangeProductsDoNotSaturate) {
  // Pairs of the largest products: 2 * 255 * 127 = 64770 and 2 * 255 * -128 = -65280 leave int16.
  // With biases that bring them to 70 and -80.
  Conv conv;
  conv.in = {1, 2, 1, 1};
  conv.weightShape = {2, 2, 1, 1};
  conv.out = {1, 2, 1, 1};
  conv.inType = DType::U8;
  conv.x = {255, 255};
  conv.weights = {127, 127, -128, -128};
  conv.params.bias = {-64700, 65200};
  conv.params.requant = {one, one};
  expectInts(conv.make(), {70, -80});
}

TEST(HandConv, AccumulatorReachesTheInt32Limits) {
  // x - zx = 127 + 128 = 255, w = 127: 32385. bias = 2^31 - 1 - 32385 makes acc = 2^31 - 1.
  // m = 2^30, s = 55: r = 2^-25: (2^31 - 1) / 2^25 = 64 - 2^-25 -> 64.
  // Below: w = -128: -32640, bias = -2^31 + 32640: acc = -2^31 -> -64.
  Conv conv;
  conv.weightShape = {2, 1, 1, 1};
  conv.out = {1, 2, 1, 1};
  conv.zx = -128;
  conv.x = {127};
  conv.weights = {127, -128};
  conv.params.bias = {INT32_MAX - 32385, INT32_MIN + 32640};
  conv.params.requant = {{1 << 30, 55}, {1 << 30, 55}};
  expectInts(conv.make(), {64, -64});
}

} // namespace
} // namespace bst::problems

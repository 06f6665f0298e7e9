// The 8-bit element-wise engine, worked out by hand from backends/NUMERICS.md, section EDP.

#include "tests/kernels/hand.h"

#include <gtest/gtest.h>

#include <numeric>

namespace bst::problems {
namespace {

LutParams counting() {
  LutParams params;
  params.function = "counting";
  params.table.resize(256);
  std::iota(params.table.begin(), params.table.end(), uint8_t(0));
  return params;
}

TEST(HandLut, IndexStartsAtTheLeastValue) {
  // s8: -128 is entry 0, -1 entry 127, 0 entry 128, 127 entry 255.
  Case fromSigned;
  addInput(fromSigned, DType::S8, Layout::Nhwc, {1, 1, 1, 4}, 0, {-128, -1, 0, 127});
  fromSigned.add(DType::U8, Layout::Nhwc, {1, 1, 1, 4}, 1, 0);
  fromSigned.finish(Engine::Edp, counting());
  expectInts(fromSigned, {0, 127, 128, 255});
  // u8: the value itself. Entries are bit patterns: 255 of an s8 output is -1, 128 is -128.
  Case fromUnsigned;
  addInput(fromUnsigned, DType::U8, Layout::Nhwc, {1, 1, 1, 4}, 9, {0, 127, 128, 255});
  fromUnsigned.add(DType::S8, Layout::Nhwc, {1, 1, 1, 4}, 1, 5);
  fromUnsigned.finish(Engine::Edp, counting());
  expectInts(fromUnsigned, {0, 127, -128, -1});
}

Case pair(DType type, int32_t za, int32_t zb, int32_t zy, const std::vector<int> &a,
          const std::vector<int> &b, const Params &params) {
  const Shape shape = {1, 1, 1, int64_t(a.size())};
  Case test;
  addInput(test, type, Layout::Nhwc, shape, za, a);
  addInput(test, type, Layout::Nhwc, shape, zb, b);
  test.add(type, Layout::Nhwc, shape, 1, zy);
  test.finish(Engine::Edp, params);
  return test;
}

TEST(HandAdd, RoundsTheSumOnce) {
  // Halves: (1 + 1)/2 = 1, where rounding each half would give 2; (1 + 0)/2 -> 1; (-1 + 0)/2 -> 0;
  // (-1 - 2)/2 = -1.5 -> -1; (-128 - 128)/2 = -128; (127 + 127)/2 = 127.
  const AddParams params = {1 << 30, 1 << 30, 31, -128, 127};
  expectInts(pair(DType::S8, 0, 0, 0, {1, 1, -1, -1, -128, 127}, {1, 0, 0, -2, -128, 127}, params),
             {1, 1, 0, -1, -128, 127});
}

TEST(HandAdd, ZeroPointsAndClamp) {
  // a - 100, b - 20, ratios 1 and 1/2: (10, 5) -> 12.5 -> 13; (-100, 235) -> 17.5 -> 18;
  // (155, 235) -> 272.5 -> 273; (-100, -20) -> -110. Plus zy = 50, clamped to [50, 255].
  const AddParams params = {1 << 30, 1 << 29, 30, 50, 255};
  expectInts(pair(DType::U8, 100, 20, 50, {110, 0, 255, 0}, {25, 255, 255, 0}, params),
             {63, 68, 255, 50});
}

TEST(HandAdd, NegativeMultiplierSubtracts) {
  // (a - b)/2: (5 - 2)/2 = 1.5 -> 2; (2 - 5)/2 = -1.5 -> -1; (127 + 128)/2 = 127.5 -> 128, clamped.
  const AddParams params = {1 << 30, -(1 << 30), 31, -128, 127};
  expectInts(pair(DType::S8, 0, 0, 0, {5, 2, 127}, {2, 5, -128}, params), {2, -1, 127});
}

TEST(HandAdd, ExtremeMultipliersDoNotWrap) {
  // s = 1: 255 * (2^31 - 1) * 2 / 2 ~ 2^39, and its negative.
  const AddParams large = {INT32_MAX, INT32_MAX, 1, -128, 127};
  expectInts(pair(DType::S8, -128, -128, 0, {127}, {127}, large), {127});
  expectInts(pair(DType::S8, 127, 127, 0, {-128}, {-128}, large), {-128});
  // s = 62: at most 510 * 2^31 / 2^62: nothing.
  const AddParams small = {INT32_MAX, INT32_MAX, 62, -128, 127};
  expectInts(pair(DType::S8, -128, 127, 7, {127, -128}, {127, -128}, small), {7, 7});
}

/// Enough of one value for a vector.
std::vector<int> many(int value) { return std::vector<int>(70, value); }

TEST(HandAdd, ResultsBeyondInt32Saturate) {
  // s = 8, m = 2^31-1: 2 * 255 * 2^31 / 2^8 ~ 4.3e9, which int32 would take for -1.7e7.
  const AddParams params = {INT32_MAX, INT32_MAX, 8, -128, 127};
  expectInts(pair(DType::S8, -128, -128, 0, many(127), many(127), params), many(127));
  expectInts(pair(DType::S8, 127, 127, 0, many(-128), many(-128), params), many(-128));
}

TEST(HandMul, ResultsBeyondInt32Saturate) {
  // s = 15, m = 2^31-1: 255 * 255 * 2^16 ~ 4.3e9.
  const MulParams params = {{INT32_MAX, 15}, -128, 127};
  expectInts(pair(DType::S8, -128, -128, 0, many(127), many(127), params), many(127));
  expectInts(pair(DType::S8, -128, 127, 0, many(127), many(-128), params), many(-128));
}

TEST(HandMul, RequantisesTheProduct) {
  // (a - 1)(b + 2)/2 + 10: 3 * 5 / 2 = 7.5 -> 8; -3 * 5 / 2 = -7.5 -> -7; -129 * 129 / 2 and
  // 126 * 129 / 2 saturate; 0.
  const MulParams params = {half, -128, 127};
  expectInts(pair(DType::S8, 1, -2, 10, {4, -2, -128, 127, 1}, {3, 3, 127, 127, 100}, params),
             {18, 3, -128, 127, 10});
}

TEST(HandMul, UnsignedProductsAreWide) {
  // 255 * 255 = 65025, r = 1/256: 254.004 -> 254; 255 * 1 / 256 -> 1 (0.996); 127/256 -> 0 (0.496);
  // 128/256 -> 1 (a tie).
  const MulParams params = {{1 << 30, 38}, 0, 255};
  expectInts(pair(DType::U8, 0, 0, 0, {255, 255, 127, 128}, {255, 1, 1, 1}, params),
             {254, 1, 0, 1});
}

TEST(HandConcat, CopiesOrRescales) {
  // Along channels: one copied channel, one rescaled by 2 around zx = 10: 10 -> 0; 20 -> 20;
  // 127 -> 234, saturated; -128 -> -276, saturated. Pixels of two channels each.
  Case test;
  addInput(test, DType::S8, Layout::Nhwc, {1, 1, 1, 4}, 0, {-128, 127, 0, 1}, 2);
  addInput(test, DType::S8, Layout::Nhwc, {1, 1, 1, 4}, 10, {10, 20, 127, -128}, 4);
  test.add(DType::S8, Layout::Nhwc, {1, 2, 1, 4}, 2, 0);
  ConcatParams params;
  params.copy = {1, 0};
  params.requant = {one, {1 << 30, 29}};
  test.finish(Engine::Edp, params);
  expectInts(test, {-128, 0, 127, 20, 0, 127, 1, -128});
}

TEST(HandConcat, ChangesSignedness) {
  // s8 around 0 to u8 around 128 with r = 1: q + 128. The u8 input around 0 with r = 1/2:
  // 255 / 2 = 127.5 -> 128, + 128 = 256 -> 255; 3 / 2 -> 2 -> 130. Along the rows.
  Case test;
  addInput(test, DType::S8, Layout::Nhwc, {1, 1, 1, 2}, 0, {-128, 127});
  addInput(test, DType::U8, Layout::Nhwc, {1, 1, 1, 2}, 0, {255, 3}, 0.5f);
  test.add(DType::U8, Layout::Nhwc, {1, 1, 2, 2}, 1, 128);
  ConcatParams params;
  params.axis = 2;
  params.copy = {0, 0};
  params.requant = {one, half};
  test.finish(Engine::Edp, params);
  expectInts(test, {0, 255, 255, 130});
}

TEST(HandMaxPool, PaddingNeverWins) {
  // 3x3, stride 1, pad 1 over 2x2: every window sees all four. All below the zero point 0.
  Case test;
  addInput(test, DType::S8, Layout::Nhwc, {1, 1, 2, 2}, 0, {-100, -50, -7, -90});
  test.add(DType::S8, Layout::Nhwc, {1, 1, 2, 2}, 1, 0);
  test.finish(Engine::Edp, MaxPoolParams{{3, 3, 1, 1, 1, 1, 1, 1}});
  expectInts(test, {-7, -7, -7, -7});
}

TEST(HandAveragePool, DividesByWhatLiesInsideOrByTheWindow) {
  // 1x3, stride 1, a column of padding at either end of 10 20 33 with zx = 10, that is 0 10 23:
  // sums 10, 33, 33. Over 2, 3, 2 with sx = sy: 5, 11, 16.5 -> 17; plus zy = -1.
  AveragePoolParams params = {{1, 3, 1, 1, 0, 1, 0, 1}, false, {2, 3}, {half, {1431655765, 32}}};
  const auto make = [&] {
    Case test;
    addInput(test, DType::S8, Layout::Nhwc, {1, 1, 1, 3}, 10, {10, 20, 33});
    test.add(DType::S8, Layout::Nhwc, {1, 1, 1, 3}, 1, -1);
    test.finish(Engine::Edp, params);
    return test;
  };
  expectInts(make(), {4, 10, 16});
  // Over 3 everywhere: 3.33, 11, 11. The padding is worth zx, so 0.
  params.countPadding = true;
  params.counts = {3};
  params.requant = {{1431655765, 32}};
  expectInts(make(), {2, 10, 10});
}

TEST(HandAveragePool, RoundsHalvesUpAndSaturates) {
  // A whole map of 2x1, two channels: (-1 - 2)/2 = -1.5 -> -1; (127 + 127)/2 * 2 = 254, saturated.
  Case test;
  addInput(test, DType::S8, Layout::Nhwc, {1, 2, 2, 1}, 0, {-1, 127, -2, 127});
  test.add(DType::S8, Layout::Nhwc, {1, 2, 1, 1}, 1, 0);
  test.finish(Engine::Edp, AveragePoolParams{{2, 1}, false, {2}, {half}});
  expectInts(test, {-1, 127});
  // u8 to s8 with r = 1/2: (255 + 254)/2 = 254.5 -> 255, - 128.
  Case mixed;
  addInput(mixed, DType::U8, Layout::Nhwc, {1, 1, 1, 2}, 0, {255, 254});
  mixed.add(DType::S8, Layout::Nhwc, {1, 1, 1, 1}, 1, -128);
  mixed.finish(Engine::Edp, AveragePoolParams{{1, 2}, false, {2}, {half}});
  expectInts(mixed, {127});
}

TEST(HandMaxPool, SignedAndUnsignedCompare) {
  // 1x2, stride 2, two channels interleaved: u8 200 > 100; s8 -56 (the same bits) < 100.
  const MaxPoolParams params = {{1, 2, 1, 2}};
  Case isUnsigned;
  addInput(isUnsigned, DType::U8, Layout::Nhwc, {1, 2, 1, 2}, 0, {200, 1, 100, 2});
  isUnsigned.add(DType::U8, Layout::Nhwc, {1, 2, 1, 1}, 1, 0);
  isUnsigned.finish(Engine::Edp, params);
  expectInts(isUnsigned, {200, 2});
  Case isSigned;
  addInput(isSigned, DType::S8, Layout::Nhwc, {1, 2, 1, 2}, 0, {-56, 1, 100, 2});
  isSigned.add(DType::S8, Layout::Nhwc, {1, 2, 1, 1}, 1, 0);
  isSigned.finish(Engine::Edp, params);
  expectInts(isSigned, {100, 2});
}

TEST(HandMaxPool, CornersSeeOnePixel) {
  // 2x2, stride 2, pad 1 over 2x2: three of the four positions of each window are padding.
  for (const DType type : {DType::S8, DType::U8}) {
    const int least = type == DType::S8 ? -128 : 0;
    Case test;
    addInput(test, type, Layout::Nhwc, {1, 1, 2, 2}, 100, {least, 5, 90, 127});
    test.add(type, Layout::Nhwc, {1, 1, 2, 2}, 1, 100);
    test.finish(Engine::Edp, MaxPoolParams{{2, 2, 2, 2, 1, 1, 1, 1}});
    expectInts(test, {least, 5, 90, 127});
  }
}

TEST(HandMaxPool, StrideAndDilation) {
  // Kernel 2 with dilation 2, stride 2, one column of padding on both sides of {5, 9, 3}:
  // columns -1, 1 -> 9; 1, 3 -> 9.
  Case test;
  addInput(test, DType::U8, Layout::Nhwc, {1, 1, 1, 3}, 0, {5, 9, 3});
  test.add(DType::U8, Layout::Nhwc, {1, 1, 1, 2}, 1, 0);
  Window window;
  window.kernelW = window.strideW = window.dilationW = 2;
  window.padLeft = window.padRight = 1;
  test.finish(Engine::Edp, MaxPoolParams{window});
  expectInts(test, {9, 9});
}

TEST(HandResize, TakesTheNamedPixels) {
  // 2x2 pixels of two channels: A B / C D; rows {1, 0, 0}, columns {1, 0}.
  Case test;
  addInput(test, DType::S8, Layout::Nhwc, {1, 2, 2, 2}, 3, {1, 2, 3, 4, 5, 6, 7, 8});
  test.add(DType::S8, Layout::Nhwc, {1, 2, 3, 2}, 1, 3);
  test.finish(Engine::Edp, ResizeParams{{1, 0, 0}, {1, 0}});
  expectInts(test, {7, 8, 5, 6, 3, 4, 1, 2, 3, 4, 1, 2});
}

} // namespace
} // namespace bst::problems

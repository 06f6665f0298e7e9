// The reference's derivation of integers from scales, against numbers worked out by hand from
// backends/NUMERICS.md.

#include "tests/reference/requant.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace bst::reference {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

MATCHER_P2(Is, multiplier, shift, "") {
  return arg && arg->multiplier == multiplier && arg->shift == shift;
}

TEST(DeriveRequant, PowersOfTwo) {
  EXPECT_THAT(deriveRequant(1), Is(1 << 30, 30));     // 0.5 * 2^1
  EXPECT_THAT(deriveRequant(0.5), Is(1 << 30, 31));   // 0.5 * 2^0
  EXPECT_THAT(deriveRequant(0x1p29), Is(1 << 30, 1)); // 0.5 * 2^30: the largest power.
  EXPECT_FALSE(deriveRequant(0x1p30));
  EXPECT_THAT(deriveRequant(0x1p-32), Is(1 << 30, 62)); // 0.5 * 2^-31: the least ratio kept.
  EXPECT_THAT(deriveRequant(0x1.8p-33), Is(1, 62));
  EXPECT_THAT(deriveRequant(1e-300), Is(1, 62));
}

TEST(DeriveRequant, RoundsTheFraction) {
  EXPECT_THAT(deriveRequant(0.75), Is(3 << 29, 31));
  // 1/3 = 0.6666... * 2^-1: 2^32 / 3 = 1431655765.33 -> 1431655765.
  EXPECT_THAT(deriveRequant(1.0 / 3), Is(1431655765, 32));
  // A tie: 0.5 + 2^-32 -> 2^30 + 0.5 -> away from zero.
  EXPECT_THAT(deriveRequant(0.5 + 0x1p-32), Is((1 << 30) + 1, 31));
  // Just below 1: the fraction rounds up to 1 = 0.5 * 2^1.
  EXPECT_THAT(deriveRequant(1 - 0x1p-40), Is(1 << 30, 30));
  // Just below the least ratio kept: rounds up to it.
  EXPECT_THAT(deriveRequant(0x1.fffffffffffffp-33), Is(1 << 30, 62));
  // Just below 2^30: rounding would need shift 0.
  EXPECT_FALSE(deriveRequant(0x1p30 * (1 - 0x1p-40)));
}

TEST(DeriveRequant, TakesPositiveRatios) {
  EXPECT_FALSE(deriveRequant(0));
  EXPECT_FALSE(deriveRequant(-1));
  EXPECT_FALSE(deriveRequant(double(infinity)));
}

TEST(DeriveRequant, FromScales) {
  EXPECT_THAT(deriveProductRequant(0.5f, 0.25f, 2), Is(1 << 30, 34)); // 2^-4
  EXPECT_THAT(deriveRescale(3, 0.5f), Is(3 << 29, 28));               // 6 = 0.75 * 2^3
}

TEST(DeriveAdd, SharesTheShiftOfTheLarger) {
  // ra = 1, rb = 1/4: shift 30.
  const std::optional<AddParams> sum = deriveAdd(1, 0.25f, 1, false);
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->multiplierA, 1 << 30);
  EXPECT_EQ(sum->multiplierB, 1 << 28);
  EXPECT_EQ(sum->shift, 30);
  // ra = 1/4, rb = 3/2 = 0.75 * 2: shift 30, mb = 1.5 * 2^30, negated.
  const std::optional<AddParams> difference = deriveAdd(0.5f, 3, 2, true);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->multiplierA, 1 << 28);
  EXPECT_EQ(difference->multiplierB, -(3 << 29));
  EXPECT_EQ(difference->shift, 30);
  EXPECT_FALSE(deriveAdd(0x1p40f, 1, 1, false));
}

TEST(DeriveClamp, BoundsInOutputSteps) {
  const auto bounds = [](float lo, float hi, Quantisation y) {
    const ClampBounds result = deriveClamp(lo, hi, y);
    return std::make_pair(result.lo, result.hi);
  };
  const Quantisation s8 = {DType::S8, 0.1f, -20}, u8 = {DType::U8, 0.5f, 3};
  EXPECT_EQ(bounds(-infinity, infinity, s8), std::make_pair(-128, 127));
  EXPECT_EQ(bounds(0, infinity, s8), std::make_pair(-20, 127)); // ReLU
  EXPECT_EQ(bounds(0, 6, s8), std::make_pair(-20, 40));         // ReLU6: 60 steps
  EXPECT_EQ(bounds(0, 60, s8), std::make_pair(-20, 127));       // 600 - 20, saturated
  // Half to even: 0.25 / 0.5 = 0.5 -> 0; 0.75 / 0.5 = 1.5 -> 2.
  EXPECT_EQ(bounds(0.25f, 0.75f, u8), std::make_pair(3, 5));
  EXPECT_EQ(bounds(-100, infinity, u8), std::make_pair(0, 255));
}

TEST(DeriveTable, RoundsHalfToEvenAndSaturates) {
  const auto twice = [](float x) { return 2 * x; };
  // s8 scale 1/4, zero point 0 -> s8 scale 1, zero point 1: y = x/2 + 1 with ties to even:
  // x = 1 -> 0.5 -> 0 + 1; x = 3 -> 1.5 -> 2 + 1; x = -1 -> -0.5 -> 0 + 1; x = -128 -> -64 + 1;
  // x = 127 -> 63.5 -> 64 + 1.
  const auto table = deriveTable(twice, {DType::S8, 0.25f, 0}, {DType::S8, 1, 1});
  EXPECT_EQ(int8_t(table[0]), -63);
  EXPECT_EQ(int8_t(table[127]), 1);
  EXPECT_EQ(int8_t(table[128]), 1);
  EXPECT_EQ(int8_t(table[129]), 1);
  EXPECT_EQ(int8_t(table[131]), 3);
  EXPECT_EQ(int8_t(table[255]), 65);
  // u8 in, zero point 10, to u8: the index is the value; x = 5 -> -10 -> 0; x = 255 -> 490 -> 255.
  const auto wide = deriveTable(twice, {DType::U8, 1, 10}, {DType::U8, 1, 0});
  EXPECT_EQ(wide[5], 0);
  EXPECT_EQ(wide[11], 2);
  EXPECT_EQ(wide[255], 255);
}

TEST(DeriveTable, WhatIsNoNumberIsTheZeroPoint) {
  const auto root = [](float x) { return std::sqrt(x); };
  const auto table = deriveTable(root, {DType::S8, 1, 0}, {DType::S8, 1, -7});
  EXPECT_EQ(int8_t(table[0]), -7);       // The root of -128.
  EXPECT_EQ(int8_t(table[128 + 4]), -5); // 2 - 7
}

TEST(ElementFunction, HandWorked) {
  const auto at = [](const char *name, float x, float alpha = 0, float beta = 0) {
    return (*elementFunction(name, alpha, beta))(x);
  };
  EXPECT_EQ(at("hard_swish", 4), 4); // Above 3: x itself.
  EXPECT_EQ(at("hard_swish", -3), 0);
  EXPECT_EQ(at("elu", 1, 2), 1);
  EXPECT_FLOAT_EQ(at("elu", -1, 2), 2 * (0.36787944f - 1));
  EXPECT_EQ(at("clip", -9, -1, 2), -1);
  EXPECT_EQ(at("clip", 9, -1, 2), 2);
  EXPECT_EQ(at("leaky_relu", -2, 0.5f), -1);
  EXPECT_FLOAT_EQ(at("silu", 1), 0.7310586f);
  EXPECT_FLOAT_EQ(at("softplus", 0), 0.6931472f);
  EXPECT_EQ(at("hard_sigmoid", 1, 0.25f, 0.5f), 0.75f);
  EXPECT_FALSE(elementFunction("nothing", 0, 0));
}

TEST(DeriveNearest, HandWorked) {
  // 3 -> 5 rows: 0, 0.6, 1.2, 1.8, 2.4.
  EXPECT_THAT(deriveNearest("asymmetric", "floor", 3, 5, 0), testing::ElementsAre(0, 0, 1, 1, 2));
  EXPECT_THAT(deriveNearest("asymmetric", "ceil", 3, 5, 0), testing::ElementsAre(0, 1, 2, 2, 2));
  // 4 -> 2, centres at 0.5 and 2.5.
  EXPECT_THAT(deriveNearest("half_pixel", "round_prefer_floor", 4, 2, 0),
              testing::ElementsAre(0, 2));
  EXPECT_THAT(deriveNearest("half_pixel", "round_prefer_ceil", 4, 2, 0),
              testing::ElementsAre(1, 3));
  EXPECT_THAT(deriveNearest("align_corners", "floor", 5, 3, 0), testing::ElementsAre(0, 2, 4));
  EXPECT_THAT(deriveNearest("pytorch_half_pixel", "ceil", 5, 1, 0), testing::ElementsAre(0));
  EXPECT_THAT(deriveNearest("half_pixel", "ceil", 5, 1, 0), testing::ElementsAre(2));
  EXPECT_THAT(deriveNearest("tf_half_pixel_for_nn", "floor", 2, 4, 0),
              testing::ElementsAre(0, 0, 1, 1));
}

TEST(DeriveSamePads, HandWorked) {
  const auto pads = deriveSamePads(5, 4, 2, 1, true); // 3 windows over 4 + 4 = 8: 3 more.
  EXPECT_EQ(std::make_tuple(pads.begin, pads.end, pads.out), std::make_tuple(1, 2, 3));
  const auto lower = deriveSamePads(5, 4, 2, 1, false);
  EXPECT_EQ(std::make_tuple(lower.begin, lower.end, lower.out), std::make_tuple(2, 1, 3));
}

TEST(DeriveWeight, HalfToEvenInFloat32) {
  EXPECT_EQ(deriveWeight(0.25f, {DType::S8, 0.5f, 0}), 0); // 0.5 -> 0
  EXPECT_EQ(deriveWeight(0.75f, {DType::S8, 0.5f, 0}), 2); // 1.5 -> 2
  EXPECT_EQ(deriveWeight(0.35f, {DType::S8, 0.1f, 0}), 4); // float32 quotient 3.5, exactly less
  EXPECT_EQ(deriveWeight(-99, {DType::S8, 0.5f, 3}), -128);
  EXPECT_EQ(deriveWeight(1, {DType::U8, 0.5f, 128}), 130);
}

TEST(DeriveBias, HalfToEvenOrRefused) {
  const auto biasOf = [](float bias, float scaleX, float scaleW) {
    const std::optional<Bias> result = deriveBias(bias, scaleX, scaleW, 1);
    return result ? std::optional(result->bias) : std::nullopt;
  };
  EXPECT_EQ(biasOf(0.125f, 0.5f, 0.5f), 0); // 0.5
  EXPECT_EQ(biasOf(0.375f, 0.5f, 0.5f), 2); // 1.5
  EXPECT_EQ(biasOf(-1, 0x1p-16f, 0x1p-15f), INT32_MIN);
  EXPECT_EQ(biasOf(1, 0x1p-16f, 0x1p-15f), std::nullopt); // 2^31
  EXPECT_EQ(biasOf(1, 1e-30f, 1e-30f), std::nullopt);
}

TEST(DeriveBias, LeavesTheRestToTheRequantisation) {
  const auto offsetOf = [](float bias, int32_t multiplier) {
    const std::optional<Bias> result = deriveBias(bias, 0.5f, 0.5f, multiplier);
    return result ? result->offset : INT32_MIN;
  };
  EXPECT_EQ(offsetOf(0.0625f, 1 << 30), 1 << 28);    // 0.25: 0 and a quarter.
  EXPECT_EQ(offsetOf(0.1875f, 1 << 30), -(1 << 28)); // 0.75: 1 less a quarter.
  EXPECT_EQ(offsetOf(0.25f, 1 << 30), 0);
  EXPECT_EQ(offsetOf(0.125f, INT32_MAX), 1 << 30); // A half: 2^30 - 0.5, to the even neighbour.
  EXPECT_EQ(offsetOf(0.375f, 5), -2);              // 1.5: 2 less a half: -2.5 -> -2.
}

} // namespace
} // namespace bst::reference

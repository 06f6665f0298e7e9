// The simulator's exponential and sigmoid against the C library's in double: the error bounds that
// backends/dsp/kernels/exp.h states, over every 251st float.

#include "backends/dsp/kernels/exp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace bst {
namespace {

/// Calls `visit` with floats from 0 to `end`, 251 apart in the order of their bits.
template <class Visit> void sweep(float end, const Visit &visit) {
  const uint32_t last = std::bit_cast<uint32_t>(std::abs(end));
  for (uint32_t bits = 0; bits <= last; bits += 251)
    visit(std::copysign(std::bit_cast<float>(bits), end));
}

TEST(Exp, RelativeErrorOfNormalResults) {
  double worst = 0;
  const auto visit = [&](float x) {
    const double exact = std::exp(double(x));
    worst = std::max(worst, std::abs(expOf(x) - exact) / exact);
  };
  sweep(88.7f, visit);
  sweep(-87.3f, visit); // e^-87.3 is the last normal power of ten: 1.2e-38.
  EXPECT_LT(worst, 2e-7);
}

TEST(Exp, UnderflowsThroughTheDenormals) {
  constexpr double step = std::numeric_limits<float>::denorm_min();
  double worst = 0;
  for (float x = -87.3f; x > -110; x -= 0.0013f)
    worst = std::max(worst, std::abs(expOf(x) - std::exp(double(x))));
  EXPECT_LT(worst, 3 * step);
  EXPECT_EQ(expOf(-std::numeric_limits<float>::infinity()), 0);
}

TEST(Exp, OverflowsToInfinityAndKeepsNan) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(expOf(88.73f), infinity); // ln(FLT_MAX) = 88.7228
  EXPECT_EQ(expOf(infinity), infinity);
  EXPECT_TRUE(std::isnan(expOf(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_EQ(expOf(0), 1);
}

TEST(Sigmoid, AbsoluteError) {
  double worst = 0;
  const auto visit = [&](float x) {
    worst = std::max(worst, std::abs(sigmoidOf(x) - 1 / (1 + std::exp(-double(x)))));
  };
  sweep(120, visit);
  sweep(-120, visit);
  EXPECT_LT(worst, 2e-7);
}

} // namespace
} // namespace bst

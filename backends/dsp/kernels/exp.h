#ifndef BST_BACKENDS_DSP_KERNELS_EXP_H
#define BST_BACKENDS_DSP_KERNELS_EXP_H

#include "backends/simulator/isa.h"

#include <bit>

namespace bst {

/// e^x in plain float arithmetic that compilers vectorise; the same result on every instruction
/// set. Relative error below 2e-7 down to the smallest normal number; overflows to infinity,
/// underflows through the denormals to 0, NaN stays NaN.
///
/// x = n ln 2 + r with |r| <= ln(2)/2, ln 2 in two parts so that n * ln2High is exact; e^r is its
/// Taylor polynomial of degree 7, whose remainder r^8/8! is below 6e-9.
BST_INLINE float expOf(float x) {
  constexpr float log2e = 1.44269504f, ln2High = 0.693359375f, ln2Low = -2.12194440e-4f;
  // Adding and subtracting 1.5 * 2^23 rounds to an integer, which the low bits of the sum hold.
  constexpr float rounder = 12582912.0f;
  // Beyond these the result is 0 or infinity anyway; n stays where its halves are exponents.
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  float shifted = x * log2e + rounder;
  float n = shifted - rounder;
  float r = (x - n * ln2High) - n * ln2Low;
  float tail = 1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040));
  float e = 1.0f + (r + r * r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * tail))));
  // 2^n in two factors, so that a result outside the normal numbers is still rounded once.
  int32_t power = int32_t(std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(rounder));
  int32_t half = power >> 1;
  float first = std::bit_cast<float>(uint32_t(half + 127) << 23);
  float second = std::bit_cast<float>(uint32_t(power - half + 127) << 23);
  return e * first * second;
}

/// 1 / (1 + e^-x). Absolute error below 2e-7.
BST_INLINE float sigmoidOf(float x) { return 1.0f / (1.0f + expOf(-x)); }

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_EXP_H

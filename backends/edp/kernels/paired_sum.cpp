#include "backends/edp/kernels/add.h"
#include "backends/simulator/arithmetic.h"

#include <cstdlib>

namespace bst {

PairedSum pairedSum(const AddParams &params, const Tensor &a, const Tensor &b, const Tensor &y) {
  constexpr int64_t int16Most = 32767, int32Most = 2147483647;
  PairedSum sum;
  const int64_t multipliers[2] = {params.multiplierA, params.multiplierB};
  int64_t terms = 0; // Most that the high products add up to.
  for (int i = 0; i < 2; ++i) {
    sum.low[i] = int16_t(multipliers[i]);
    const int64_t high = (multipliers[i] - sum.low[i]) >> 16;
    if (std::abs(high) > int16Most)
      return sum;
    sum.high[i] = int16_t(high);
    terms += 255 * std::abs(high);
  }
  // 2^shift times 255 must not leave int64.
  if (params.shift <= 16 || params.shift > 50)
    return sum;
  const int64_t ySign = y.dtype == DType::U8 ? 128 : 0;
  const int64_t constant = (int64_t(rangeOf(a.dtype).lo) - a.zeroPoint) * params.multiplierA +
                           (int64_t(rangeOf(b.dtype).lo) - b.zeroPoint) * params.multiplierB +
                           (int64_t(1) << (params.shift - 1)) +
                           (y.zeroPoint - ySign) * (int64_t(1) << params.shift);
  sum.addHigh = int32_t(constant >> 16);
  sum.addLow = int32_t(constant & 0xffff);
  sum.shift = params.shift - 16;
  sum.flipA = a.dtype == DType::S8 ? 0x80 : 0;
  sum.flipB = b.dtype == DType::S8 ? 0x80 : 0;
  sum.flipY = uint8_t(ySign);
  sum.lo = int8_t(params.clampLo - ySign);
  sum.hi = int8_t(params.clampHi - ySign);
  constexpr int64_t carry = 512; // Of the low products.
  sum.exact = std::abs(constant >> 16) + terms + carry <= int32Most;
  return sum;
}

} // namespace bst

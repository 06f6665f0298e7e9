#ifndef BSTC_TESTS_REFERENCE_REQUANT_H
#define BSTC_TESTS_REFERENCE_REQUANT_H

#include "runtime/program.h"

#include <array>
#include <functional>
#include <optional>

/// From real scales to the integers that commands carry, as backends/NUMERICS.md says: an
/// independent derivation to hold the compiler's lowering against. What the document refuses is
/// an empty result.
namespace bst::reference {

/// The 8-bit type, scale and zero point of a tensor.
struct Quantisation {
  DType dtype = DType::S8;
  float scale = 1;
  int32_t zeroPoint = 0;
};

/// Section Requantisation: the multiplier and shift of the positive ratio `ratio`.
std::optional<Requant> deriveRequant(double ratio);

/// Section MACA: sx * sw / sy. Section EDP, mul: sa * sb / sy.
std::optional<Requant> deriveProductRequant(float scaleA, float scaleB, float scaleY);
/// Section EDP, concat: sx / sy.
std::optional<Requant> deriveRescale(float scaleX, float scaleY);

/// Section EDP, add: the multipliers and the shift of sa/sy and sb/sy. Clamp bounds are left.
std::optional<AddParams> deriveAdd(float scaleA, float scaleB, float scaleY, bool subtract);

/// Section MACA, fused activation with real bounds (infinite where there is none).
struct ClampBounds {
  int32_t lo, hi;
};
ClampBounds deriveClamp(float lo, float hi, const Quantisation &y);

/// Section EDP, table: the 256 entries of `function`, as bit patterns.
std::array<uint8_t, 256> deriveTable(const std::function<double(double)> &function,
                                     const Quantisation &x, const Quantisation &y);

/// Section Import: one weight.
int32_t deriveWeight(float weight, const Quantisation &quantisation);

/// Section Import: one bias, and what its rounding leaves for a requantisation by `multiplier`.
struct Bias {
  int32_t bias, offset;
};
std::optional<Bias> deriveBias(float bias, float scaleX, float scaleW, int32_t multiplier);

} // namespace bst::reference

#endif // BSTC_TESTS_REFERENCE_REQUANT_H

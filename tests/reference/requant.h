#ifndef BSTC_TESTS_REFERENCE_REQUANT_H
#define BSTC_TESTS_REFERENCE_REQUANT_H

#include "runtime/program/program.h"

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

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
std::array<uint8_t, 256> deriveTable(const std::function<float(float)> &function,
                                     const Quantisation &x, const Quantisation &y);
/// Its functions of one element, by the names of the textual IR ("hard_swish"): float32, each
/// operation of the formula computed in long double and rounded once.
std::optional<std::function<float(float)>> elementFunction(std::string_view name, float alpha,
                                                           float beta);

/// Section EDP, average pool: the numbers of positions that windows divide by, ascending, found by
/// walking through all windows.
std::vector<int32_t> deriveCounts(const Window &window, bool countPadding, int64_t rows,
                                  int64_t columns, int64_t outRows, int64_t outColumns);

/// Section EDP, nearest resize: the element that each of `out` elements shows of `in`, for ONNX's
/// coordinate and rounding modes by their names. `scale` is the file's, or 0 where it gives sizes.
std::vector<int32_t> deriveNearest(std::string_view coordinates, std::string_view rounding,
                                   int64_t in, int64_t out, float scale);

/// Positions added before and after an axis by auto_pad SAME_UPPER or SAME_LOWER (ONNX operator
/// schema of Conv), and the extent of the result.
struct SamePads {
  int64_t begin, end, out;
};
SamePads deriveSamePads(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, bool upper);

/// Section Import: one weight.
int32_t deriveWeight(float weight, const Quantisation &quantisation);

/// Section Import: one bias, and what its rounding leaves for a requantisation by `multiplier`.
struct Bias {
  int32_t bias, offset;
};
std::optional<Bias> deriveBias(float bias, float scaleX, float scaleW, int32_t multiplier);

} // namespace bst::reference

#endif // BSTC_TESTS_REFERENCE_REQUANT_H

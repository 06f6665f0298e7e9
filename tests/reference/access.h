#ifndef BSTC_TESTS_REFERENCE_ACCESS_H
#define BSTC_TESTS_REFERENCE_ACCESS_H

#include "runtime/program/tensor_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

/// How the reference reads and writes tensors, and the little arithmetic that engines share.
namespace bst::reference {

using Views = std::span<const TensorView>;
using Coordinates = std::vector<int64_t>;

constexpr int64_t lowest(DType dtype) { return dtype == DType::U8 ? 0 : -128; }
constexpr int64_t highest(DType dtype) { return dtype == DType::U8 ? 255 : 127; }

/// The stored 8-bit value at `offset` elements from the start.
inline int64_t loadQuantised(const TensorView &view, int64_t offset) {
  return view.tensor->dtype == DType::U8
             ? int64_t(reinterpret_cast<const uint8_t *>(view.data)[offset])
             : int64_t(reinterpret_cast<const int8_t *>(view.data)[offset]);
}
inline void storeQuantised(const TensorView &view, int64_t offset, int64_t value) {
  view.data[offset] = std::byte(value & 0xff);
}
inline float loadFloat(const TensorView &view, int64_t offset) {
  return reinterpret_cast<const float *>(view.data)[offset];
}

/// A float output and, where somebody wants to know, how far a device may be from it.
struct FloatOutput {
  TensorView view;
  std::vector<double> *tolerance = nullptr;

  /// Stores `value` rounded to float. `allowed`: see runReference().
  void set(int64_t offset, double value, double allowed) const {
    reinterpret_cast<float *>(view.data)[offset] = float(value);
    if (tolerance)
      (*tolerance)[size_t(offset)] = allowed;
  }
};

/// The tolerance of a result that IEEE float32 determines, but for the sign of a zero and NaNs.
constexpr double sameValue = 1e-45;
/// Float sums: distance allowed, relative to the sum of the magnitudes of the terms.
constexpr double sumTolerance = 1e-5;

/// Where element (n, c, h, w) of a rank-4 tensor lies, in elements from the start.
inline int64_t offsetOf(const Tensor &tensor, int64_t n, int64_t c, int64_t h, int64_t w) {
  const int64_t channels = tensor.shape[1], height = tensor.shape[2], width = tensor.shape[3];
  if (tensor.layout == Layout::RowMajor)
    return ((n * channels + c) * height + h) * width + w;
  // NCHW stored as NHWC and OIHW stored as OHWI are one and the same order.
  return ((n * height + h) * width + w) * channels + c;
}

/// Where a convolution's weight lies in Ohwi or Panels, from the words of runtime/program/program.h
/// and not from its code.
inline int64_t weightOffset(const Tensor &weights, int64_t oc, int64_t row, int64_t column,
                            int64_t c) {
  const int64_t channels = weights.shape[1], rows = weights.shape[2], columns = weights.shape[3];
  const int64_t inRow = column * channels + c;
  if (weights.layout == Layout::Ohwi)
    return (oc * rows + row) * columns * channels + inRow;
  const int64_t quadsOfRow = (columns * channels + 3) / 4;
  const int64_t panel = oc / 16, lane = oc % 16, quad = inRow / 4, inQuad = inRow % 4;
  return (((panel * rows + row) * quadsOfRow + quad) * 16 + lane) * 4 + inQuad;
}

/// Where the element with ONNX coordinates `at` lies, in elements from the start.
inline int64_t offsetOf(const Tensor &tensor, const Coordinates &at) {
  if (tensor.layout != Layout::RowMajor)
    return offsetOf(tensor, at[0], at[1], at[2], at[3]);
  int64_t offset = 0;
  for (size_t axis = 0; axis < tensor.shape.size(); ++axis)
    offset = offset * tensor.shape[axis] + at[axis];
  return offset;
}

/// Advances `at` to the next coordinates of `shape` in ONNX order; false after the last.
inline bool next(Coordinates &at, const std::vector<int32_t> &shape) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (++at[axis] < shape[axis])
      return true;
    at[axis] = 0;
  }
  return false;
}

/// Coordinates in `shape` of the element that NumPy broadcasting pairs with `at` of a tensor of at
/// least that rank.
inline Coordinates broadcast(const std::vector<int32_t> &shape, const Coordinates &at) {
  Coordinates result(shape.size(), 0);
  for (size_t axis = 0; axis < shape.size(); ++axis)
    result[axis] = shape[axis] == 1 ? 0 : at[at.size() - shape.size() + axis];
  return result;
}

/// Half to even, by hand: independent of the rounding mode and of the library's nearbyint.
inline double roundHalfEven(double value) {
  const double below = std::floor(value);
  const double fraction = value - below;
  if (fraction != 0.5)
    return fraction < 0.5 ? below : below + 1;
  return std::fmod(below, 2) == 0 ? below : below + 1;
}

/// Half away from zero, by hand.
inline double roundHalfAwayFromZero(double value) {
  const double whole = std::trunc(value);
  if (std::abs(value - whole) < 0.5)
    return whole;
  return value < 0 ? whole - 1 : whole + 1;
}

/// floor(numerator / denominator), denominator > 0.
inline int64_t floorDivide(int64_t numerator, int64_t denominator) {
  int64_t quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}

/// floor((value + 2^(shift-1)) / 2^shift): NUMERICS.md, Requantisation, where value includes its
/// offset.
inline int64_t roundingShift(int64_t value, int32_t shift) {
  return floorDivide(value + (int64_t(1) << (shift - 1)), int64_t(1) << shift);
}
inline int64_t requantise(int64_t value, const Requant &requant) {
  return roundingShift(value * requant.multiplier + requant.offset, requant.shift);
}

} // namespace bst::reference

#endif // BSTC_TESTS_REFERENCE_ACCESS_H

#ifndef BST_BACKENDS_SIMULATOR_ARITHMETIC_H
#define BST_BACKENDS_SIMULATOR_ARITHMETIC_H

#include "backends/simulator/isa.h"
#include "runtime/program/program.h"

#include <algorithm>

/// The scalar arithmetic of backends/NUMERICS.md and small helpers that every kernel family shares.
namespace bst {

/// Smallest and largest value of an 8-bit type.
struct Range {
  int32_t lo, hi;
};
constexpr Range rangeOf(DType dtype) {
  return dtype == DType::U8 ? Range{0, 255} : Range{-128, 127};
}

/// Value of an 8-bit element from its bit pattern.
BST_INLINE int32_t valueOf(uint8_t bits, bool isSigned) {
  return isSigned ? int32_t(int8_t(bits)) : int32_t(bits);
}

/// floor((value + 2^(shift-1)) / 2^shift), shift in [1, 62], |value| <= 2^62 + 2^30.
BST_INLINE int64_t roundShift(int64_t value, int32_t shift) {
  return (value + (int64_t(1) << (shift - 1))) >> shift;
}

/// NUMERICS.md, Requantisation.
BST_INLINE int64_t requantize(int32_t value, const Requant &requant) {
  return roundShift(int64_t(value) * requant.multiplier + requant.offset, requant.shift);
}

/// Bit pattern of clamp(zeroPoint + value, lo, hi).
BST_INLINE uint8_t offsetAndClamp(int64_t value, int32_t zeroPoint, int32_t lo, int32_t hi) {
  return uint8_t(std::min<int64_t>(std::max<int64_t>(value + zeroPoint, lo), hi));
}

/// Extents of a rank-4 tensor (ONNX order).
struct Extents4 {
  int64_t n, c, h, w;
  explicit Extents4(const Tensor &tensor)
      : n(tensor.shape[0]), c(tensor.shape[1]), h(tensor.shape[2]), w(tensor.shape[3]) {}
};

/// Taps `[first, last)` of a window along one axis that fall inside the map.
struct TapRange {
  int64_t first, last;
  /// \p origin is the coordinate of tap 0; may be negative.
  TapRange(int64_t origin, int64_t taps, int64_t dilation, int64_t extent) {
    first = origin >= 0 ? 0 : std::min(taps, (-origin + dilation - 1) / dilation);
    last = origin >= extent ? 0 : std::min(taps, (extent - 1 - origin) / dilation + 1);
    last = std::max(first, last);
  }
};

/// Lays parts out one after the other in a scratch buffer, 64-byte aligned. The same sequence of
/// take() calls gives the size before a run and the offsets during it.
class ScratchLayout {
public:
  uint64_t take(uint64_t bytes) {
    uint64_t offset = total;
    total += (bytes + 63) / 64 * 64;
    return offset;
  }
  uint64_t size() const { return total; }

private:
  uint64_t total = 0;
};

template <class T> T *at(std::byte *base, uint64_t offset) {
  return reinterpret_cast<T *>(base + offset);
}

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_ARITHMETIC_H

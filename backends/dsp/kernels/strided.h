#ifndef BST_BACKENDS_DSP_KERNELS_STRIDED_H
#define BST_BACKENDS_DSP_KERNELS_STRIDED_H

#include <array>
#include <cstdint>
#include <span>

namespace bst {

/// A walk over the elements of a row-major output, in order, beside `Inputs` inputs that are read
/// with strides of their own (0 where an input is broadcast). Axes that all operands walk through
/// as one are merged. Axes of extent 1 vanish, and 63 axes of extent 2 are more than any memory
/// holds, so the fixed capacity is enough for every tensor.
template <int Inputs> struct StridedWalk {
  using Offsets = std::array<int64_t, Inputs>;
  static constexpr int capacity = 64;
  int rank = 0;
  int64_t extents[capacity];
  Offsets strides[capacity];

  /// Adds the next axis, from the outermost inwards.
  void addAxis(int64_t extent, const Offsets &stride) {
    if (extent == 1)
      return;
    if (rank > 0 && continues(stride, extent)) {
      extents[rank - 1] *= extent;
      strides[rank - 1] = stride;
      return;
    }
    extents[rank] = extent;
    strides[rank++] = stride;
  }

  /// Calls body(offsets) for every position of the axes before `inner`, in order, with the inputs'
  /// element offsets there.
  template <class Body> void forEach(int inner, const Body &body) const {
    int64_t index[capacity] = {};
    Offsets offsets{};
    for (;;) {
      body(offsets);
      int axis = inner - 1;
      for (; axis >= 0; --axis) {
        bool wraps = ++index[axis] == extents[axis];
        for (int i = 0; i < Inputs; ++i)
          offsets[i] += strides[axis][i] * (wraps ? 1 - extents[axis] : 1);
        if (!wraps)
          break;
        index[axis] = 0;
      }
      if (axis < 0)
        return;
    }
  }

private:
  bool continues(const Offsets &stride, int64_t extent) const {
    for (int i = 0; i < Inputs; ++i)
      if (strides[rank - 1][i] != stride[i] * extent)
        return false;
    return true;
  }
};

/// Elements between neighbours along axis `axis` of a row-major tensor.
inline int64_t rowMajorStride(std::span<const int32_t> shape, size_t axis) {
  int64_t stride = 1;
  for (size_t i = axis + 1; i < shape.size(); ++i)
    stride *= shape[i];
  return stride;
}

/// Axis counted from the front; a negative one counts from the back.
inline size_t normalAxis(int32_t axis, size_t rank) {
  return size_t(axis < 0 ? axis + int64_t(rank) : int64_t(axis));
}

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_STRIDED_H

#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/strided.h"

#include <algorithm>
#include <cstring>

namespace bst {
namespace {

/// Side of the squares in which two axes are swapped: what a square reads and writes stays in the
/// first-level cache.
constexpr int64_t square = 32;

/// to[r * rowStride + c] = from[r * fromRow + c * fromColumn].
template <class Element>
void copySquares(const Element *from, int64_t fromRow, int64_t fromColumn, Element *to,
                 int64_t toRow, int64_t rows, int64_t columns) {
  for (int64_t r0 = 0; r0 < rows; r0 += square)
    for (int64_t c0 = 0; c0 < columns; c0 += square)
      for (int64_t r = r0; r < std::min(rows, r0 + square); ++r)
        for (int64_t c = c0; c < std::min(columns, c0 + square); ++c)
          to[r * toRow + c] = from[r * fromRow + c * fromColumn];
}

template <class Element>
void copyRow(const Element *from, int64_t step, Element *to, int64_t count) {
  if (step == 1)
    std::memcpy(to, from, size_t(count) * sizeof(Element));
  else
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i * step];
}

/// Writes the output in order, reading the input as `walk` says.
template <class Element> void gather(const StridedWalk<1> &walk, const Element *from, Element *to) {
  if (walk.rank == 0) {
    *to = *from;
    return;
  }
  int inner = walk.rank - 1;
  int64_t columns = walk.extents[inner], step = walk.strides[inner][0];
  if (inner > 0 && step != 1 && walk.strides[inner - 1][0] == 1) {
    int64_t rows = walk.extents[inner - 1];
    walk.forEach(inner - 1, [&](const StridedWalk<1>::Offsets &offsets) {
      copySquares(from + offsets[0], 1, step, to, columns, rows, columns);
      to += rows * columns;
    });
    return;
  }
  walk.forEach(inner, [&](const StridedWalk<1>::Offsets &offsets) {
    copyRow(from + offsets[0], step, to, columns);
    to += columns;
  });
}

void gather(const StridedWalk<1> &walk, const TensorView &x, int64_t first, const TensorView &y) {
  if (elementSize(x.tensor->dtype) == 1)
    gather(walk, reinterpret_cast<const uint8_t *>(x.data) + first,
           reinterpret_cast<uint8_t *>(y.data));
  else
    gather(walk, reinterpret_cast<const uint32_t *>(x.data) + first,
           reinterpret_cast<uint32_t *>(y.data));
}

} // namespace

/// Elements between neighbours along an axis, in the tensor's layout.
static int64_t strideOf(const Tensor &tensor, size_t axis) {
  if (tensor.layout != Layout::Nhwc)
    return rowMajorStride(tensor.shape, axis);
  const int64_t channels = tensor.shape[1], row = channels * tensor.shape[3];
  const int64_t strides[] = {row * tensor.shape[2], 1, row, channels};
  return strides[axis];
}

void runTranspose(const TransposeParams &params, const TensorView &x, const TensorView &y) {
  constexpr size_t channelsLast[] = {0, 2, 3, 1};
  StridedWalk<1> walk;
  for (size_t i = 0; i < params.perm.size(); ++i) {
    const size_t axis = y.tensor->layout == Layout::Nhwc ? channelsLast[i] : i; // In memory.
    walk.addAxis(y.tensor->shape[axis], {strideOf(*x.tensor, size_t(params.perm[axis]))});
  }
  gather(walk, x, 0, y);
}

void runSlice(const SliceParams &params, const TensorView &x, const TensorView &y) {
  StridedWalk<1> walk;
  int64_t first = 0;
  for (size_t axis = 0; axis < params.start.size(); ++axis) {
    int64_t stride = rowMajorStride(x.tensor->shape, axis);
    first += params.start[axis] * stride;
    walk.addAxis(y.tensor->shape[axis], {params.step[axis] * stride});
  }
  gather(walk, x, first, y);
}

void runFloatConcat(const FloatConcatParams &params, TensorViews inputs, const TensorView &y) {
  size_t axis = normalAxis(params.axis, y.tensor->shape.size());
  int64_t inner = rowMajorStride(y.tensor->shape, axis) * int64_t(elementSize(y.tensor->dtype));
  int64_t total = y.tensor->shape[axis] * inner;
  std::byte *target = y.data;
  for (const TensorView &x : inputs) {
    int64_t bytes = x.tensor->shape[axis] * inner;
    for (int64_t row = 0; row < int64_t(x.tensor->size) / bytes; ++row)
      std::memcpy(target + row * total, x.data + row * bytes, size_t(bytes));
    target += bytes;
  }
}

} // namespace bst

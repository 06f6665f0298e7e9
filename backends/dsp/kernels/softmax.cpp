#include "backends/dsp/kernels/exp.h"
#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/strided.h"

#include <algorithm>

namespace bst {
namespace {

/// Neighbouring columns that are reduced together when the axis is not the innermost one.
constexpr int64_t width = 64;

/// Softmax of one row.
BST_INLINE void softmaxRow(const float *x, float *y, int64_t count) {
  float top = x[0];
  for (int64_t i = 1; i < count; ++i)
    top = x[i] > top ? x[i] : top;
  for (int64_t i = 0; i < count; ++i)
    y[i] = expOf(x[i] - top);
  float sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += y[i];
  for (int64_t i = 0; i < count; ++i)
    y[i] /= sum;
}

/// Softmax down `count` rows of `columns` <= width neighbouring columns.
BST_INLINE void softmaxColumns(const float *x, float *y, int64_t count, int64_t stride,
                               int64_t columns) {
  float top[width], sum[width] = {};
  std::copy_n(x, columns, top);
  for (int64_t i = 1; i < count; ++i)
    for (int64_t c = 0; c < columns; ++c)
      top[c] = x[i * stride + c] > top[c] ? x[i * stride + c] : top[c];
  for (int64_t i = 0; i < count; ++i)
    for (int64_t c = 0; c < columns; ++c) {
      float e = expOf(x[i * stride + c] - top[c]);
      y[i * stride + c] = e;
      sum[c] += e;
    }
  for (int64_t i = 0; i < count; ++i)
    for (int64_t c = 0; c < columns; ++c)
      y[i * stride + c] /= sum[c];
}

} // namespace

void runSoftmax(const SoftmaxParams &params, const TensorView &x, const TensorView &y, Isa isa) {
  const std::vector<int32_t> &shape = x.tensor->shape;
  const size_t axis = normalAxis(params.axis, shape.size());
  const int64_t count = shape[axis], inner = rowMajorStride(shape, axis);
  const int64_t outer = int64_t(elementCount(*x.tensor)) / (count * inner);
  const float *from = reinterpret_cast<const float *>(x.data);
  float *to = reinterpret_cast<float *>(y.data);
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    for (int64_t o = 0; o < outer; ++o) {
      int64_t start = o * count * inner;
      if (inner == 1)
        softmaxRow(from + start, to + start, count);
      else
        for (int64_t c = 0; c < inner; c += width)
          softmaxColumns(from + start + c, to + start + c, count, inner,
                         std::min(width, inner - c));
    }
  });
}

} // namespace bst

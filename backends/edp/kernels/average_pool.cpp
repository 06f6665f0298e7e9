#include "backends/edp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"

#include <algorithm>

namespace bst {
namespace {

/// As the maximum: a window's rows are summed into one, then its columns. Sums of stored values;
/// the zero point is taken off once, at the end.
template <class Value> struct AveragePool {
  const AveragePoolParams &params;
  Extents4 x, y;
  const Tensor &input, &output;
  const Value *from;
  Value *to;
  int32_t *rowSums, *sums;

  BST_INLINE void sumRows(int64_t n, const TapRange &taps, int64_t originY) const {
    const int64_t rowSize = x.w * x.c;
    std::fill_n(rowSums, rowSize, 0);
    for (int64_t ky = taps.first; ky < taps.last; ++ky) {
      const Value *row = from + (n * x.h + originY + ky) * rowSize;
      for (int64_t i = 0; i < rowSize; ++i)
        rowSums[i] += row[i];
    }
  }

  BST_INLINE void runPixel(Value *pixel, const TapRange &tapsX, int64_t originX,
                           int64_t rowsInside) const {
    std::fill_n(sums, y.c, 0);
    for (int64_t kx = tapsX.first; kx < tapsX.last; ++kx) {
      const int32_t *column = rowSums + (originX + kx) * x.c;
      for (int64_t c = 0; c < y.c; ++c)
        sums[c] += column[c];
    }
    const int64_t inside = rowsInside * (tapsX.last - tapsX.first);
    const auto found = std::lower_bound(params.counts.begin(), params.counts.end(), inside);
    const size_t k = params.countPadding ? 0 : size_t(found - params.counts.begin());
    const Requant requant = params.requant[k];
    const int32_t zero = int32_t(inside) * input.zeroPoint;
    const Range range = rangeOf(output.dtype);
    for (int64_t c = 0; c < y.c; ++c)
      pixel[c] = Value(offsetAndClamp(requantize(sums[c] - zero, requant), output.zeroPoint,
                                      range.lo, range.hi));
  }

  BST_INLINE void run() const {
    const Window &window = params.window;
    for (int64_t n = 0; n < y.n; ++n)
      for (int64_t oy = 0; oy < y.h; ++oy) {
        const int64_t originY = oy * window.strideH - window.padTop;
        const TapRange tapsY(originY, window.kernelH, 1, x.h);
        sumRows(n, tapsY, originY);
        for (int64_t ox = 0; ox < y.w; ++ox) {
          const int64_t originX = ox * window.strideW - window.padLeft;
          const TapRange tapsX(originX, window.kernelW, 1, x.w);
          runPixel(to + ((n * y.h + oy) * y.w + ox) * y.c, tapsX, originX,
                   tapsY.last - tapsY.first);
        }
      }
  }
};

/// The output's type matters to its range only: its elements are bit patterns.
template <class Value>
void run(const AveragePoolParams &params, const TensorView &x, const TensorView &y,
         std::byte *scratch, Isa isa) {
  const Extents4 extents(*x.tensor);
  auto *rowSums = reinterpret_cast<int32_t *>(scratch);
  const AveragePool<Value> pool{params,
                                extents,
                                Extents4(*y.tensor),
                                *x.tensor,
                                *y.tensor,
                                reinterpret_cast<const Value *>(x.data),
                                reinterpret_cast<Value *>(y.data),
                                rowSums,
                                rowSums + extents.w * extents.c};
  runFor(isa, [&]() BST_ALWAYS_INLINE { pool.run(); });
}

} // namespace

uint64_t averagePoolScratchSize(const Tensor &x) {
  const Extents4 extents(x);
  return uint64_t(extents.w + 1) * uint64_t(extents.c) * sizeof(int32_t);
}

void runAveragePool(const AveragePoolParams &params, const TensorView &x, const TensorView &y,
                    std::byte *scratch, Isa isa) {
  if (x.tensor->dtype == DType::S8)
    run<int8_t>(params, x, y, scratch, isa);
  else
    run<uint8_t>(params, x, y, scratch, isa);
}

} // namespace bst

#include "backends/edp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>
#include <limits>

namespace bst {
namespace {

/// The maximum over a window is that over rows of that over columns: first the window's rows are
/// reduced to one, then its columns. Both work on whole pixels, so channels are the vector.
template <class Value> struct MaxPool {
  const Window &window;
  Extents4 x, y;
  const Value *input;
  Value *output, *reduced;

  BST_INLINE static void copyOrMax(Value *target, const Value *source, int64_t count, bool copy) {
    if (copy)
      std::memcpy(target, source, size_t(count));
    else
      for (int64_t i = 0; i < count; ++i)
        target[i] = std::max(target[i], source[i]);
  }

  /// Leaves the lowest value where the whole window is in the padding.
  BST_INLINE void runRow(int64_t n, int64_t oy) const {
    int64_t rowSize = x.w * x.c, originY = oy * window.strideH - window.padTop;
    constexpr int lowest = int(std::numeric_limits<Value>::lowest());
    TapRange tapsY(originY, window.kernelH, window.dilationH, x.h);
    if (tapsY.first == tapsY.last)
      std::memset(reduced, lowest, size_t(rowSize));
    for (int64_t ky = tapsY.first; ky < tapsY.last; ++ky)
      copyOrMax(reduced, input + (n * x.h + originY + ky * window.dilationH) * rowSize, rowSize,
                ky == tapsY.first);
    for (int64_t ox = 0; ox < y.w; ++ox) {
      int64_t originX = ox * window.strideW - window.padLeft;
      TapRange tapsX(originX, window.kernelW, window.dilationW, x.w);
      Value *pixel = output + ((n * y.h + oy) * y.w + ox) * y.c;
      if (tapsX.first == tapsX.last)
        std::memset(pixel, lowest, size_t(y.c));
      for (int64_t kx = tapsX.first; kx < tapsX.last; ++kx)
        copyOrMax(pixel, reduced + (originX + kx * window.dilationW) * x.c, x.c, kx == tapsX.first);
    }
  }
};

template <class Value>
void run(const MaxPoolParams &params, const TensorView &x, const TensorView &y, std::byte *scratch,
         Isa isa) {
  const MaxPool<Value> pool{params.window,
                            Extents4(*x.tensor),
                            Extents4(*y.tensor),
                            reinterpret_cast<const Value *>(x.data),
                            reinterpret_cast<Value *>(y.data),
                            reinterpret_cast<Value *>(scratch)};
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    for (int64_t n = 0; n < pool.y.n; ++n)
      for (int64_t oy = 0; oy < pool.y.h; ++oy)
        pool.runRow(n, oy);
  });
}

} // namespace

uint64_t maxPoolScratchSize(const Tensor &x) {
  Extents4 extents(x);
  return uint64_t(extents.w * extents.c);
}

void runMaxPool(const MaxPoolParams &params, const TensorView &x, const TensorView &y,
                std::byte *scratch, Isa isa) {
  if (x.tensor->dtype == DType::S8)
    run<int8_t>(params, x, y, scratch, isa);
  else
    run<uint8_t>(params, x, y, scratch, isa);
}

} // namespace bst

#include "backends/dsp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"

#include <limits>

namespace bst {
namespace {

/// One output of a pool: `plane` is the channel's map.
struct Pool {
  const FloatPoolParams &params;
  Extents4 x, y;

  float at(const float *plane, int64_t oy, int64_t ox) const {
    const Window &window = params.window;
    int64_t originY = oy * window.strideH - window.padTop;
    int64_t originX = ox * window.strideW - window.padLeft;
    TapRange tapsY(originY, window.kernelH, window.dilationH, x.h);
    TapRange tapsX(originX, window.kernelW, window.dilationW, x.w);
    bool isMax = params.fn == PoolFn::Max;
    float result = isMax ? -std::numeric_limits<float>::infinity() : 0.0f;
    for (int64_t ky = tapsY.first; ky < tapsY.last; ++ky)
      for (int64_t kx = tapsX.first; kx < tapsX.last; ++kx) {
        float v = plane[(originY + ky * window.dilationH) * x.w + originX + kx * window.dilationW];
        if (isMax)
          result = v > result || v != v ? v : result;
        else
          result += v;
      }
    if (isMax)
      return result;
    int64_t inside = (tapsY.last - tapsY.first) * (tapsX.last - tapsX.first);
    int64_t whole = int64_t(window.kernelH) * window.kernelW;
    return result / float(params.countPadding ? whole : std::max<int64_t>(inside, 1));
  }
};

} // namespace

void runFloatPool(const FloatPoolParams &params, const TensorView &x, const TensorView &y) {
  const Pool pool{params, Extents4(*x.tensor), Extents4(*y.tensor)};
  const float *plane = reinterpret_cast<const float *>(x.data);
  float *out = reinterpret_cast<float *>(y.data);
  for (int64_t i = 0; i < pool.y.n * pool.y.c; ++i, plane += pool.x.h * pool.x.w)
    for (int64_t oy = 0; oy < pool.y.h; ++oy)
      for (int64_t ox = 0; ox < pool.y.w; ++ox)
        *out++ = pool.at(plane, oy, ox);
}

void runFloatResize(const FloatResizeParams &params, const TensorView &x, const TensorView &y) {
  Extents4 from(*x.tensor), to(*y.tensor);
  const float *plane = reinterpret_cast<const float *>(x.data);
  float *out = reinterpret_cast<float *>(y.data);
  for (int64_t i = 0; i < to.n * to.c; ++i, plane += from.h * from.w)
    for (int64_t oy = 0; oy < to.h; ++oy) {
      const float *row = plane + params.rows[oy] * from.w;
      for (int64_t ox = 0; ox < to.w; ++ox)
        *out++ = row[params.columns[ox]];
    }
}

} // namespace bst

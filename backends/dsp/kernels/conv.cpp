#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/sgemm.h"

#include <cstring>

namespace bst {
namespace {

/// One group of one image: y[outputs][pixels] = weights[outputs][depth] * taps[depth][pixels].
/// Depth runs over (channel, kernel row, kernel column).
struct GroupConv {
  const Window &window;
  int64_t channels, height, width; ///< Of the group's input.
  int64_t outWidth;
  const float *x, *weights;

  int64_t taps() const { return int64_t(window.kernelH) * window.kernelW; }

  BST_INLINE void packRows(float *panel, int64_t row, int64_t rows, int64_t depth0,
                           int64_t depth) const {
    for (int64_t r = 0; r < sgemmRows; ++r) {
      const float *from = weights + (row + r) * channels * taps() + depth0;
      for (int64_t k = 0; k < depth; ++k)
        panel[k * sgemmRows + r] = r < rows ? from[k] : 0.0f;
    }
  }

  /// What is inside the map of `count` output columns from `first` on, for one kernel column.
  struct Line {
    int64_t lo, hi;   ///< Outputs that meet the map.
    int64_t position; ///< Input column of output `lo`.
  };
  BST_INLINE Line line(int64_t first, int64_t count, int64_t kx) const {
    int64_t origin = first * window.strideW - window.padLeft + kx * window.dilationW;
    int64_t lo = origin >= 0 ? 0 : std::min(count, (-origin + window.strideW - 1) / window.strideW);
    int64_t hi = origin >= width ? 0 : std::min(count, (width - 1 - origin) / window.strideW + 1);
    return {lo, std::max(lo, hi), origin + lo * window.strideW};
  }

  /// Copies columns [first, last) of one depth into their panels.
  BST_INLINE static void copyLine(float *panels, int64_t first, int64_t last, int64_t k,
                                  int64_t depth, const float *from, int64_t step) {
    for (int64_t i = first; i < last;) {
      int64_t lane = i % sgemmColumns, count = std::min(sgemmColumns - lane, last - i);
      float *to = panels + (i - lane) * depth + k * sgemmColumns + lane;
      if (count == sgemmColumns && step == 1)
        std::memcpy(to, from, sgemmColumns * sizeof(float));
      else if (count == sgemmColumns && step == 2)
        for (int64_t j = 0; j < sgemmColumns; ++j)
          to[j] = from[2 * j];
      else
        for (int64_t j = 0; j < count; ++j)
          to[j] = from[j * step];
      i += count;
      from += count * step;
    }
  }

  /// A tap's values at the `count` output pixels from (oy, ox) on, which are columns `first` and
  /// following of the block, for every channel whose depth is within it. Leaves out what is in the
  /// padding.
  BST_INLINE void packTap(float *panels, int64_t first, int64_t oy, int64_t ox, int64_t count,
                          int64_t tap, int64_t depth0, int64_t depth) const {
    int64_t iy = oy * window.strideH - window.padTop + tap / window.kernelW * window.dilationH;
    if (iy < 0 || iy >= height)
      return;
    Line in = line(ox, count, tap % window.kernelW);
    int64_t c = std::max<int64_t>(0, (depth0 - tap + taps() - 1) / taps());
    for (int64_t k = c * taps() + tap - depth0; k < depth; k += taps(), ++c)
      copyLine(panels, first + in.lo, first + in.hi, k, depth,
               x + (c * height + iy) * width + in.position, window.strideW);
  }

  BST_INLINE void packColumns(float *panels, int64_t column, int64_t columns, int64_t depth0,
                              int64_t depth) const {
    bool padded = window.padTop || window.padLeft || window.padBottom || window.padRight;
    int64_t filled = (columns + sgemmColumns - 1) / sgemmColumns * sgemmColumns;
    if (padded || filled != columns)
      std::memset(panels, 0, size_t(depth * filled) * sizeof(float));
    int64_t oy = column / outWidth, ox = column % outWidth;
    for (int64_t first = 0; first < columns; ++oy, ox = 0) {
      int64_t count = std::min(columns - first, outWidth - ox);
      for (int64_t tap = 0; tap < taps(); ++tap)
        packTap(panels, first, oy, ox, count, tap, depth0, depth);
      first += count;
    }
  }
};

} // namespace

uint64_t floatConvScratchSize(const Tensor &) { return sgemmScratchSize(); }

void runFloatConv(const FloatConvParams &params, TensorViews inputs, const TensorView &y,
                  std::byte *scratch, Isa isa) {
  Extents4 in(*inputs[0].tensor), weights(*inputs[1].tensor), out(*y.tensor);
  int64_t groups = params.groups, outputs = out.c / groups, pixels = out.h * out.w;
  const float *bias = inputs.size() > 2 ? reinterpret_cast<const float *>(inputs[2].data) : nullptr;
  for (int64_t i = 0; i < out.n * groups; ++i) {
    int64_t group = i % groups;
    GroupConv conv{.window = params.window,
                   .channels = weights.c,
                   .height = in.h,
                   .width = in.w,
                   .outWidth = out.w,
                   .x = reinterpret_cast<const float *>(inputs[0].data) +
                        i * weights.c * in.h * in.w,
                   .weights = reinterpret_cast<const float *>(inputs[1].data) +
                              group * outputs * weights.c * weights.h * weights.w};
    float *to = reinterpret_cast<float *>(y.data) + i * outputs * pixels;
    auto packRows = [&](auto... arguments) { conv.packRows(arguments...); };
    auto packColumns = [&](auto... arguments) {
      runFor(isa, [&]() BST_ALWAYS_INLINE { conv.packColumns(arguments...); });
    };
    auto clamp = [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
      for (int64_t r = row; r < row + rows; ++r)
        for (float *v = to + r * pixels + column, *end = v + columns; v != end; ++v) {
          *v = *v < params.clampLo ? params.clampLo : *v;
          *v = *v > params.clampHi ? params.clampHi : *v;
        }
    };
    sgemm(outputs, pixels, weights.c * conv.taps(), bias ? bias + group * outputs : nullptr,
          packRows, packColumns, clamp, to, scratch, isa);
  }
}

} // namespace bst

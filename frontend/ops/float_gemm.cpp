#include "frontend/ops/float_gemm.h"

#include <algorithm>
#include <cstring>

namespace bstc {

PackedRows::PackedRows(const float *source, int64_t rows, int64_t depth)
    : rowCount(rows), depthCount(depth) {
  int64_t strips = (rows + gemmTileRows - 1) / gemmTileRows;
  data.resize(strips * gemmTileRows * depth);
  for (int64_t row = 0; row < rows; ++row) {
    float *out = data.data() + (row / gemmTileRows) * gemmTileRows * depth + row % gemmTileRows;
    for (int64_t k = 0; k < depth; ++k)
      out[k * gemmTileRows] = source[row * depth + k];
  }
}

// Vector types rather than plain loops: GCC keeps an array of accumulators in registers only when
// it sees the vectors from the start.
typedef float FloatX4 __attribute__((vector_size(16)));
typedef float FloatX8 __attribute__((vector_size(32)));

/// One tile: c[6][16] += strip[count][6]^T * panel[count][16].
template <typename Vector>
[[gnu::always_inline]] inline void multiplyTile(const float *strip, const float *panel,
                                                int64_t count, float *c, int64_t stride) {
  constexpr int64_t lanes = sizeof(Vector) / sizeof(float), vectors = 2;
  for (int64_t column = 0; column < gemmTileColumns; column += lanes * vectors) {
    Vector sum[gemmTileRows][vectors];
    for (int64_t m = 0; m < gemmTileRows; ++m)
      for (int64_t v = 0; v < vectors; ++v)
        std::memcpy(&sum[m][v], c + m * stride + column + v * lanes, sizeof(Vector));
    for (int64_t k = 0; k < count; ++k) {
      Vector right[vectors];
      for (int64_t v = 0; v < vectors; ++v)
        std::memcpy(&right[v], panel + k * gemmTileColumns + column + v * lanes, sizeof(Vector));
      for (int64_t m = 0; m < gemmTileRows; ++m)
        for (int64_t v = 0; v < vectors; ++v)
          sum[m][v] += strip[k * gemmTileRows + m] * right[v];
    }
    for (int64_t m = 0; m < gemmTileRows; ++m)
      for (int64_t v = 0; v < vectors; ++v)
        std::memcpy(c + m * stride + column + v * lanes, &sum[m][v], sizeof(Vector));
  }
}

using TileFunction = void (*)(const float *, const float *, int64_t, float *, int64_t);

static void multiplyTilePortable(const float *strip, const float *panel, int64_t count, float *c,
                                 int64_t stride) {
  multiplyTile<FloatX4>(strip, panel, count, c, stride);
}

#if defined(__x86_64__)
// AVX2 without FMA: on the hosts we measured it is as fast, and the sums stay those of IEEE
// mul/add.
[[gnu::target("avx2")]] static void multiplyTileAvx2(const float *strip, const float *panel,
                                                     int64_t count, float *c, int64_t stride) {
  multiplyTile<FloatX8>(strip, panel, count, c, stride);
}
#endif

static TileFunction chooseTile([[maybe_unused]] GemmTile tile) {
#if defined(__x86_64__)
  if (tile == GemmTile::Host && __builtin_cpu_supports("avx2"))
    return multiplyTileAvx2;
#endif
  return multiplyTilePortable;
}

void multiplyAdd(const PackedRows &a, int64_t first, int64_t count, const float *panels,
                 int64_t columns, float *c, int64_t stride, GemmTile choice) {
  const TileFunction tile = chooseTile(choice);
  for (int64_t m = 0; m < a.rows(); m += gemmTileRows)
    for (int64_t n = 0; n < columns; n += gemmTileColumns) {
      const float *strip = a.strip(m / gemmTileRows, first);
      const float *panel = panels + n * count;
      int64_t rows = std::min(gemmTileRows, a.rows() - m);
      int64_t width = std::min(gemmTileColumns, columns - n);
      float *out = c + m * stride + n;
      if (rows == gemmTileRows && width == gemmTileColumns) {
        tile(strip, panel, count, out, stride);
        continue;
      }
      float edge[gemmTileRows * gemmTileColumns] = {};
      for (int64_t i = 0; i < rows; ++i)
        std::copy_n(out + i * stride, width, edge + i * gemmTileColumns);
      tile(strip, panel, count, edge, gemmTileColumns);
      for (int64_t i = 0; i < rows; ++i)
        std::copy_n(edge + i * gemmTileColumns, width, out + i * stride);
    }
}

} // namespace bstc

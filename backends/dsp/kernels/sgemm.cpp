#include "backends/dsp/kernels/sgemm.h"

#include "backends/simulator/avx2.h"

#include <cstring>

namespace bst {
namespace {

void tileScalar(const SgemmTile &tile, float *c, int64_t cStride) {
  for (int64_t r = 0; r < tile.rows; ++r) {
    float sum[sgemmColumns];
    std::memcpy(sum, c + r * cStride, sizeof(sum));
    for (int64_t k = 0; k < tile.depth; ++k) {
      float a = tile.a[k * sgemmRows + r];
      for (int64_t i = 0; i < sgemmColumns; ++i)
        sum[i] += a * tile.b[k * sgemmColumns + i];
    }
    std::memcpy(c + r * cStride, sum, sizeof(sum));
  }
}

#if BST_X86
BST_TARGET_AVX2 void tileAvx2(const SgemmTile &tile, float *c, int64_t cStride) {
  __m256 sum[sgemmRows][2];
#pragma GCC unroll 6
  for (int r = 0; r < sgemmRows; ++r) {
    sum[r][0] = _mm256_loadu_ps(c + r * cStride);
    sum[r][1] = _mm256_loadu_ps(c + r * cStride + 8);
  }
  const float *a = tile.a, *b = tile.b;
  for (int64_t k = 0; k < tile.depth; ++k, a += sgemmRows, b += sgemmColumns) {
    __m256 b0 = _mm256_load_ps(b), b1 = _mm256_load_ps(b + 8);
#pragma GCC unroll 6
    for (int r = 0; r < sgemmRows; ++r) {
      __m256 value = _mm256_broadcast_ss(a + r);
      sum[r][0] = _mm256_add_ps(sum[r][0], _mm256_mul_ps(value, b0));
      sum[r][1] = _mm256_add_ps(sum[r][1], _mm256_mul_ps(value, b1));
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < sgemmRows; ++r) {
    _mm256_storeu_ps(c + r * cStride, sum[r][0]);
    _mm256_storeu_ps(c + r * cStride + 8, sum[r][1]);
  }
}
#endif

void runTile(const SgemmTile &tile, float *c, int64_t cStride, [[maybe_unused]] Isa isa) {
#if BST_X86
  if (includes(isa, Isa::Avx2))
    return tileAvx2(tile, c, cStride);
#endif
  tileScalar(tile, c, cStride);
}

} // namespace

void sgemmTile(const SgemmTile &tile, Isa isa) {
  size_t rowBytes = size_t(tile.columns) * sizeof(float);
  bool whole = tile.rows == sgemmRows && tile.columns == sgemmColumns;
  alignas(32) float part[sgemmRows * sgemmColumns] = {};
  float *c = whole ? tile.c : part;
  int64_t cStride = whole ? tile.cStride : sgemmColumns;
  for (int64_t r = 0; r < tile.rows; ++r)
    if (tile.first)
      std::fill_n(c + r * cStride, tile.columns, tile.start ? tile.start[r] : 0.0f);
    else if (!whole)
      std::memcpy(c + r * cStride, tile.c + r * tile.cStride, rowBytes);
  runTile(tile, c, cStride, isa);
  if (!whole)
    for (int64_t r = 0; r < tile.rows; ++r)
      std::memcpy(tile.c + r * tile.cStride, c + r * cStride, rowBytes);
}

} // namespace bst

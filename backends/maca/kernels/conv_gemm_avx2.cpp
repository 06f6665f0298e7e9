#include "backends/maca/kernels/conv_gemm.h"

#if BST_X86
#include <cstring>

namespace bst {
namespace {

BST_TARGET_AVX2 void fill(const uint8_t *src, int64_t count, bool isSigned, int32_t zeroPoint,
                          std::byte *tile) {
  auto *dst = reinterpret_cast<int16_t *>(tile);
  const __m256i zero = _mm256_set1_epi16(int16_t(zeroPoint));
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(src + i));
    __m256i wide = isSigned ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(dst + i), _mm256_sub_epi16(wide, zero));
  }
  for (; i < count; ++i)
    dst[i] = int16_t((isSigned ? int32_t(int8_t(src[i])) : int32_t(src[i])) - zeroPoint);
}

/// Two neighbouring int16 in all eight lanes.
BST_TARGET_AVX2 BST_INLINE __m256i broadcastPair(const std::byte *p) {
  int32_t pair;
  std::memcpy(&pair, p, sizeof(pair));
  return _mm256_set1_epi32(pair);
}

/// `Rows` pixels by 16 channels: with 6 rows, 12 accumulators, 2 weight vectors and a broadcast
/// fill the sixteen registers. Accumulation wraps, as vpmaddwd and vpaddd do.
template <int Rows>
BST_TARGET_AVX2 BST_INLINE void multiplyRows(const GemmBlock &block, int64_t first) {
  __m256i sum[Rows][2];
  const std::byte *pixel[Rows];
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
    pixel[r] = block.input + block.pixels[first + r];
    auto *start = reinterpret_cast<const __m256i *>(block.start + (first + r) * block.startStride);
    sum[r][0] = _mm256_loadu_si256(start);
    sum[r][1] = _mm256_loadu_si256(start + 1);
  }
  auto *weights = reinterpret_cast<const __m256i *>(block.weights);
  for (int64_t k = 0; k < block.steps; ++k) {
    int64_t offset = block.offsets[k];
    __m256i w0 = _mm256_load_si256(weights++);
    __m256i w1 = _mm256_load_si256(weights++);
#pragma GCC unroll 6
    for (int r = 0; r < Rows; ++r) {
      __m256i x = broadcastPair(pixel[r] + offset);
      sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(x, w0));
      sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(x, w1));
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < Rows; ++r) {
    auto *out = reinterpret_cast<__m256i *>(block.sums + (first + r) * gemmLanes);
    _mm256_store_si256(out, sum[r][0]);
    _mm256_store_si256(out + 1, sum[r][1]);
  }
}

BST_TARGET_AVX2 void multiply(const GemmBlock &block) {
  int64_t p = 0;
  for (; p + 6 <= block.pixelCount; p += 6)
    multiplyRows<6>(block, p);
  if (p + 4 <= block.pixelCount) {
    multiplyRows<4>(block, p);
    p += 4;
  }
  if (p + 2 <= block.pixelCount) {
    multiplyRows<2>(block, p);
    p += 2;
  }
  if (p < block.pixelCount)
    multiplyRows<1>(block, p);
}

/// Eight channels of all pixels; stores `valid` of them.
template <bool Affine>
BST_TARGET_AVX2 void finishHalf(const int32_t *sums, int64_t pixelCount, const GemmPanel &panel,
                                int half, const GemmOutput &output) {
  const RequantRegisters requant(panel.lanes[half]);
  const OutputRegisters registers(output.zeroPoint, output.clampLo, output.clampHi,
                                  output.isSigned);
  const __m256i weightZero = loadLanes(panel.weightZero + half * 8);
  const int32_t valid = panel.channels < (half + 1) * 8 ? panel.channels - half * 8 : 8;
  sums += half * 8;
  uint8_t *y = output.y + half * 8;
  for (int64_t p = 0; p < pixelCount; p += 4) {
    __m256i v[4];
    for (int r = 0; r < 4; ++r) {
      v[r] = loadLanes(sums + (p + r) * gemmLanes);
      if constexpr (Affine)
        v[r] = _mm256_sub_epi32(
            v[r], _mm256_mullo_epi32(weightZero, _mm256_set1_epi32(output.totals[p + r])));
      v[r] = requantLanes(v[r], requant);
    }
    alignas(32) uint8_t bytes[32];
    _mm256_store_si256(reinterpret_cast<__m256i *>(bytes),
                       packOutput(v[0], v[1], v[2], v[3], registers));
    int64_t rows = pixelCount - p < 4 ? pixelCount - p : 4;
    if (valid == 8)
      for (int64_t r = 0; r < rows; ++r)
        std::memcpy(y + (p + r) * output.pixelStride, bytes + r * 8, 8);
    else
      for (int64_t r = 0; r < rows; ++r)
        std::memcpy(y + (p + r) * output.pixelStride, bytes + r * 8, size_t(valid));
  }
}

void complete(const GemmBlock &block, const GemmOutput &output) {
  multiply(block);
  gemmFinishAvx2(block.sums, block.pixelCount, output);
}

} // namespace

void gemmFinishAvx2(const int32_t *sums, int64_t pixelCount, const GemmOutput &output) {
  const GemmPanel &panel = *output.panels;
  if (!panel.wideShifts)
    return gemmFinishPortable(sums, 1, pixelCount, output);
  for (int half = 0; half * 8 < panel.channels; ++half)
    output.totals ? finishHalf<true>(sums, pixelCount, panel, half, output)
                  : finishHalf<false>(sums, pixelCount, panel, half, output);
}

Owned<PreparedConv> prepareGemmAvx2(const ConvProblem &problem, const std::byte *weights,
                                    unsigned threads) {
  // Sizes that leave a tile and a chunk of packed weights in a second-level cache of 512 KiB, and a
  // panel's block of steps (16 KiB) with the rows that meet it in a first-level cache of 32 KiB.
  static constexpr GemmOps ops = {.bytes = false,
                                  .isSigned = true,
                                  .depth = 2,
                                  .blockPixels = 96,
                                  .blockPanels = 1,
                                  .blockSteps = 256,
                                  .mostPixels = 96,
                                  .tileBytes = 96 << 10,
                                  .chunkBytes = 192 << 10,
                                  .fill = fill,
                                  .multiply = multiply,
                                  .addWeights = nullptr,
                                  .addInputs = nullptr,
                                  .complete = complete};
  return prepareGemm(problem, weights, threads, ops);
}

} // namespace bst
#endif // BST_X86

#include "backends/maca/kernels/conv_gemm.h"

#if BST_X86
#include <cstring>

namespace bst {
namespace {

/// A quad of one pixel in all eight lanes.
BST_TARGET_AVXVNNI BST_INLINE __m256i broadcastQuad(const std::byte *p) {
  int32_t quad;
  std::memcpy(&quad, p, sizeof(quad));
  return _mm256_set1_epi32(quad);
}

/// `Pixels` by 16 channels: with 6 of them, 12 accumulators, 2 weight vectors and a broadcast fill
/// the sixteen registers, and their number hides the latency of vpdpbusd.
template <int Pixels>
BST_TARGET_AVXVNNI BST_INLINE void multiplyPixels(const GemmBlock &block, int64_t first) {
  __m256i sum[Pixels][2];
  const std::byte *pixel[Pixels];
#pragma GCC unroll 6
  for (int p = 0; p < Pixels; ++p) {
    pixel[p] = block.input + block.pixels[first + p];
    auto *start = reinterpret_cast<const __m256i *>(block.start + (first + p) * block.startStride);
    sum[p][0] = _mm256_loadu_si256(start);
    sum[p][1] = _mm256_loadu_si256(start + 1);
  }
  auto *weights = reinterpret_cast<const __m256i *>(block.weights);
  for (int64_t k = 0; k < block.steps; ++k) {
    const int64_t offset = block.offsets[k];
    const __m256i w0 = _mm256_loadu_si256(weights++);
    const __m256i w1 = _mm256_loadu_si256(weights++);
#pragma GCC unroll 6
    for (int p = 0; p < Pixels; ++p) {
      const __m256i x = broadcastQuad(pixel[p] + offset);
      sum[p][0] = _mm256_dpbusd_avx_epi32(sum[p][0], x, w0);
      sum[p][1] = _mm256_dpbusd_avx_epi32(sum[p][1], x, w1);
    }
  }
#pragma GCC unroll 6
  for (int p = 0; p < Pixels; ++p) {
    auto *out = reinterpret_cast<__m256i *>(block.sums + (first + p) * gemmLanes);
    _mm256_store_si256(out, sum[p][0]);
    _mm256_store_si256(out + 1, sum[p][1]);
  }
}

BST_TARGET_AVXVNNI void multiply(const GemmBlock &block) {
  int64_t p = 0;
  for (; p + 6 <= block.pixelCount; p += 6)
    multiplyPixels<6>(block, p);
  for (; p + 2 <= block.pixelCount; p += 2)
    multiplyPixels<2>(block, p);
  if (p < block.pixelCount)
    multiplyPixels<1>(block, p);
}

void complete(const GemmBlock &block, const GemmOutput &output) {
  multiply(block);
  gemmFinishAvx2(block.sums, block.pixelCount, output);
}

BST_TARGET_AVXVNNI void addWeights(const int8_t *panel, int64_t steps, int32_t *sums) {
  const __m256i ones = _mm256_set1_epi8(1);
  auto *weights = reinterpret_cast<const __m256i *>(panel);
  __m256i low = _mm256_setzero_si256(), high = low;
  for (int64_t step = 0; step < steps; ++step) {
    low = _mm256_dpbusd_avx_epi32(low, ones, _mm256_loadu_si256(weights++));
    high = _mm256_dpbusd_avx_epi32(high, ones, _mm256_loadu_si256(weights++));
  }
  auto *out = reinterpret_cast<__m256i *>(sums);
  _mm256_storeu_si256(out, low);
  _mm256_storeu_si256(out + 1, high);
}

BST_TARGET_AVXVNNI void addInputs(const GemmInputs &inputs, int32_t *totals) {
  const __m256i zero = _mm256_setzero_si256();
  for (int64_t p = 0; p < inputs.pixelCount; ++p) {
    __m256i sums = zero; // Of eight bytes each: four int64.
    uint32_t total = 0;
    for (int64_t run = 0; run < inputs.runCount; ++run) {
      const std::byte *x = inputs.input + inputs.pixels[p] + inputs.runs[run];
      int64_t i = 0;
      for (; i + 32 <= inputs.runLength; i += 32) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(x + i));
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(bytes, zero));
      }
      for (; i < inputs.runLength; ++i)
        total += std::to_integer<uint32_t>(x[i]);
    }
    alignas(32) uint64_t parts[4];
    _mm256_store_si256(reinterpret_cast<__m256i *>(parts), sums);
    totals[p] = int32_t(total + uint32_t(parts[0] + parts[1] + parts[2] + parts[3]));
  }
}

} // namespace

Owned<PreparedConv> prepareGemmAvxVnni(const ConvProblem &problem, const std::byte *weights,
                                       unsigned threads) {
  // As AVX2's, whose panels take as much room for half the depth.
  static constexpr GemmOps ops = {.bytes = true,
                                  .isSigned = false,
                                  .depth = panelDepth,
                                  .blockPixels = 96,
                                  .blockPanels = 1,
                                  .blockSteps = 256,
                                  .mostPixels = 96,
                                  .tileBytes = 96 << 10,
                                  .chunkBytes = 192 << 10,
                                  .fill = gemmFillBytes,
                                  .multiply = multiply,
                                  .addWeights = addWeights,
                                  .addInputs = addInputs,
                                  .complete = complete};
  return prepareGemm(problem, weights, threads, ops);
}

} // namespace bst
#endif // BST_X86

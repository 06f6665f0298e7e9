#include "backends/maca/kernels/gemm_neon.h"

#if BST_NEON

namespace bst {
namespace {

/// `Pixels` by 16 channels. A product of bytes fits int16, but not the sum of two of (-128)^2, so
/// each is widened as it is added: smull, sadalp. That leaves two sums per channel, and with 3
/// pixels 24 accumulators.
template <int Pixels> void multiplyPixels(const GemmBlock &block, int64_t first) {
  int32x4_t sum[Pixels][8];
  const std::byte *pixel[Pixels];
  const int32x4_t zero = vdupq_n_s32(0);
#pragma GCC unroll 3
  for (int p = 0; p < Pixels; ++p) {
    pixel[p] = block.input + block.pixels[first + p];
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) {
      const int32x4_t start = vld1q_s32(block.start + (first + p) * block.startStride + q * 4);
      sum[p][q * 2] = vzip1q_s32(start, zero);
      sum[p][q * 2 + 1] = vzip2q_s32(start, zero);
    }
  }
  auto *weights = reinterpret_cast<const int8_t *>(block.weights);
  for (int64_t k = 0; k < block.steps; ++k, weights += gemmLanes * panelDepth) {
    int8x16_t x[Pixels];
#pragma GCC unroll 3
    for (int p = 0; p < Pixels; ++p)
      x[p] = broadcastQuad(pixel[p] + block.offsets[k]);
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) {
      const int8x16_t w = vld1q_s8(weights + q * 16);
#pragma GCC unroll 3
      for (int p = 0; p < Pixels; ++p) {
        sum[p][q * 2] = vpadalq_s16(sum[p][q * 2], vmull_s8(vget_low_s8(w), vget_low_s8(x[p])));
        sum[p][q * 2 + 1] = vpadalq_s16(sum[p][q * 2 + 1], vmull_high_s8(w, x[p]));
      }
    }
  }
#pragma GCC unroll 3
  for (int p = 0; p < Pixels; ++p)
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q)
      vst1q_s32(block.sums + (first + p) * gemmLanes + q * 4,
                vpaddq_s32(sum[p][q * 2], sum[p][q * 2 + 1]));
}

void multiply(const GemmBlock &block) {
  int64_t p = 0;
  for (; p + 3 <= block.pixelCount; p += 3)
    multiplyPixels<3>(block, p);
  for (; p < block.pixelCount; ++p)
    multiplyPixels<1>(block, p);
}

void complete(const GemmBlock &block, const GemmOutput &output) {
  multiply(block);
  gemmFinishNeon(block.sums, block.pixelCount, output);
}

} // namespace

Owned<PreparedConv> prepareGemmNeon(const ConvProblem &problem, const std::byte *weights,
                                    unsigned threads) {
  static constexpr GemmOps ops = gemmNeonOps(multiply, complete);
  return prepareGemm(problem, weights, threads, ops);
}

} // namespace bst
#endif // BST_NEON

#include "backends/maca/kernels/gemm_neon.h"

#if BST_NEON

namespace bst {
namespace {

/// `Pixels` by 16 channels: with 6 of them, 24 accumulators, 4 weight vectors and a broadcast fit
/// the thirty-two registers, and their number hides the latency of sdot.
template <int Pixels>
BST_TARGET_NEON_DOT void multiplyPixels(const GemmBlock &block, int64_t first) {
  int32x4_t sum[Pixels][4];
  const std::byte *pixel[Pixels];
#pragma GCC unroll 6
  for (int p = 0; p < Pixels; ++p) {
    pixel[p] = block.input + block.pixels[first + p];
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q)
      sum[p][q] = vld1q_s32(block.start + (first + p) * block.startStride + q * 4);
  }
  auto *weights = reinterpret_cast<const int8_t *>(block.weights);
  for (int64_t k = 0; k < block.steps; ++k, weights += gemmLanes * panelDepth) {
    const int64_t offset = block.offsets[k];
    const int8x16_t w[4] = {vld1q_s8(weights), vld1q_s8(weights + 16), vld1q_s8(weights + 32),
                            vld1q_s8(weights + 48)};
#pragma GCC unroll 6
    for (int p = 0; p < Pixels; ++p) {
      const int8x16_t x = broadcastQuad(pixel[p] + offset);
#pragma GCC unroll 4
      for (int q = 0; q < 4; ++q)
        sum[p][q] = vdotq_s32(sum[p][q], w[q], x);
    }
  }
#pragma GCC unroll 6
  for (int p = 0; p < Pixels; ++p)
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q)
      vst1q_s32(block.sums + (first + p) * gemmLanes + q * 4, sum[p][q]);
}

void multiply(const GemmBlock &block) {
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
  gemmFinishNeon(block.sums, block.pixelCount, output);
}

} // namespace

Owned<PreparedConv> prepareGemmNeonDot(const ConvProblem &problem, const std::byte *weights,
                                       unsigned threads) {
  static constexpr GemmOps ops = gemmNeonOps(multiply, complete);
  return prepareGemm(problem, weights, threads, ops);
}

} // namespace bst
#endif // BST_NEON

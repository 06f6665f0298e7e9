#ifndef BST_BACKENDS_MACA_KERNELS_GEMM_NEON_H
#define BST_BACKENDS_MACA_KERNELS_GEMM_NEON_H

#include "backends/maca/kernels/conv_gemm.h"

#if BST_NEON
#include <arm_neon.h>

#include <cstring>

/// What the products of bytes share on AArch64, with and without the dot product.
namespace bst {

/// A quad of one pixel, four times.
BST_INLINE int8x16_t broadcastQuad(const std::byte *p) {
  int32_t quad;
  std::memcpy(&quad, p, sizeof(quad));
  return vreinterpretq_s8_s32(vdupq_n_s32(quad));
}

void gemmAddWeightsNeon(const int8_t *panel, int64_t steps, int32_t *sums);
void gemmAddInputsNeon(const GemmInputs &inputs, int32_t *totals);
void gemmFinishNeon(const int32_t *sums, int64_t pixelCount, const GemmOutput &output);

/// With the `multiply` and `complete` of blocks of one panel. A panel's block of steps (16 KiB)
/// stays in a first-level cache of 32 KiB with the rows that meet it, a tile and a chunk of panels
/// in a second-level cache of 512 KiB.
constexpr GemmOps gemmNeonOps(decltype(GemmOps::multiply) multiply,
                              decltype(GemmOps::complete) complete) {
  return {.bytes = true,
          .isSigned = true,
          .depth = panelDepth,
          .blockPixels = 96,
          .blockPanels = 1,
          .blockSteps = 256,
          .mostPixels = 96,
          .tileBytes = 96 << 10,
          .chunkBytes = 192 << 10,
          .fill = gemmFillBytes,
          .multiply = multiply,
          .addWeights = gemmAddWeightsNeon,
          .addInputs = gemmAddInputsNeon,
          .complete = complete};
}

} // namespace bst
#endif // BST_NEON

#endif // BST_BACKENDS_MACA_KERNELS_GEMM_NEON_H

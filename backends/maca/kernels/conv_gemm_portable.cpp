#include "backends/maca/kernels/conv_gemm.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

void fill(const uint8_t *src, int64_t count, bool isSigned, int32_t zeroPoint, std::byte *dst) {
  auto *out = reinterpret_cast<int16_t *>(dst);
  for (int64_t i = 0; i < count; ++i)
    out[i] = int16_t(valueOf(src[i], isSigned) - zeroPoint);
}

void multiply(const GemmBlock &block) {
  for (int64_t p = 0; p < block.pixelCount; ++p) {
    uint32_t sum[gemmLanes];
    std::memcpy(sum, block.start + p * block.startStride, sizeof(sum));
    const std::byte *pixel = block.input + block.pixels[p];
    auto *weights = reinterpret_cast<const int16_t *>(block.weights);
    for (int64_t k = 0; k < block.steps; ++k, weights += 2 * gemmLanes) {
      auto *pair = reinterpret_cast<const int16_t *>(pixel + block.offsets[k]);
      int32_t x0 = pair[0], x1 = pair[1];
      for (int64_t lane = 0; lane < gemmLanes; ++lane)
        sum[lane] += uint32_t(x0 * weights[2 * lane]) + uint32_t(x1 * weights[2 * lane + 1]);
    }
    std::memcpy(block.sums + p * gemmLanes, sum, sizeof(sum));
  }
}

void complete(const GemmBlock &block, const GemmOutput &output) {
  multiply(block);
  gemmFinishPortable(block.sums, 1, block.pixelCount, output);
}

} // namespace

void gemmFinishPortable(const int32_t *sums, int64_t blockPanels, int64_t pixelCount,
                        const GemmOutput &output) {
  for (int64_t p = 0; p < pixelCount; ++p)
    for (int64_t i = 0; i < output.panelCount; ++i) {
      const GemmPanel &panel = output.panels[i];
      const int32_t *row = sums + (p * blockPanels + i) * gemmLanes;
      uint8_t *y = output.y + p * output.pixelStride + i * gemmLanes;
      for (int32_t lane = 0; lane < panel.channels; ++lane) {
        uint32_t zero =
            output.totals ? uint32_t(panel.weightZero[lane]) * uint32_t(output.totals[p]) : 0;
        y[lane] =
            offsetAndClamp(requantize(int32_t(uint32_t(row[lane]) - zero), panel.requant[lane]),
                           output.zeroPoint, output.clampLo, output.clampHi);
      }
    }
}

void gemmFillBytes(const uint8_t *src, int64_t count, bool flip, int32_t, std::byte *dst) {
  const std::byte sign{flip ? uint8_t(0x80) : uint8_t(0)};
  for (int64_t i = 0; i < count; ++i)
    dst[i] = std::byte(src[i]) ^ sign;
}

Owned<PreparedConv> prepareGemmPortable(const ConvProblem &problem, const std::byte *weights,
                                        unsigned threads) {
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

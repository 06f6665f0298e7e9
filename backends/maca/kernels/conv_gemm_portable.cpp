#include "backends/maca/kernels/conv_gemm.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

void widen(const uint8_t *src, int64_t count, bool isSigned, int32_t zeroPoint, int16_t *dst) {
  for (int64_t i = 0; i < count; ++i)
    dst[i] = int16_t(valueOf(src[i], isSigned) - zeroPoint);
}

void multiply(const GemmBlock &block) {
  for (int64_t p = 0; p < block.pixelCount; ++p) {
    uint32_t sum[gemmLanes];
    std::memcpy(sum, block.start + p * block.startStride, sizeof(sum));
    const int16_t *pixel = block.input + block.pixels[p];
    const int16_t *weights = block.weights;
    for (int64_t k = 0; k < block.pairs; ++k, weights += 2 * gemmLanes) {
      int32_t x0 = pixel[block.offsets[k]], x1 = pixel[block.offsets[k] + 1];
      for (int64_t lane = 0; lane < gemmLanes; ++lane)
        sum[lane] += uint32_t(x0 * weights[2 * lane]) + uint32_t(x1 * weights[2 * lane + 1]);
    }
    std::memcpy(block.sums + p * gemmLanes, sum, sizeof(sum));
  }
}

} // namespace

void gemmPackPortable(const int8_t *src, int32_t channels, const int32_t *zeroPoints, int64_t runs,
                      int64_t runLength, int16_t *dst) {
  int64_t pairs = (runLength + 1) / 2;
  if (channels < gemmLanes)
    std::memset(dst, 0, size_t(runs * pairs * gemmLanes * 2) * sizeof(int16_t));
  for (int32_t lane = 0; lane < channels; ++lane) {
    int32_t zeroPoint = zeroPoints ? zeroPoints[lane] : 0;
    const int8_t *run = src + lane * runs * runLength;
    int16_t *out = dst + lane * 2;
    for (int64_t r = 0; r < runs; ++r, run += runLength)
      for (int64_t i = 0; i < runLength; i += 2, out += gemmLanes * 2) {
        out[0] = int16_t(run[i] - zeroPoint);
        out[1] = i + 1 < runLength ? int16_t(run[i + 1] - zeroPoint) : int16_t(0);
      }
  }
}

void gemmFinishPortable(const int32_t *sums, int64_t pixelCount, const GemmPanel &panel,
                        const GemmOutput &output) {
  for (int64_t p = 0; p < pixelCount; ++p)
    for (int32_t lane = 0; lane < panel.channels; ++lane)
      output.y[p * output.pixelStride + lane] =
          offsetAndClamp(requantize(sums[p * gemmLanes + lane], panel.requant[lane]),
                         output.zeroPoint, output.clampLo, output.clampHi);
}

void runGemmPortable(const ConvProblem &problem, const ConvData &data, std::byte *scratch) {
  constexpr GemmOps ops = {widen, gemmPackPortable, multiply, gemmFinishPortable};
  runGemm(problem, data, scratch, ops);
}

} // namespace bst

#include "backends/maca/kernels/conv_direct.h"

#include "backends/simulator/arithmetic.h"

namespace bst {
namespace {

/// One output row's constants, so that the loops below read like the formula.
struct Direct {
  const ConvProblem &problem;
  const Window &window = problem.params.window;
  Extents4 x{problem.x}, y{problem.y}, weights{problem.weights};
  const uint8_t *input;
  const int8_t *kernel;
  bool inputSigned = problem.x.dtype == DType::S8;

  int32_t accumulate(int64_t n, int64_t oy, int64_t ox, int64_t oc) const;
};

/// Accumulates modulo 2^32: a compiled network never leaves int32, whatever else does not matter.
int32_t Direct::accumulate(int64_t n, int64_t oy, int64_t ox, int64_t oc) const {
  const ConvParams &params = problem.params;
  int64_t originY = oy * window.strideH - window.padTop;
  int64_t originX = ox * window.strideW - window.padLeft;
  TapRange tapsY(originY, window.kernelH, window.dilationH, x.h);
  TapRange tapsX(originX, window.kernelW, window.dilationW, x.w);
  int64_t channels = weights.c;
  int64_t firstChannel = oc / (y.c / params.groups) * channels;
  uint32_t zx = uint32_t(problem.x.zeroPoint);
  uint32_t zw = params.weightZeroPoint.empty() ? 0 : uint32_t(params.weightZeroPoint[oc]);
  uint32_t sum = uint32_t(params.bias[oc]);
  for (int64_t ky = tapsY.first; ky < tapsY.last; ++ky)
    for (int64_t kx = tapsX.first; kx < tapsX.last; ++kx) {
      int64_t iy = originY + ky * window.dilationH, ix = originX + kx * window.dilationW;
      const uint8_t *pixel = input + ((n * x.h + iy) * x.w + ix) * x.c + firstChannel;
      const int8_t *tap = kernel + ((oc * window.kernelH + ky) * window.kernelW + kx) * channels;
      for (int64_t c = 0; c < channels; ++c)
        sum += (uint32_t(valueOf(pixel[c], inputSigned)) - zx) * (uint32_t(tap[c]) - zw);
    }
  return int32_t(sum);
}

} // namespace

bool directSupports(const ConvProblem &, const char *&) { return true; }

uint64_t directScratchSize(const ConvProblem &) { return 0; }

void runDirect(const ConvProblem &problem, const ConvData &data, std::byte *) {
  const ConvParams &params = problem.params;
  Direct direct{.problem = problem,
                .input = reinterpret_cast<const uint8_t *>(data.x),
                .kernel = reinterpret_cast<const int8_t *>(data.weights)};
  uint8_t *out = reinterpret_cast<uint8_t *>(data.y);
  for (int64_t n = 0; n < direct.y.n; ++n)
    for (int64_t oy = 0; oy < direct.y.h; ++oy)
      for (int64_t ox = 0; ox < direct.y.w; ++ox)
        for (int64_t oc = 0; oc < direct.y.c; ++oc)
          *out++ = offsetAndClamp(requantize(direct.accumulate(n, oy, ox, oc), params.requant[oc]),
                                  problem.y.zeroPoint, params.clampLo, params.clampHi);
}

} // namespace bst

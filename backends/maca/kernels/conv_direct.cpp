#include "backends/maca/kernels/conv_direct.h"

#include "backends/simulator/arithmetic.h"
#include "runtime/support/workers.h"

namespace bst {
namespace {

class Direct final : public PreparedConv {
public:
  Direct(const ConvProblem &problem, const std::byte *weights)
      : problem(problem), kernel(reinterpret_cast<const int8_t *>(weights)) {}

  uint64_t scratchSize() const override { return 0; }
  void run(const std::byte *x, std::byte *y, std::byte *scratch, Workers &workers,
           const ConvTail *tail) const override;
  /// Of one output, its bias included.
  int32_t accumulate(const uint8_t *input, int64_t n, int64_t oy, int64_t ox, int64_t oc) const;

private:
  const ConvProblem problem;
  const int8_t *kernel;
  const Window &window = problem.params.window;
  const Extents4 x{problem.x}, y{problem.y}, weights{problem.weights};
  const bool inputSigned = problem.x.dtype == DType::S8;
};

/// Accumulates modulo 2^32: a compiled network never leaves int32, whatever else does not matter.
int32_t Direct::accumulate(const uint8_t *input, int64_t n, int64_t oy, int64_t ox,
                           int64_t oc) const {
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
      for (int64_t c = 0; c < channels; ++c) {
        int8_t w = kernel[weightIndex(problem.weights, uint64_t(oc), uint64_t(ky), uint64_t(kx),
                                      uint64_t(c))];
        sum += (uint32_t(valueOf(pixel[c], inputSigned)) - zx) * (uint32_t(w) - zw);
      }
    }
  return int32_t(sum);
}

void Direct::run(const std::byte *xData, std::byte *yData, std::byte *, Workers &workers,
                 const ConvTail *) const {
  const ConvParams &params = problem.params;
  const auto *input = reinterpret_cast<const uint8_t *>(xData);
  workers.forEach(y.n * y.h, [&](int64_t row, unsigned) {
    auto *out = reinterpret_cast<uint8_t *>(yData) + row * y.w * y.c;
    for (int64_t ox = 0; ox < y.w; ++ox)
      for (int64_t oc = 0; oc < y.c; ++oc) {
        int32_t sum = accumulate(input, row / y.h, row % y.h, ox, oc);
        *out++ = offsetAndClamp(requantize(sum, params.requant[size_t(oc)]), problem.y.zeroPoint,
                                params.clampLo, params.clampHi);
      }
  });
}

} // namespace

bool directSupports(const ConvProblem &problem, const char *&whyNot) {
  return writesPlainly(problem, whyNot);
}

Owned<PreparedConv> prepareDirect(const ConvProblem &problem, const std::byte *weights, unsigned) {
  return makeIn<Direct>(problem.memory, problem, weights);
}

void addProducts(const ConvProblem &problem, const std::byte *weights, const std::byte *x,
                 std::span<int32_t> sums) {
  ConvParams params = problem.params;
  params.bias.assign(params.bias.size(), 0);
  const Direct direct(
      {.params = params, .x = problem.x, .weights = problem.weights, .y = problem.y}, weights);
  const Extents4 y(problem.y);
  const auto *input = reinterpret_cast<const uint8_t *>(x);
  size_t at = 0;
  for (int64_t row = 0; row < y.n * y.h; ++row)
    for (int64_t ox = 0; ox < y.w; ++ox)
      for (int64_t oc = 0; oc < y.c; ++oc, ++at)
        sums[at] = int32_t(uint32_t(sums[at]) +
                           uint32_t(direct.accumulate(input, row / y.h, row % y.h, ox, oc)));
}

void finishSums(const ConvProblem &problem, std::span<const int32_t> sums, std::byte *y) {
  const ConvParams &params = problem.params;
  auto *out = reinterpret_cast<uint8_t *>(y);
  const size_t channels = params.bias.size();
  for (size_t at = 0; at < sums.size(); ++at) {
    const size_t oc = at % channels;
    const auto sum = int32_t(uint32_t(sums[at]) + uint32_t(params.bias[oc]));
    *out++ = offsetAndClamp(requantize(sum, params.requant[oc]), problem.y.zeroPoint,
                            params.clampLo, params.clampHi);
  }
}

} // namespace bst

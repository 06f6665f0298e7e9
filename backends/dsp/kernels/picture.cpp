#include "backends/dsp/kernels/kernels.h"
#include "runtime/program/nv12.h"

namespace bst {

void runFloatPicture(const FloatPictureParams &params, const TensorView &x, const TensorView &y,
                     const KernelContext &context) {
  const int64_t pixels = int64_t(x.tensor->shape[2]) * x.tensor->shape[3];
  const auto *from = reinterpret_cast<const uint8_t *>(x.data);
  auto *to = reinterpret_cast<float *>(y.data);
  context.workers.forEach(int64_t(x.tensor->shape[0]) * 3, [&](int64_t plane, unsigned) {
    const int64_t c = plane % 3;
    const float *table = params.table.data() + c * 256;
    const uint8_t *pixel = from + plane / 3 * pixels * 3 + (params.reversed ? 2 - c : c);
    float *out = to + plane * pixels;
    for (int64_t i = 0; i < pixels; ++i)
      out[i] = table[pixel[i * 3]];
  });
}

void runNv12(const Nv12Params &params, const TensorView &x, const TensorView &y,
             const KernelContext &context) {
  const int64_t rows = y.tensor->shape[1], columns = y.tensor->shape[2];
  const Nv12Factors factors = nv12Factors(params.fullRange);
  const auto *from = reinterpret_cast<const uint8_t *>(x.data);
  auto *to = reinterpret_cast<uint8_t *>(y.data);
  context.workers.forEach(y.tensor->shape[0] * rows, [&](int64_t item, unsigned) {
    const uint8_t *map = from + item / rows * (rows / 2 * 3) * columns;
    const int64_t row = item % rows;
    nv12Row(factors, map + row * columns, map + (rows + row / 2) * columns, columns,
            to + item * columns * 3);
  });
}

} // namespace bst

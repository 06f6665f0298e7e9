#include "tests/reference/engines.h"

namespace bst::reference {

void run(const ConvParams &params, Views inputs, const TensorView &output) {
  const TensorView &x = inputs[0];
  const TensorView &weights = inputs[1];
  const std::vector<int32_t> &in = x.tensor->shape;
  const std::vector<int32_t> &out = output.tensor->shape;
  const Window &window = params.window;
  const int64_t zx = x.tensor->zeroPoint;
  const int64_t zy = output.tensor->zeroPoint;
  const int64_t inChannels = in[1], inHeight = in[2], inWidth = in[3];
  const int64_t outChannels = out[1], outHeight = out[2], outWidth = out[3];
  const int64_t groupInputs = inChannels / params.groups;
  const int64_t groupOutputs = outChannels / params.groups;

  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t i = 0; i < outHeight; ++i)
      for (int64_t j = 0; j < outWidth; ++j)
        for (int64_t oc = 0; oc < outChannels; ++oc) {
          const int64_t zw =
              params.weightZeroPoint.empty() ? 0 : params.weightZeroPoint[size_t(oc)];
          const int64_t firstChannel = oc / groupOutputs * groupInputs;
          int64_t acc = params.bias[size_t(oc)];
          for (int64_t ki = 0; ki < window.kernelH; ++ki)
            for (int64_t kj = 0; kj < window.kernelW; ++kj) {
              const int64_t row = i * window.strideH - window.padTop + ki * window.dilationH;
              const int64_t column = j * window.strideW - window.padLeft + kj * window.dilationW;
              if (row < 0 || row >= inHeight || column < 0 || column >= inWidth)
                continue; // Padding is zx: x - zx is nothing.
              for (int64_t c = 0; c < groupInputs; ++c) {
                const int64_t xAt =
                    ((n * inHeight + row) * inWidth + column) * inChannels + firstChannel + c;
                const int64_t wAt = weightOffset(*weights.tensor, oc, ki, kj, c);
                acc += (loadQuantised(x, xAt) - zx) * (loadQuantised(weights, wAt) - zw);
              }
            }
          const int64_t y = zy + requantise(acc, params.requant[size_t(oc)]);
          storeQuantised(output, ((n * outHeight + i) * outWidth + j) * outChannels + oc,
                         std::clamp<int64_t>(y, params.clampLo, params.clampHi));
        }
}

} // namespace bst::reference

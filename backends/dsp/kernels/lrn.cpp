#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/strided.h"

#include <algorithm>
#include <cmath>

namespace bst {

/// Squares are added in the order of the channels.
void runLrn(const LrnParams &params, const TensorView &x, const TensorView &y) {
  const std::vector<int32_t> &shape = x.tensor->shape;
  const int64_t channels = shape[1], plane = rowMajorStride(shape, 1);
  const float *from = reinterpret_cast<const float *>(x.data);
  float *to = reinterpret_cast<float *>(y.data);
  const float share = params.alpha / float(params.size);
  for (int64_t n = 0; n < shape[0]; ++n, from += channels * plane, to += channels * plane)
    for (int64_t channel = 0; channel < channels; ++channel) {
      const int64_t first = std::max<int64_t>(0, channel - (params.size - 1) / 2);
      const int64_t last = std::min<int64_t>(channels - 1, channel + params.size / 2);
      for (int64_t i = 0; i < plane; ++i) {
        float squares = 0;
        for (int64_t c = first; c <= last; ++c)
          squares += from[c * plane + i] * from[c * plane + i];
        const float value = from[channel * plane + i];
        to[channel * plane + i] = value / std::pow(params.bias + share * squares, params.beta);
      }
    }
}

} // namespace bst

#ifndef BST_BACKENDS_DSP_KERNELS_QUANTIZER_H
#define BST_BACKENDS_DSP_KERNELS_QUANTIZER_H

#include "backends/simulator/isa.h"

#include <algorithm>

namespace bst {

/// ONNX QuantizeLinear of single values (NUMERICS.md, Quantize).
struct Quantizer {
  float scale;
  int32_t zeroPoint, lo, hi;

  /// Half to even by adding 1.5 * 2^23; what is beyond 1024 steps saturates whatever it is.
  BST_INLINE uint8_t operator()(float x) const {
    constexpr float rounder = 12582912.0f, limit = 1024.0f;
    float steps = x / scale;
    float q = steps > -limit ? steps : -limit;
    q = q < limit ? q : limit;
    int32_t value = int32_t((q + rounder) - rounder) + zeroPoint;
    value = std::min(std::max(value, lo), hi);
    return uint8_t(steps == steps ? value : zeroPoint);
  }

  /// By value: the compiler then knows that what it writes is not the constants.
  BST_INLINE static void run(Quantizer quantizer, const float *from, uint8_t *to, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      to[i] = quantizer(from[i]);
  }
};

/// The same for Isa::Avx512Vnni, of whole blocks of values; returns how many. Neither the scale
/// nor its reciprocal may be subnormal.
int64_t quantizeAvx512(const Quantizer &quantizer, const float *from, uint8_t *to, int64_t count);

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_QUANTIZER_H

#ifndef BST_BACKENDS_DSP_KERNELS_HEAD_H
#define BST_BACKENDS_DSP_KERNELS_HEAD_H

#include "backends/dsp/kernels/exp.h"
#include "backends/simulator/arithmetic.h"

/// What YOLOv5's decode and detection compute of a head's numbers, the same floats in both.
namespace bst {

/// The number that an element of a quantised tensor stands for, from its bit pattern.
BST_INLINE float realOf(const Tensor &tensor, uint8_t bits) {
  return float(valueOf(bits, tensor.dtype == DType::S8) - tensor.zeroPoint) * tensor.scale;
}

/// DetectParams::thresholds of a head: the smallest of its integers whose objectness is above
/// \p confidence; one above the greatest where there is none.
inline int32_t objectnessThreshold(const Tensor &head, float confidence) {
  const Range range = rangeOf(head.dtype);
  int32_t value = range.lo;
  while (value <= range.hi && !(sigmoidOf(realOf(head, uint8_t(value))) > confidence))
    ++value;
  return value;
}

/// Turns the sigmoids of x, y, w, h of a pixel into a box.
struct BoxPlacement {
  float stride, anchorW, anchorH;
  BST_INLINE void apply(float *row, int64_t x, int64_t y) const {
    row[0] = (row[0] * 2.0f + (float(x) - 0.5f)) * stride;
    row[1] = (row[1] * 2.0f + (float(y) - 0.5f)) * stride;
    row[2] = (row[2] * 2.0f) * (row[2] * 2.0f) * anchorW;
    row[3] = (row[3] * 2.0f) * (row[3] * 2.0f) * anchorH;
  }
};

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_HEAD_H

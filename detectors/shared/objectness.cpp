#include "detectors/shared/objectness.h"

#include "backends/dsp/kernels/head.h"

namespace bstc {

int32_t objectnessThreshold(const TensorType &head, float confidence) {
  bst::Tensor tensor;
  tensor.dtype = head.element == ElementType::U8 ? bst::DType::U8 : bst::DType::S8;
  tensor.scale = head.quant->scale();
  tensor.zeroPoint = head.quant->zeroPoint();
  return bst::objectnessThreshold(tensor, confidence);
}

} // namespace bstc

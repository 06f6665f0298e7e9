#include "driver/tensor_meaning.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bstc {

AlignedBytes allocateAligned(uint64_t size) {
  return AlignedBytes(new (std::align_val_t(64)) std::byte[std::max<uint64_t>(size, 1)]);
}

float TensorMeaning::at(const std::byte *bytes, uint64_t place) const {
  const std::byte *element = bytes + place * bst::elementSize(tensor.dtype);
  if (bst::elementSize(tensor.dtype) == 1) {
    const auto bits = std::to_integer<uint8_t>(*element);
    const int32_t q = tensor.dtype == bst::DType::U8 ? int32_t(bits) : int32_t(int8_t(bits));
    return float(q - tensor.zeroPoint) * (isQuantised() ? tensor.scale : 1);
  }
  float real;
  std::memcpy(&real, element, sizeof(real));
  return real;
}

void TensorMeaning::set(std::byte *bytes, uint64_t place, float real) const {
  std::byte *element = bytes + place * bst::elementSize(tensor.dtype);
  if (bst::elementSize(tensor.dtype) != 1) {
    std::memcpy(element, &real, sizeof(real));
    return;
  }
  const float low = tensor.dtype == bst::DType::U8 ? 0 : -128, high = low + 255;
  const float steps =
      std::nearbyint(real / (isQuantised() ? tensor.scale : 1)) + float(tensor.zeroPoint);
  *element = std::byte(uint8_t(int32_t(std::clamp(steps, low, high))));
}

} // namespace bstc

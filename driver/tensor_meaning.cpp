#include "driver/tensor_meaning.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bstc {

AlignedBytes allocateAligned(uint64_t size) {
  return AlignedBytes(new (std::align_val_t(64)) std::byte[std::max<uint64_t>(size, 1)]);
}

/// PredictionRow::channelObjectnessFirst by channel of the file.
static std::vector<uint32_t> headChannels(const bst::YoloDecodeParams &decode) {
  const bst::PredictionRow row = decode.row();
  std::vector<uint32_t> channels;
  for (int32_t anchor = 0; anchor < decode.anchorsPerLevel; ++anchor)
    for (int64_t number = 0; number < row.width(); ++number)
      channels.push_back(
          uint32_t(row.channelObjectnessFirst(number, anchor, decode.anchorsPerLevel)));
  return channels;
}

std::vector<MapForm> mapForms(const bst::Program &program) {
  std::vector<MapForm> forms(program.tensors.size());
  for (const bst::Command &command : program.commands)
    if (const auto *quantize = std::get_if<bst::QuantizeParams>(&command.params))
      forms[command.outputs[0]].block = uint64_t(quantize->block);
    else if (const auto *picture = std::get_if<bst::PictureParams>(&command.params))
      forms[command.outputs[0]].block = uint64_t(picture->block);
    else if (const auto *detect = std::get_if<bst::DetectParams>(&command.params);
             detect && detect->objectnessFirst)
      for (uint32_t head : command.inputs)
        forms[head].channels = headChannels(detect->decode);
  return forms;
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

#include "vision/detect/network_input.h"

#include <algorithm>
#include <cassert>

namespace bstc {

InputFormat inputFormat(const bst::Preprocess &preprocess) {
  InputFormat format;
  format.channelsLast = preprocess.channelsLast;
  if (preprocess.colours == bst::ColourOrder::Bgr)
    format.source = {2, 1, 0};
  for (size_t channel = 0; channel < 3; ++channel) {
    const auto element = [&](double value) {
      return float((value - preprocess.mean[channel]) * preprocess.scale[channel]);
    };
    for (size_t value = 0; value < 256; ++value)
      format.elements[channel][value] = element(double(value));
    format.padding[channel] = element(double(preprocess.pad));
  }
  return format;
}

/// One channel; its elements are `step` apart.
static void writeChannel(const Letterbox &letterbox, const Image &inner, const InputFormat &format,
                         size_t channel, float *to, size_t step) {
  const std::array<float, 256> &elements = format.elements[channel];
  const float padding = format.padding[channel];
  const auto fill = [&](size_t count) {
    for (size_t i = 0; i < count; ++i, to += step)
      *to = padding;
  };
  const auto width = size_t(letterbox.width);
  const auto right = size_t(letterbox.width - letterbox.left - inner.width);
  fill(size_t(letterbox.top) * width);
  for (int y = 0; y < inner.height; ++y) {
    fill(size_t(letterbox.left));
    const uint8_t *from = inner.at(0, y) + format.source[channel];
    for (int x = 0; x < inner.width; ++x, from += 3, to += step)
      *to = elements[*from];
    fill(right);
  }
  fill(size_t(letterbox.height - letterbox.top - inner.height) * width);
}

/// The picture at its size in the input: itself, or in `resized`.
static const Image *innerOf(const Letterbox &letterbox, const Image &picture, Image &resized) {
  if (letterbox.innerWidth == picture.width && letterbox.innerHeight == picture.height)
    return &picture;
  resized = resize(picture, letterbox.innerWidth, letterbox.innerHeight, letterbox.resampling);
  return &resized;
}

void writeInput(const Letterbox &letterbox, const Image &picture, const InputFormat &format,
                std::span<float> input) {
  const size_t pixels = size_t(letterbox.width) * size_t(letterbox.height);
  assert(input.size() == 3 * pixels);
  Image resized;
  const Image *inner = innerOf(letterbox, picture, resized);
  for (size_t channel = 0; channel < 3; ++channel) {
    if (format.channelsLast)
      writeChannel(letterbox, *inner, format, channel, input.data() + channel, 3);
    else
      writeChannel(letterbox, *inner, format, channel, input.data() + channel * pixels, 1);
  }
}

} // namespace bstc

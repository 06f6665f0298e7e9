#ifndef BSTC_VISION_DETECT_NETWORK_INPUT_H
#define BSTC_VISION_DETECT_NETWORK_INPUT_H

#include "runtime/program/picture.h"
#include "vision/detect/letterbox.h"
#include "vision/image/image.h"

#include <array>
#include <span>

namespace bstc {

/// How pixels become elements of a network's input.
struct InputFormat {
  /// The element of each pixel value, one table per channel of the input.
  std::array<std::array<float, 256>, 3> elements = {};
  std::array<float, 3> padding = {};     ///< Elements around the picture.
  std::array<int, 3> source = {0, 1, 2}; ///< Which of red, green and blue a channel is.
  bool channelsLast = false;             ///< [height, width, 3] instead of [3, height, width].
};

/// What a package asks for. Its defaults are YOLOv5's: red, green, blue, divided by 255; 114 around
/// the picture.
InputFormat inputFormat(const bst::Preprocess &preprocess = {});

/// Writes the picture, fitted as the letterbox says, to the 3 * height * width elements of a
/// network's input.
void writeInput(const Letterbox &letterbox, const Image &picture, const InputFormat &format,
                std::span<float> input);

} // namespace bstc

#endif // BSTC_VISION_DETECT_NETWORK_INPUT_H

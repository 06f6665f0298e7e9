#ifndef BSTC_VISION_IMAGE_RESIZE_H
#define BSTC_VISION_IMAGE_RESIZE_H

#include "vision/image/image.h"

namespace bstc {

/// How pixels are made from those of another size.
enum class Resampling {
  Linear, ///< Between the four nearest, in 11-bit fixed point.
  Area,   ///< The mean of those that a pixel covers; Linear where the picture grows.
};

/// `image` at width x height (both positive): pixel for pixel what OpenCV's resize gives with
/// INTER_LINEAR and INTER_AREA on 8-bit pixels. As there, halving both sides takes means of four
/// pixels in either mode.
Image resize(const Image &image, int width, int height, Resampling resampling);

} // namespace bstc

#endif // BSTC_VISION_IMAGE_RESIZE_H

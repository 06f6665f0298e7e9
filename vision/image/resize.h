#ifndef BSTC_VISION_IMAGE_RESIZE_H
#define BSTC_VISION_IMAGE_RESIZE_H

#include "vision/image/image.h"

#include <bst/picture.h>

namespace bstc {

/// How pixels are made from those of another size.
enum class Resampling {
  Linear, ///< BST_RESAMPLE_LINEAR.
  Area,   ///< BST_RESAMPLE_AREA; Linear where the picture grows.
};

/// The picture as libbstrt takes it; its pixels stay the image's.
bst_picture pictureOf(const Image &image);

/// bst_picture_write() with scratch memory of its own. Sizes are those of the placement.
void writePicture(const Image &from, const bst_placement &placement, uint8_t pad,
                  const bst_picture &to);

/// `image` at width x height (both positive): pixel for pixel what OpenCV's resize gives with
/// INTER_LINEAR and INTER_AREA on 8-bit pixels. As there, halving both sides takes means of four
/// pixels in either mode.
Image resize(const Image &image, int width, int height, Resampling resampling);

} // namespace bstc

#endif // BSTC_VISION_IMAGE_RESIZE_H

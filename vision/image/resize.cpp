#include "vision/image/resize.h"

#include <bst/picture.h>

#include <cassert>

namespace bstc {

bst_picture pictureOf(const Image &image) {
  bst_picture picture = BST_INIT(bst_picture);
  picture.format = BST_PIXELS_RGB;
  picture.width = uint32_t(image.width);
  picture.height = uint32_t(image.height);
  picture.planes[0] = const_cast<uint8_t *>(image.pixels.data()); // Read or written, as used.
  return picture;
}

void writePicture(const Image &from, const bst_placement &placement, uint8_t pad,
                  const bst_picture &to) {
  const bst_picture picture = pictureOf(from);
  std::vector<uint64_t> scratch(bst_picture_scratch_size(&picture, &placement, &to) / 8 + 1);
  [[maybe_unused]] const bst_status status = bst_picture_write(
      &picture, &placement, pad, &to, scratch.data(), scratch.size() * 8, nullptr);
  assert(status == BST_OK && "sizes and strides are ours");
}

Image resize(const Image &image, int width, int height, Resampling resampling) {
  if (width == image.width && height == image.height)
    return image;
  Image target;
  target.width = width;
  target.height = height;
  target.pixels.resize(size_t(width) * size_t(height) * 3);
  bst_placement placement = BST_INIT(bst_placement);
  placement.width = placement.inner_width = uint32_t(width);
  placement.height = placement.inner_height = uint32_t(height);
  placement.picture_width = uint32_t(image.width);
  placement.picture_height = uint32_t(image.height);
  placement.resampling = resampling == Resampling::Area ? BST_RESAMPLE_AREA : BST_RESAMPLE_LINEAR;
  writePicture(image, placement, 0, pictureOf(target));
  return target;
}

} // namespace bstc

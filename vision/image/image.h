#ifndef BSTC_VISION_IMAGE_IMAGE_H
#define BSTC_VISION_IMAGE_IMAGE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bstc {

/// A picture of 8-bit RGB pixels, rows from top to bottom without gaps.
struct Image {
  int width = 0, height = 0;   ///< Pixels.
  std::vector<uint8_t> pixels; ///< [height][width][3].

  uint8_t *at(int x, int y) { return &pixels[(size_t(y) * size_t(width) + size_t(x)) * 3]; }
  const uint8_t *at(int x, int y) const {
    return &pixels[(size_t(y) * size_t(width) + size_t(x)) * 3];
  }
};

} // namespace bstc

#endif // BSTC_VISION_IMAGE_IMAGE_H

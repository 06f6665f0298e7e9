#ifndef BSTC_VISION_BIT_MASK_H
#define BSTC_VISION_BIT_MASK_H

#include "vision/dataset.h"

#include <span>
#include <vector>

namespace bstc {

/// Pixels that belong to an object or not.
class BitMask {
public:
  BitMask(int width, int height)
      : columns(width), rows(height), words((size_t(width) * size_t(height) + 63) / 64) {}

  int width() const { return columns; }
  int height() const { return rows; }
  void set(int x, int y) { words[bit(x, y) / 64] |= uint64_t(1) << (bit(x, y) % 64); }
  bool test(int x, int y) const { return (words[bit(x, y) / 64] >> (bit(x, y) % 64)) & 1; }
  uint64_t count() const;
  /// Pixels that are in both; masks of one size.
  uint64_t countCommon(const BitMask &other) const;

private:
  size_t bit(int x, int y) const { return size_t(y) * size_t(columns) + size_t(x); }

  int columns, rows;
  std::vector<uint64_t> words;
};

/// Common pixels over pixels of either; 0 where both are empty.
float intersectionOverUnion(const BitMask &a, const BitMask &b);

/// Where the picture is in the network's input, and the size of that: a picture's fraction x is at
/// x * width + left, in pixels.
struct PictureFrame {
  int inputWidth = 0, inputHeight = 0;
  double left = 0, top = 0, width = 0, height = 0;
};

/// A label's mask as YOLOv5's segment/val.py compares it: drawn into the network's input (vertices
/// cut to whole pixels, outlines filled with their border), then brought to `width` x `height` with
/// bilinear interpolation and a threshold of 0.5. The pieces of an object are drawn one over the
/// other. A label that has but a box is drawn as that.
BitMask drawLabel(const Label &label, const PictureFrame &frame, int width, int height);

/// A detection's mask as YOLOv5's process_mask has it before scaling: sigmoid(coefficients .
/// prototypes) > 0.5, inside `box`, which is in pixels of the mask.
/// `prototypes` is [coefficients.size()][height][width].
BitMask predictMask(std::span<const float> coefficients, std::span<const float> prototypes,
                    const Box &box, int width, int height);

} // namespace bstc

#endif // BSTC_VISION_BIT_MASK_H

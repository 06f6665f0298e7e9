#ifndef BST_TESTS_CAPI_CANVAS_H
#define BST_TESTS_CAPI_CANVAS_H

#include <bst/picture.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace bst::testing {

/// A picture with memory of its own. Between its rows and behind them lie `gap` bytes that nobody
/// may touch.
class Canvas {
public:
  static constexpr uint8_t untouched = 0xA5;

  Canvas(bst_pixels format, uint32_t width, uint32_t height, size_t gap = 0)
      : isNv12(format >= BST_PIXELS_NV12), width(width), height(height),
        stride((isNv12 ? width : 3 * size_t(width)) + gap), gap(gap),
        bytes(stride * (isNv12 ? height + height / 2 : height), untouched) {
    described.format = format;
    described.width = width;
    described.height = height;
    described.planes[0] = bytes.data();
    described.strides[0] = gap ? stride : 0;
  }

  const bst_picture *get() const { return &described; }
  bst_picture *operator->() { return &described; }
  uint8_t *row(size_t y) { return &bytes[y * stride]; }
  const uint8_t *row(size_t y) const { return &bytes[y * stride]; }
  /// U and V of rows 2 * y and 2 * y + 1 of an NV12 picture.
  uint8_t *chroma(size_t y) { return row(height + y); }
  const uint8_t *chroma(size_t y) const { return row(height + y); }
  uint8_t at(size_t x, size_t y, size_t channel) const { return row(y)[3 * x + channel]; }

  void draw(std::mt19937 &random) {
    for (size_t y = 0; y * stride < bytes.size(); ++y)
      for (size_t i = 0; i < stride - gap; ++i)
        row(y)[i] = uint8_t(random());
  }
  void expectGapsUntouched() const {
    for (size_t y = 0; y * stride < bytes.size(); ++y)
      for (size_t i = stride - gap; i < stride; ++i)
        ASSERT_EQ(row(y)[i], untouched) << "byte " << i << " of row " << y;
  }

  const bool isNv12;
  const size_t width, height, stride, gap;

private:
  std::vector<uint8_t> bytes;
  bst_picture described = BST_INIT(bst_picture);
};

inline bst_placement place(const Canvas &from, const Canvas &to, uint32_t fit) {
  bst_placement placement = BST_INIT(bst_placement);
  bst_error error = {};
  EXPECT_EQ(bst_picture_place(from.get()->width, from.get()->height, to.get()->width,
                              to.get()->height, fit, &placement, &error),
            BST_OK)
      << error.message;
  return placement;
}

/// Writes with as much scratch memory as the library asks for, and no byte more.
inline void write(const Canvas &from, const bst_placement &placement, Canvas &to,
                  uint8_t pad = 114) {
  const size_t size = bst_picture_scratch_size(from.get(), &placement, to.get());
  ASSERT_GT(size, 0u);
  std::vector<uint64_t> scratch(size / 8 + 1, 0xEEEEEEEEEEEEEEEEu);
  bst_error error = {};
  ASSERT_EQ(bst_picture_write(from.get(), &placement, pad, to.get(), scratch.data(), size, &error),
            BST_OK)
      << error.message;
  ASSERT_EQ(scratch[size / 8], 0xEEEEEEEEEEEEEEEEu) << "it wrote behind its scratch memory";
  to.expectGapsUntouched();
}

/// The picture as one of RGB in its own size.
inline Canvas asRgb(const Canvas &from) {
  Canvas rgb(BST_PIXELS_RGB, from.get()->width, from.get()->height);
  write(from, place(from, rgb, BST_FIT_EXACT), rgb);
  return rgb;
}

} // namespace bst::testing

#endif // BST_TESTS_CAPI_CANVAS_H

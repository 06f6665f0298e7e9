// Pictures at another size, against bilinear interpolation and means in double, written down from
// bst/picture.h: pixel centres at halves, edges repeated.
#include "canvas.h"

#include <cmath>

namespace bst::testing {
namespace {

/// Between the four nearest.
double bilinear(const Canvas &from, double x, double y, size_t channel) {
  x = std::clamp(x, 0.0, double(from.width - 1));
  y = std::clamp(y, 0.0, double(from.height - 1));
  const auto left = size_t(x), top = size_t(y);
  const size_t right = std::min(left + 1, from.width - 1);
  const size_t bottom = std::min(top + 1, from.height - 1);
  const double fx = x - double(left), fy = y - double(top);
  return (1 - fy) * ((1 - fx) * from.at(left, top, channel) + fx * from.at(right, top, channel)) +
         fy * ((1 - fx) * from.at(left, bottom, channel) + fx * from.at(right, bottom, channel));
}

/// The mean of [x0, x1] x [y0, y1], parts of pixels counting as such.
double mean(const Canvas &from, double x0, double x1, double y0, double y1, size_t channel) {
  double sum = 0;
  for (auto y = size_t(y0); y < from.height && double(y) < y1; ++y)
    for (auto x = size_t(x0); x < from.width && double(x) < x1; ++x)
      sum += from.at(x, y, channel) * (std::min(x1, double(x + 1)) - std::max(x0, double(x))) *
             (std::min(y1, double(y + 1)) - std::max(y0, double(y)));
  return sum / ((x1 - x0) * (y1 - y0));
}

/// Where neither side grows, and it is asked for.
bool averages(const bst_placement &p) {
  return p.resampling == BST_RESAMPLE_AREA && p.inner_width <= p.picture_width &&
         p.inner_height <= p.picture_height;
}

/// What the placement makes of element (x, y) of the picture inside of the input.
double inner(const Canvas &from, const bst_placement &p, double x, double y, size_t channel) {
  const double w = double(p.picture_width) / p.inner_width;
  const double h = double(p.picture_height) / p.inner_height;
  if (averages(p))
    return mean(from, x * w, (x + 1) * w, y * h, (y + 1) * h, channel);
  return bilinear(from, (x + 0.5) * w - 0.5, (y + 0.5) * h - 0.5, channel);
}

/// 11-bit weights along both sides, cut off and rounded on the way, are less than 0.8 off. Means
/// are rounded. Borders are exact.
void expectWritten(const Canvas &from, const bst_placement &p, const Canvas &is, double pad) {
  const double tolerance = averages(p) ? 0.51 : 0.8;
  for (size_t y = 0; y < is.height; ++y)
    for (size_t x = 0; x < is.width; ++x)
      for (size_t c = 0; c < 3; ++c) {
        const bool isBorder =
            x < p.left || x >= p.left + p.inner_width || y < p.top || y >= p.top + p.inner_height;
        const double value =
            isBorder ? pad : inner(from, p, double(x) - p.left, double(y) - p.top, c);
        ASSERT_NEAR(is.at(x, y, c), value, isBorder ? 0 : tolerance)
            << "channel " << c << " of " << x << ", " << y;
      }
}

void checkLetterbox(uint32_t width, uint32_t height, uint32_t inputWidth, uint32_t inputHeight,
                    uint32_t seed) {
  SCOPED_TRACE(::testing::Message() << width << " x " << height << " to " << inputWidth << " x "
                                    << inputHeight << ", seed " << seed);
  std::mt19937 random(seed);
  Canvas from(BST_PIXELS_RGB, width, height, seed % 4);
  from.draw(random);
  for (const uint32_t fit : {BST_FIT_LETTERBOX, BST_FIT_STRETCH})
    for (const uint32_t resampling : {BST_RESAMPLE_LINEAR, BST_RESAMPLE_AREA}) {
      Canvas to(BST_PIXELS_RGB, inputWidth, inputHeight, seed % 3);
      bst_placement p = place(from, to, fit);
      p.resampling = resampling;
      write(from, p, to, 114);
      expectWritten(from, p, to, 114);
    }
}

} // namespace

TEST(PictureResize, SizesOfEveryKind) {
  const uint32_t sizes[][4] = {
      {20, 12, 64, 64},   // Greater.
      {64, 64, 64, 64},   // The same.
      {128, 64, 64, 64},  // Half: means of four.
      {192, 96, 64, 32},  // A third.
      {191, 97, 64, 64},  // Smaller.
      {300, 200, 31, 17}, // Odd.
      {1, 1, 8, 6},       {1, 1, 1, 1},     {9, 7, 1, 1},
      {2, 1, 5, 5},       {500, 2, 40, 40}, {2, 500, 40, 40}, // 40 x 0.16 keeps a pixel.
      {500, 1, 64, 3},    {3, 900, 7, 64},
  };
  uint32_t seed = 0;
  for (const auto &[width, height, inputWidth, inputHeight] : sizes)
    checkLetterbox(width, height, inputWidth, inputHeight, ++seed);
}

TEST(PictureResize, SizesByChance) {
  for (uint32_t seed = 100; seed < 140; ++seed) {
    std::mt19937 random(seed);
    const auto extent = [&] { return 1 + uint32_t(random()) % 90; };
    checkLetterbox(extent(), extent(), extent(), extent(), seed);
  }
}

/// Two pixels, 0 and 200, at four columns: centres at -0.25, 0.25, 0.75 and 1.25 of them.
TEST(PictureResize, TwoPixelsByHand) {
  Canvas from(BST_PIXELS_RGB, 2, 1), to(BST_PIXELS_RGB, 4, 2);
  const uint8_t pixels[] = {0, 10, 255, 200, 10, 255};
  std::copy_n(pixels, 6, from.row(0));
  write(from, place(from, to, BST_FIT_LETTERBOX), to);
  for (size_t y = 0; y < 2; ++y)
    EXPECT_EQ(std::vector<uint8_t>(to.row(y), to.row(y) + 12),
              (std::vector<uint8_t>{0, 10, 255, 50, 10, 255, 150, 10, 255, 200, 10, 255}));
}

/// 8 x 4 in 8 x 8: two rows above and below; in 13 x 4, 2 columns before and 3 behind it.
TEST(PictureResize, BordersAreWhereTheyBelong) {
  Canvas from(BST_PIXELS_RGB, 8, 4);
  std::fill_n(from.row(0), 8 * 4 * 3, uint8_t(9));
  Canvas square(BST_PIXELS_RGB, 8, 8), wide(BST_PIXELS_RGB, 13, 4);
  write(from, place(from, square, BST_FIT_LETTERBOX), square, 114);
  write(from, place(from, wide, BST_FIT_LETTERBOX), wide, 7);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(square.at(i, 1, i % 3), 114);
    EXPECT_EQ(square.at(i, 2, i % 3), 9);
    EXPECT_EQ(square.at(i, 5, i % 3), 9);
    EXPECT_EQ(square.at(i, 6, i % 3), 114);
  }
  for (size_t x = 0; x < 13; ++x)
    EXPECT_EQ(wide.at(x, x % 4, x % 3), x < 2 || x >= 10 ? 7 : 9) << x;
}

/// One colour stays that colour at every size, and in every form.
TEST(PictureResize, PlainPicturesStayPlain) {
  for (const bst_pixels format : {BST_PIXELS_RGB, BST_PIXELS_BGR})
    for (int value = 0; value < 256; ++value) {
      Canvas from(format, 50, 30), to(BST_PIXELS_RGB, 24, 24);
      std::fill_n(from.row(0), 50 * 30 * 3, uint8_t(value));
      for (const uint32_t resampling : {BST_RESAMPLE_LINEAR, BST_RESAMPLE_AREA}) {
        bst_placement p = place(from, to, BST_FIT_STRETCH);
        p.resampling = resampling;
        write(from, p, to);
        for (size_t i = 0; i < 24; ++i)
          ASSERT_EQ(to.at(i, i, i % 3), value);
      }
    }
}

/// NV12 is made RGB, then resized, then made what the input is: the same in one step as in three.
TEST(PictureResize, ColoursAreThoseOfRgbInBetween) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto even = [&] { return 2 + uint32_t(random()) % 60 * 2; };
    const auto format = [&] { return bst_pixels(random() % 4); };
    Canvas from(format(), even(), even(), seed % 3), to(format(), even(), even(), seed % 4);
    from.draw(random);
    Canvas rgb = asRgb(from), small(BST_PIXELS_RGB, to.get()->width, to.get()->height);
    Canvas expected(to.get()->format, to.get()->width, to.get()->height, to.gap);
    bst_placement p = place(from, to, BST_FIT_LETTERBOX);
    p.resampling = seed % 2;
    write(from, p, to);
    write(rgb, p, small);
    write(small, place(small, expected, BST_FIT_EXACT), expected);
    for (size_t y = 0; y < to.height * (to.isNv12 ? 3 : 2) / 2; ++y)
      ASSERT_TRUE(std::equal(to.row(y), to.row(y) + to.stride, expected.row(y))) << "row " << y;
  }
}

/// 4105 x 4105 pixels of 255 are more than 2^32.
TEST(PictureResize, MeansOfVeryManyPixels) {
  Canvas from(BST_PIXELS_RGB, 4105, 4105), to(BST_PIXELS_RGB, 1, 1);
  std::fill_n(from.row(0), 4105 * 4105 * 3, uint8_t(255));
  bst_placement p = place(from, to, BST_FIT_STRETCH);
  p.resampling = BST_RESAMPLE_AREA;
  write(from, p, to);
  EXPECT_EQ(to.at(0, 0, 0), 255);
}

/// The widest that there is: positions are computed in floats.
TEST(PictureResize, TheWidestPicture) {
  Canvas from(BST_PIXELS_RGB, BST_PICTURE_MAX, 1), to(BST_PIXELS_RGB, 3, 3);
  std::fill_n(from.row(0), size_t(BST_PICTURE_MAX) * 3, uint8_t(33));
  write(from, place(from, to, BST_FIT_LETTERBOX), to);
  for (size_t x = 0; x < 3; ++x) {
    EXPECT_EQ(to.at(x, 0, x), 114);
    EXPECT_EQ(to.at(x, 1, x), 33);
    EXPECT_EQ(to.at(x, 2, x), 114);
  }
}

} // namespace bst::testing

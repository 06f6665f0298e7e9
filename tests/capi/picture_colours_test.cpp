// Red, green and blue of NV12 and back, against the formulas of bst/picture.h in double (all of
// whose sums are exact there) and against what ITU-R BT.601-7 says they stand for.
#include "canvas.h"

#include <array>
#include <cmath>

namespace bst::testing {
namespace {

using Colour = std::array<double, 3>;

double clamped(double value) { return std::min(std::max(value, 0.0), 255.0); }
/// Rounded, half up, and cut off.
uint8_t step(double value) { return uint8_t(clamped(std::floor(value + 0.5))); }

constexpr double unit = 1048576;

Colour rgbOfLimited(double Y, double U, double V) {
  const double y = Y - 16, u = U - 128, v = V - 128;
  return {(1220945 * y + 1673555 * v) / unit, (1220945 * y - 410793 * u - 852458 * v) / unit,
          (1220945 * y + 2115221 * u) / unit};
}
Colour rgbOfFull(double Y, double U, double V) {
  const double u = U - 128, v = V - 128;
  return {Y + 1470104 * v / unit, Y - (360853 * u + 748826 * v) / unit, Y + 1858077 * u / unit};
}

Colour yuvOfLimited(double R, double G, double B) {
  return {(269262 * R + 528618 * G + 102662 * B) / unit + 16,
          (-155423 * R - 305128 * G + 460551 * B) / unit + 128,
          (460551 * R - 385654 * G - 74897 * B) / unit + 128};
}
Colour yuvOfFull(double R, double G, double B) {
  return {(313524 * R + 615514 * G + 119538 * B) / unit,
          (-176932 * R - 347356 * G + 524288 * B) / unit + 128,
          (524288 * R - 439026 * G - 85262 * B) / unit + 128};
}

/// BT.601-7, 2.5.1 and 2.5.3: what the numbers are before anything is rounded.
Colour standardYuv(double R, double G, double B, bool full) {
  const double y = 0.299 * R + 0.587 * G + 0.114 * B, u = (B - y) / 1.772, v = (R - y) / 1.402;
  if (full)
    return {y, u + 128, v + 128};
  return {y * 219 / 255 + 16, u * 224 / 255 + 128, v * 224 / 255 + 128};
}

struct Range {
  bst_pixels format;
  bool full;
  Colour (*rgb)(double, double, double);
  Colour (*yuv)(double, double, double);
};
constexpr Range ranges[] = {{BST_PIXELS_NV12, false, rgbOfLimited, yuvOfLimited},
                            {BST_PIXELS_NV12_FULL, true, rgbOfFull, yuvOfFull}};

/// One colour as a picture of 2 x 2 pixels, in RGB.
std::array<uint8_t, 3> rgbOf(bst_pixels format, uint8_t y, uint8_t u, uint8_t v) {
  Canvas from(format, 2, 2);
  for (size_t i = 0; i < 4; ++i)
    from.row(i / 2)[i % 2] = y;
  from.chroma(0)[0] = u;
  from.chroma(0)[1] = v;
  const Canvas rgb = asRgb(from);
  return {rgb.at(1, 1, 0), rgb.at(1, 1, 1), rgb.at(1, 1, 2)};
}

std::array<uint8_t, 3> yuvOf(bst_pixels format, uint8_t r, uint8_t g, uint8_t b) {
  Canvas from(BST_PIXELS_RGB, 2, 2), to(format, 2, 2);
  for (size_t i = 0; i < 12; ++i)
    from.row(i / 6)[i % 6] = std::array{r, g, b}[i % 3];
  write(from, place(from, to, BST_FIT_EXACT), to);
  return {to.row(1)[1], to.chroma(0)[0], to.chroma(0)[1]};
}

} // namespace

using Bytes = std::array<uint8_t, 3>;

/// By hand, for red in limited range: y = 65, v = 112, u = -38: (79361425 + 187438160) / 2^20 =
/// 254.4; (79361425 + 15610134 - 95475296) / 2^20 = -0.5; (79361425 - 80378398) / 2^20 = -1.0.
TEST(PictureColours, ColoursThatEverybodyKnows) {
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12, 16, 128, 128), (Bytes{0, 0, 0}));
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12, 235, 128, 128), (Bytes{255, 255, 255}));
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12, 81, 90, 240), (Bytes{254, 0, 0}));
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12, 0, 128, 128), (Bytes{0, 0, 0})) << "blacker than black";
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12, 255, 128, 128), (Bytes{255, 255, 255}));
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12_FULL, 0, 128, 128), (Bytes{0, 0, 0}));
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12_FULL, 255, 128, 128), (Bytes{255, 255, 255}));
  EXPECT_EQ(rgbOf(BST_PIXELS_NV12_FULL, 76, 85, 255), (Bytes{254, 0, 0}));
  EXPECT_EQ(yuvOf(BST_PIXELS_NV12, 0, 0, 0), (Bytes{16, 128, 128}));
  EXPECT_EQ(yuvOf(BST_PIXELS_NV12, 255, 255, 255), (Bytes{235, 128, 128}));
  EXPECT_EQ(yuvOf(BST_PIXELS_NV12, 255, 0, 0), (Bytes{81, 90, 240}));
  EXPECT_EQ(yuvOf(BST_PIXELS_NV12, 0, 0, 255), (Bytes{41, 240, 110}));
  EXPECT_EQ(yuvOf(BST_PIXELS_NV12_FULL, 255, 255, 255), (Bytes{255, 128, 128}));
  EXPECT_EQ(yuvOf(BST_PIXELS_NV12_FULL, 255, 0, 0), (Bytes{76, 85, 255})) << "255.5, cut off";
}

/// Every Y, every pair of U and V: four of Y share a pair, so that a pair has 64 blocks.
TEST(PictureColours, EveryYUV) {
  for (const Range &range : ranges) {
    Canvas from(range.format, 4096, 4096);
    for (size_t block = 0; block < 2048 * 2048; ++block) {
      const size_t column = block % 2048, row = block / 2048;
      from.chroma(row)[2 * column] = uint8_t(block / 64);           // U
      from.chroma(row)[2 * column + 1] = uint8_t(block / 64 / 256); // V
      for (size_t i = 0; i < 4; ++i)
        from.row(2 * row + i / 2)[2 * column + i % 2] = uint8_t(block % 64 * 4 + i);
    }
    const Canvas rgb = asRgb(from);
    for (size_t y = 0; y < 4096; ++y)
      for (size_t x = 0; x < 4096; ++x) {
        const uint8_t *uv = from.chroma(y / 2) + x / 2 * 2, *is = rgb.row(y) + 3 * x;
        const Colour expected = range.rgb(from.row(y)[x], uv[0], uv[1]);
        if (is[0] != step(expected[0]) || is[1] != step(expected[1]) || is[2] != step(expected[2]))
          FAIL() << "format " << range.format << ", YUV " << int(from.row(y)[x]) << ' '
                 << int(uv[0]) << ' ' << int(uv[1]) << ": " << int(is[0]) << ' ' << int(is[1])
                 << ' ' << int(is[2]);
      }
  }
}

/// The way back: blocks of four pixels, one by one different or all alike, of all bytes.
TEST(PictureColours, RgbBecomesNv12) {
  for (const Range &range : ranges) {
    Canvas from(BST_PIXELS_RGB, 512, 512, 5), to(range.format, 512, 512, 3);
    std::mt19937 random(1);
    from.draw(random);
    for (size_t x = 0; x < 512 * 3; ++x) // The ends of the range.
      for (size_t y = 0; y < 64; ++y)
        from.row(y)[x] = from.row(y)[x] < 128 ? 0 : 255;
    write(from, place(from, to, BST_FIT_EXACT), to);
    for (size_t y = 0; y < 512; ++y)
      for (size_t x = 0; x < 512; ++x) {
        const Colour expected = range.yuv(from.at(x, y, 0), from.at(x, y, 1), from.at(x, y, 2));
        ASSERT_EQ(to.row(y)[x], step(expected[0])) << x << ", " << y;
      }
    for (size_t y = 0; y < 512; y += 2)
      for (size_t x = 0; x < 512; x += 2) {
        Colour mean = {};
        for (size_t c = 0; c < 3; ++c)
          for (size_t i = 0; i < 4; ++i)
            mean[c] += from.at(x + i % 2, y + i / 2, c) / 4.0;
        const Colour expected = range.yuv(mean[0], mean[1], mean[2]);
        ASSERT_EQ(to.chroma(y / 2)[x], step(expected[1])) << "U of " << x << ", " << y;
        ASSERT_EQ(to.chroma(y / 2)[x + 1], step(expected[2])) << "V of " << x << ", " << y;
      }
  }
}

/// The factors are the standard's: nothing is off by more than rounding, in either direction.
TEST(PictureColours, TheyAreBt601s) {
  std::mt19937 random(2);
  for (const Range &range : ranges)
    for (int i = 0; i < 3000; ++i) {
      const Bytes rgb = {uint8_t(random()), uint8_t(random()), uint8_t(random())};
      const Colour expected = standardYuv(rgb[0], rgb[1], rgb[2], range.full);
      const Bytes is = yuvOf(range.format, rgb[0], rgb[1], rgb[2]);
      for (size_t c = 0; c < 3; ++c)
        ASSERT_NEAR(is[c], clamped(expected[c]), 0.501) << i;
      // And back: rounding Y, U and V moved a colour by 1.772 * 0.5 + 0.5 and less, times 255 / 219
      // or 255 / 224; rounding it once more by a half.
      const Bytes again = rgbOf(range.format, is[0], is[1], is[2]);
      for (size_t c = 0; c < 3; ++c)
        ASSERT_NEAR(again[c], rgb[c], 2.2) << i;
    }
}

TEST(PictureColours, BlueFirstIsRedFirstTurnedAround) {
  std::mt19937 random(3);
  Canvas bgr(BST_PIXELS_BGR, 7, 3, 2), back(BST_PIXELS_BGR, 7, 3, 1);
  bgr.draw(random);
  const Canvas rgb = asRgb(bgr);
  for (size_t y = 0; y < 3; ++y)
    for (size_t x = 0; x < 7; ++x)
      for (size_t c = 0; c < 3; ++c)
        EXPECT_EQ(rgb.at(x, y, c), bgr.at(x, y, 2 - c));
  write(rgb, place(rgb, back, BST_FIT_EXACT), back);
  for (size_t y = 0; y < 3; ++y)
    EXPECT_TRUE(std::equal(back.row(y), back.row(y) + 21, bgr.row(y))) << y;
}

/// A camera's planes: each where it likes, with gaps of its own.
TEST(PictureColours, PlanesMayLieApart) {
  std::mt19937 random(4);
  Canvas joined(BST_PIXELS_NV12, 6, 4), apart(BST_PIXELS_NV12, 6, 4, 10);
  joined.draw(random);
  std::vector<uint8_t> chroma(2 * 9);
  for (size_t y = 0; y < 4; ++y)
    std::copy_n(joined.row(y), 6, apart.row(y));
  for (size_t y = 0; y < 2; ++y)
    std::copy_n(joined.chroma(y), 6, &chroma[y * 9]);
  apart->planes[1] = chroma.data();
  apart->strides[1] = 9;
  const Canvas expected = asRgb(joined), is = asRgb(apart);
  for (size_t y = 0; y < 4; ++y)
    EXPECT_TRUE(std::equal(is.row(y), is.row(y) + 18, expected.row(y))) << y;

  // To write to, and without a gap where the stride is 0.
  std::vector<uint8_t> written(2 * 6 + 1, Canvas::untouched);
  Canvas to(BST_PIXELS_NV12, 6, 4, 2), whole(BST_PIXELS_NV12, 6, 4);
  to->planes[1] = written.data();
  write(expected, place(expected, to, BST_FIT_EXACT), to);
  write(expected, place(expected, whole, BST_FIT_EXACT), whole);
  for (size_t y = 0; y < 2; ++y)
    EXPECT_TRUE(std::equal(&written[y * 6], &written[y * 6] + 6, whole.chroma(y))) << y;
  EXPECT_EQ(written[12], Canvas::untouched);
  EXPECT_EQ(to.chroma(0)[0], Canvas::untouched) << "U and V are elsewhere";
}

} // namespace bst::testing

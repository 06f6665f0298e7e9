// Expected masks are drawn by hand.

#include "vision/bit_mask.h"

#include <gtest/gtest.h>

#include <string>

using namespace bstc;

static std::vector<std::string> picture(const BitMask &mask) {
  std::vector<std::string> rows;
  for (int y = 0; y < mask.height(); ++y) {
    rows.emplace_back();
    for (int x = 0; x < mask.width(); ++x)
      rows.back() += mask.test(x, y) ? '#' : '.';
  }
  return rows;
}

using Picture = std::vector<std::string>;

/// A label with one outline, in pixels of a picture of 8 x 8.
static Label outline(std::vector<float> points) {
  Label label;
  for (float &point : points)
    point /= 8;
  label.polygons.push_back(std::move(points));
  return label;
}

constexpr PictureFrame whole = {8, 8, 0, 0, 8, 8};

TEST(BitMask, OverlapCountsPixels) {
  BitMask a(10, 10), b(10, 10); // More than one word.
  EXPECT_EQ(intersectionOverUnion(a, b), 0);
  for (int i = 0; i < 10; ++i) {
    a.set(i, 9);
    b.set(9, i);
  }
  EXPECT_EQ(a.count(), 10u);
  EXPECT_EQ(a.countCommon(b), 1u);
  EXPECT_FLOAT_EQ(intersectionOverUnion(a, b), 1.0f / 19);
  EXPECT_FLOAT_EQ(intersectionOverUnion(a, a), 1.0f);
}

TEST(BitMask, AnOutlineIsFilledWithItsBorder) {
  EXPECT_EQ(picture(drawLabel(outline({1, 1, 5, 1, 5, 3, 1, 3}), whole, 8, 8)),
            (Picture{"........", ".#####..", ".#####..", ".#####..", "........", "........",
                     "........", "........"}));
}

TEST(BitMask, ATriangleIsATriangle) {
  EXPECT_EQ(picture(drawLabel(outline({0, 0, 6, 6, 0, 6}), whole, 8, 8)),
            (Picture{"#.......", "##......", "###.....", "####....", "#####...", "######..",
                     "#######.", "........"}));
}

TEST(BitMask, PiecesAreDrawnOneOverTheOther) {
  Label label = outline({0, 0, 1, 0, 1, 1, 0, 1});
  label.polygons.push_back(outline({1, 1, 2, 1, 2, 2, 1, 2}).polygons[0]);
  EXPECT_EQ(drawLabel(label, whole, 8, 8).count(), 7u);
}

TEST(BitMask, TheFrameMovesAndScales) {
  // A picture of 8 x 4 in the middle of an input of 8 x 8; half of its width.
  Label label;
  label.polygons.push_back({0, 0, 0.375f, 0, 0.375f, 0.75f, 0, 0.75f});
  EXPECT_EQ(picture(drawLabel(label, {8, 8, 0, 2, 8, 4}, 8, 8)),
            (Picture{"........", "........", "####....", "####....", "####....", "####....",
                     "........", "........"}));
}

TEST(BitMask, ACoarseMaskTakesTheMiddleOfFourByFourPixels) {
  // Of each 4 x 4 pixels the four in the middle count, and three of them have to be set.
  Label label = outline({0, 0, 2, 0, 2, 2, 0, 2});
  EXPECT_EQ(picture(drawLabel(label, whole, 2, 2)), (Picture{"#.", ".."}));
  EXPECT_EQ(picture(drawLabel(outline({0, 0, 1, 0, 1, 2, 0, 2}), whole, 2, 2)),
            (Picture{"..", ".."}));
}

TEST(BitMask, RunsGoDownTheColumns) {
  Label label; // 3 columns of 2: the first row's second pixel, and the whole last column.
  label.runs = {2, 3, {2, 1, 1, 2}};
  EXPECT_EQ(picture(drawLabel(label, {3, 2, 0, 0, 3, 2}, 3, 2)), (Picture{".##", "..#"}));
}

TEST(BitMask, ALabelWithoutAnOutlineIsItsBox) {
  Label label;
  label.box = {0.25f, 0.25f, 0.5f, 0.5f};
  EXPECT_EQ(drawLabel(label, whole, 8, 8).count(), 9u);
}

TEST(BitMask, APredictionIsWhatExceedsAHalfInsideTheBox) {
  // Prototype 0: rising to the right; prototype 1: ones.
  const std::vector<float> prototypes = {0, 1, 2, 3, 0, 1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  const std::vector<float> coefficients = {1, -1.5f};
  EXPECT_EQ(picture(predictMask(coefficients, prototypes, {0, 0, 4, 2}, 4, 2)),
            (Picture{"..##", "..##"}));
  // x < 2.5 leaves columns 0 to 2; y >= 0.5 leaves row 1.
  EXPECT_EQ(picture(predictMask(coefficients, prototypes, {-3, 0.5f, 2.5f, 9}, 4, 2)),
            (Picture{"....", "..#."}));
  EXPECT_EQ(predictMask(coefficients, prototypes, {3, 0, 1, 2}, 4, 2).count(), 0u);
  EXPECT_EQ(predictMask(coefficients, prototypes, {9, 9, 12, 12}, 4, 2).count(), 0u);
}

// Expected masks are drawn by hand.

#include "vision/accuracy/label_mask.h"

#include <gtest/gtest.h>

#include <string>

using namespace bstc;

static std::vector<std::string> picture(const RunLengthMask &mask) {
  const std::vector<uint8_t> pixels = mask.pixels();
  std::vector<std::string> rows;
  for (int y = 0; y < mask.height; ++y) {
    rows.emplace_back();
    for (int x = 0; x < mask.width; ++x)
      rows.back() += pixels[size_t(y * mask.width + x)] ? '#' : '.';
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

/// A picture of the network's size.
static const Letterbox whole = letterboxToEvaluate(8, 8, 8, 8);

TEST(LabelMask, AnOutlineIsFilledWithItsBorder) {
  EXPECT_EQ(picture(drawLabel(outline({1, 1, 5, 1, 5, 3, 1, 3}), whole, 8, 8)),
            (Picture{"........", ".#####..", ".#####..", ".#####..", "........", "........",
                     "........", "........"}));
}

TEST(LabelMask, ATriangleIsATriangle) {
  EXPECT_EQ(picture(drawLabel(outline({0, 0, 6, 6, 0, 6}), whole, 8, 8)),
            (Picture{"#.......", "##......", "###.....", "####....", "#####...", "######..",
                     "#######.", "........"}));
}

/// Its legs are filled, not what is between them.
TEST(LabelMask, AnOutlineMayHaveANotch) {
  const Picture notch = {"########", "########", "########", "###..###",
                         "###..###", "###..###", "###..###", "........"};
  EXPECT_EQ(
      picture(drawLabel(outline({0, 0, 7, 0, 7, 6, 5, 6, 5, 2, 2, 2, 2, 6, 0, 6}), whole, 8, 8)),
      notch);
}

TEST(LabelMask, PiecesAreDrawnOneOverTheOther) {
  Label label = outline({0, 0, 1, 0, 1, 1, 0, 1});
  label.polygons.push_back(outline({1, 1, 2, 1, 2, 2, 1, 2}).polygons[0]);
  EXPECT_EQ(drawLabel(label, whole, 8, 8).area(), 7u);
}

TEST(LabelMask, TheFrameMovesAndScales) {
  // A picture of 16 x 8 becomes 8 x 4 in the middle of an input of 8 x 8.
  Label label;
  label.polygons.push_back({0, 0, 0.375f, 0, 0.375f, 0.75f, 0, 0.75f});
  EXPECT_EQ(picture(drawLabel(label, letterboxToEvaluate(16, 8, 8, 8), 8, 8)),
            (Picture{"........", "........", "####....", "####....", "####....", "####....",
                     "........", "........"}));
}

TEST(LabelMask, ACoarseMaskTakesTheMiddleOfFourByFourPixels) {
  // Of each 4 x 4 pixels the four in the middle count, and three of them have to be set.
  Label label = outline({0, 0, 2, 0, 2, 2, 0, 2});
  EXPECT_EQ(picture(drawLabel(label, whole, 2, 2)), (Picture{"#.", ".."}));
  EXPECT_EQ(picture(drawLabel(outline({0, 0, 1, 0, 1, 2, 0, 2}), whole, 2, 2)),
            (Picture{"..", ".."}));
}

TEST(LabelMask, RunsGoDownTheColumns) {
  Label label; // 3 columns of 2: the first row's second pixel, and the whole last column.
  label.runs = {3, 2, {2, 1, 1, 2}};
  EXPECT_EQ(picture(drawLabel(label, letterboxToEvaluate(3, 2, 3, 2), 3, 2)),
            (Picture{".##", "..#"}));
}

/// A mask of 16 x 16 in an input of 8 x 8: each pixel takes what is at its middle, (1.5, 2.5) * 2.
TEST(LabelMask, RunsAreReadAtTheMiddleOfAPixel) {
  Label label;
  label.runs = {16, 16, {3 * 16 + 5, 1, 12 * 16 + 10}}; // Column 3, row 5.
  EXPECT_EQ(picture(drawLabel(label, whole, 8, 8)),
            (Picture{"........", "........", ".#......", "........", "........", "........",
                     "........", "........"}));
  label.runs = {16, 16, {2 * 16 + 4, 1, 13 * 16 + 11}};
  EXPECT_EQ(drawLabel(label, whole, 8, 8).area(), 0u);
}

/// Pictures of 16 x 8 and 8 x 16 with all pixels set, at half their size: the padding is empty.
TEST(LabelMask, RunsLieWhereThePictureIs) {
  Label label;
  label.runs = {8, 4, {0, 32}};
  const Picture flat = {"........", "........", "########", "########",
                        "########", "########", "........", "........"};
  EXPECT_EQ(picture(drawLabel(label, letterboxToEvaluate(16, 8, 8, 8), 8, 8)), flat);
  label.runs = {4, 8, {0, 32}};
  EXPECT_EQ(picture(drawLabel(label, letterboxToEvaluate(8, 16, 8, 8), 8, 8)),
            Picture(8, "..####.."));
}

/// A picture of 8 x 16 is columns 2 to 5; its upper left quarter ends with its border.
TEST(LabelMask, TallPicturesHaveTheirPaddingBesideThem) {
  Label label;
  label.polygons.push_back({0, 0, 0.5f, 0, 0.5f, 0.5f, 0, 0.5f});
  const Picture quarter = {"..###...", "..###...", "..###...", "..###...",
                           "..###...", "........", "........", "........"};
  EXPECT_EQ(picture(drawLabel(label, letterboxToEvaluate(8, 16, 8, 8), 8, 8)), quarter);
}

TEST(LabelMask, ALabelWithoutAnOutlineIsItsBox) {
  Label label;
  label.box = {0.25f, 0.25f, 0.5f, 0.5f};
  EXPECT_EQ(drawLabel(label, whole, 8, 8).area(), 9u);
}

/// A triangle from 8 pixels left of the picture, with its slope from row 4 at the left edge to row
/// 8 at the right; the border's odd columns lie half a row lower. With its tip moved to the edge it
/// would begin with one pixel there.
TEST(LabelMask, OutlinesAreCutOffAtThePicturesEdge) {
  EXPECT_EQ(picture(drawLabel(outline({-8, 0, 8, 0, 8, 8}), whole, 8, 8)),
            (Picture{"########", "########", "########", "########", "########", ".#######",
                     "...#####", ".....###"}));
}

/// A picture of 16 x 8 is rows 2 to 5 of an input of 8 x 8; an outline that covers twice its height
/// is drawn with the border, rows 2 to 6, and not over the padding.
TEST(LabelMask, ThePaddingStaysEmpty) {
  Label label;
  label.polygons.push_back({0, -1, 0.375f, -1, 0.375f, 2, 0, 2});
  const Picture rows = {"........", "........", "####....", "####....",
                        "####....", "####....", "####....", "........"};
  EXPECT_EQ(picture(drawLabel(label, letterboxToEvaluate(16, 8, 8, 8), 8, 8)), rows);
  Label box; // By its box alone: the same.
  box.box = {0, -1, 0.375f, 2};
  EXPECT_EQ(picture(drawLabel(box, letterboxToEvaluate(16, 8, 8, 8), 8, 8)), rows);
  Label columns;
  columns.polygons.push_back({-1, 0, 2, 0, 2, 0.375f, -1, 0.375f});
  const RunLengthMask tall = drawLabel(columns, letterboxToEvaluate(8, 16, 8, 8), 8, 8);
  EXPECT_EQ(picture(tall), (Picture{"..#####.", "..#####.", "..#####.", "..#####.", "........",
                                    "........", "........", "........"}));
}

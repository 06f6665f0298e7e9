// Expected values are computed by hand.

#include "vision/detect/mask.h"

#include <gmock/gmock.h>

#include <algorithm>

using namespace bstc;
using testing::ElementsAre;

static RunLengthMask runs(int width, int height, std::vector<uint32_t> counts) {
  return {width, height, std::move(counts)};
}

TEST(RunLengthMask, RunsGoDownTheColumns) {
  // 3 wide, 2 high; inside: (0, 1), (1, 0), (2, 1).
  RunLengthMask mask = {3, 2, {}};
  for (const auto &[inside, length] :
       {std::pair(false, 1), {true, 1}, {true, 1}, {false, 2}, {false, 0}, {true, 1}})
    mask.append(inside, uint32_t(length));
  EXPECT_THAT(mask.counts, ElementsAre(1, 2, 2, 1));
  EXPECT_THAT(mask.pixels(), ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_EQ(mask.area(), 3u);
}

TEST(RunLengthMask, AMaskThatBeginsInsideHasAnEmptyRunFirst) {
  RunLengthMask mask = {1, 3, {}};
  mask.append(true, 2);
  mask.append(false, 1);
  EXPECT_THAT(mask.counts, ElementsAre(0, 2, 1));
  EXPECT_THAT(mask.pixels(), ElementsAre(1, 1, 0));
}

/// 5 bits per character, the lowest first; bit 5: more follow; 48 is added. 1 -> '1'.
/// 40 = 8 + 32 x 1 -> (8 | 32) + 48 = 'X', '1'. 16 would end with its sign bit set: (16 | 32) + 48
/// = '`', then '0'. The fourth run is a difference from the second: 8 - 40 = -32 -> 0 with more to
/// come 'P', then -1 = 31 -> 'O'.
TEST(RunLengthMask, CocoTextIsThatOfItsFormat) {
  EXPECT_EQ(runs(10, 10, {1, 40, 16, 8}).cocoText(), "1X1`0PO");
  EXPECT_EQ(runs(10, 10, {100}).cocoText(), "T3");        // 100 = 4 + 32 x 3.
  EXPECT_EQ(runs(10, 10, {0, 7, 93}).cocoText(), "07m2"); // 93 = 29 + 32 x 2.
}

TEST(RunLengthMask, CocoTextIsReadBack) {
  // By hand from the format: 5 bits per character from '0'; '6' is 6, 'P1' is 0 + 1 * 32, and from
  // the fourth number on the difference to the one before last is written: 'N' (30) is -2.
  EXPECT_THAT(runsOfCocoText("6P16N"), ElementsAre(6, 32, 6, 30));
  EXPECT_TRUE(runsOfCocoText("P").empty()); // The number goes on, the text does not.
  EXPECT_TRUE(runsOfCocoText("N").empty()); // Less than nothing.
  EXPECT_THAT(runsOfCocoText("1X1`0PO"), ElementsAre(1, 40, 16, 8));
}

TEST(RunLengthMask, IntersectionOverUnion) {
  const RunLengthMask a = runs(2, 5, {2, 4, 4}), b = runs(2, 5, {4, 4, 2});
  EXPECT_DOUBLE_EQ(intersectionOverUnion(a, b), 2.0 / 6.0);
  EXPECT_DOUBLE_EQ(intersectionOverUnion(a, a), 1.0);
  EXPECT_DOUBLE_EQ(intersectionOverUnion(runs(2, 5, {0, 10}), b), 4.0 / 10.0);
  EXPECT_DOUBLE_EQ(intersectionOverUnion(runs(2, 5, {10}), b), 0.0);
  EXPECT_DOUBLE_EQ(intersectionOverUnion(runs(2, 5, {10}), runs(2, 5, {10})), 0.0);
}

/// Two prototypes of 4x4 for an input of 16x16. The first is 1 in the left half, -1 in the right;
/// the second is 1 everywhere.
namespace {
struct Halves {
  std::vector<float> values = std::vector<float>(32, 1.0f);
  Halves() {
    for (size_t i = 0; i < 16; ++i)
      values[i] = i % 4 < 2 ? 1.0f : -1.0f;
  }
  Prototypes prototypes() const { return {values, 2, 4, 4}; }
};
} // namespace

TEST(Mask, PrototypesAreWeightedAndCutToTheBox) {
  const Halves halves;
  const Letterbox whole = letterboxToDetect(16, 16, 16, 16);
  const float left[] = {3, 0}, right[] = {-3, 0}, all[] = {1, 2}, none[] = {1, -2};
  const Box everything = {0, 0, 16, 16};
  EXPECT_THAT(prototypeMask(halves.prototypes(), left, everything, whole).counts,
              ElementsAre(0, 8, 8));
  EXPECT_THAT(prototypeMask(halves.prototypes(), right, everything, whole).counts,
              ElementsAre(8, 8));
  EXPECT_THAT(prototypeMask(halves.prototypes(), all, everything, whole).counts,
              ElementsAre(0, 16));
  EXPECT_THAT(prototypeMask(halves.prototypes(), none, everything, whole).counts, ElementsAre(16));
  // x from 3.9 to 8.1 is 0.975 to 2.025 in prototypes: columns 1 and 2. y from 4 to 12: rows 1, 2.
  EXPECT_THAT(prototypeMask(halves.prototypes(), all, {3.9f, 4, 8.1f, 12}, whole).counts,
              ElementsAre(5, 2, 2, 2, 5));
}

/// A picture of 8x4 lies in the middle of the 16x16 input: twice as large, rows 4 to 12, prototype
/// rows 1 to 3. The halves meet where x is 4: pixel 3 (centre 3.5) is at prototype column
/// 3.5 / 8 * 4 - 0.5 = 1.25, three parts of sigmoid(3) to one of sigmoid(-3): above a half.
TEST(Mask, PicturesMaskLiesBetweenThePrototypesPixels) {
  const Halves halves;
  const Letterbox letterbox = letterboxToDetect(8, 4, 16, 16);
  const float left[] = {3, 0}, all[] = {1, 2}, shifted[] = {3, 1};
  EXPECT_THAT(pictureMask(halves.prototypes(), left, {0, 0, 8, 4}, letterbox).counts,
              ElementsAre(0, 16, 16));
  // sigmoid(4) = 0.9820, sigmoid(-2) = 0.1192. Pixel 3: 0.75 and 0.25 of them: 0.766; pixel 4:
  // 0.25 and 0.75: 0.335. The edge stays.
  EXPECT_THAT(pictureMask(halves.prototypes(), shifted, {0, 0, 8, 4}, letterbox).counts,
              ElementsAre(0, 16, 16));
  EXPECT_THAT(pictureMask(halves.prototypes(), all, {2, 1, 5, 3}, letterbox).counts,
              ElementsAre(9, 2, 2, 2, 2, 2, 13));
  EXPECT_THAT(pictureMask(halves.prototypes(), all, {3, 3, 3, 3}, letterbox).counts,
              ElementsAre(32));
}

/// What lies in the padding does not reach into the picture: prototype rows 0 and 3 say "inside",
/// rows 1 and 2, where the picture is, say "outside", though not by much: a quarter of a row of the
/// padding would turn them.
TEST(Mask, PaddingDoesNotReachIntoThePicture) {
  std::vector<float> values(16, -0.3f);
  for (size_t x = 0; x < 4; ++x)
    values[x] = values[12 + x] = 100;
  const Letterbox letterbox = letterboxToDetect(8, 4, 16, 16);
  const float one[] = {1};
  EXPECT_THAT(pictureMask({values, 1, 4, 4}, one, {0, 0, 8, 4}, letterbox).counts, ElementsAre(32));
}

TEST(Mask, PaddingBesideATallPictureDoesNotReachIntoIt) {
  std::vector<float> values(16, -0.3f);
  for (size_t y = 0; y < 4; ++y)
    values[y * 4] = values[y * 4 + 3] = 100;
  const Letterbox letterbox = letterboxToDetect(4, 8, 16, 16);
  const float one[] = {1};
  EXPECT_THAT(pictureMask({values, 1, 4, 4}, one, {0, 0, 4, 8}, letterbox).counts, ElementsAre(32));
}

/// Prototypes of 4x4 for an input of 16x8: a quarter across, half down.
TEST(Mask, SidesAreScaledEachForItself) {
  std::vector<float> values(16, -1.0f);
  std::fill_n(values.begin(), 8, 1.0f); // The upper two rows.
  const Prototypes prototypes = {values, 1, 4, 4};
  const Letterbox letterbox = letterboxToDetect(16, 8, 16, 8);
  const float one[] = {1};
  // Columns 1 and 2 of x from 4 to 12; rows 0 and 1 of y from 0 to 4.
  EXPECT_THAT(prototypeMask(prototypes, one, {4, 0, 12, 4}, letterbox).counts,
              ElementsAre(4, 2, 2, 2, 6));
  // Between the second and the third row lies y = 4: (4 - 0.5 + 0.5) / 8 * 4 - 0.5 = 1.5.
  EXPECT_THAT(pictureMask(prototypes, one, {0, 0, 2, 8}, letterbox).counts,
              ElementsAre(0, 4, 4, 4, 116));
}

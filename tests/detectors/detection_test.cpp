// Expected values are computed by hand.

#include "detectors/shared/detection.h"

#include <gtest/gtest.h>

using namespace bstc;

TEST(Detection, IntersectionOverUnionOfKnownBoxes) {
  const Box box = {0, 0, 10, 10};
  EXPECT_FLOAT_EQ(intersectionOverUnion(box, box), 1.0f);
  // 5 x 10 common of 100 + 100 - 50.
  EXPECT_FLOAT_EQ(intersectionOverUnion(box, {5, 0, 15, 10}), 50.0f / 150.0f);
  // 2 x 3 inside 10 x 10.
  EXPECT_FLOAT_EQ(intersectionOverUnion(box, {1, 1, 3, 4}), 6.0f / 100.0f);
}

TEST(Detection, BoxesThatOnlyTouchOrAreEmptyShareNothing) {
  EXPECT_EQ(intersectionOverUnion({0, 0, 10, 10}, {10, 0, 20, 10}), 0);
  EXPECT_EQ(intersectionOverUnion({0, 0, 10, 10}, {20, 20, 30, 30}), 0);
  EXPECT_EQ(intersectionOverUnion({5, 5, 5, 5}, {5, 5, 5, 5}), 0);
}

/// Apart on one side only, a negative extent times a positive one would be an overlap below 0.
TEST(Detection, BoxesBesideEachOtherShareNothing) {
  const Box box = {0, 0, 10, 10};
  EXPECT_EQ(intersectionOverUnion(box, {20, 0, 30, 10}), 0);
  EXPECT_EQ(intersectionOverUnion(box, {0, 20, 10, 30}), 0);
  EXPECT_EQ(intersectionOverUnion(box, {20, 20, 30, 30}), 0);
  EXPECT_EQ(intersectionOverUnion(box, {10, 0, 20, 10}), 0);
}

// The arithmetic is tested with the kernel (tests/kernels/nms_test.cpp): here, what a caller sees.

#include "detectors/shared/suppress.h"

#include <gtest/gtest.h>

using namespace bstc;

TEST(Suppress, DetectionsAreTheBestFirst) {
  const bst::PredictionRow layout = {.classes = 2, .masks = 1};
  const std::vector<float> predictions = {
      50, 50, 20, 10, 0.5f, 0.25f, 0.75f, 7, // class 1: 0.375
      51, 50, 20, 10, 0.5f, 0.25f, 0.7f,  8, // falls to it
      10, 20, 4,  6,  0.8f, 0.5f,  0,     9, // class 0: 0.4
  };
  const std::vector<Detection> found = suppress(predictions, 3, layout, {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].classIndex, 0);
  EXPECT_FLOAT_EQ(found[0].score, 0.4f);
  EXPECT_EQ(found[0].row, 2U);
  EXPECT_EQ(found[1].classIndex, 1);
  EXPECT_FLOAT_EQ(found[1].score, 0.375f);
  EXPECT_EQ(found[1].row, 0U);
  EXPECT_EQ(found[1].box.x1, 40);
  EXPECT_EQ(found[1].box.y1, 45);
  EXPECT_EQ(found[1].box.x2, 60);
  EXPECT_EQ(found[1].box.y2, 55);
}

TEST(Suppress, NoPredictionsNoDetections) {
  EXPECT_TRUE(suppress({}, 0, {.classes = 80}, {}).empty());
}

#include "backends/dsp/kernels/head.h"
#include "tests/kernels/case.h"
#include "tests/kernels/rng.h"

#include <gtest/gtest.h>

// Detection by integers: thresholds, and a result that is worked out by hand. That it equals decode
// and suppression on random heads is for the differential tests.
namespace bst::problems {
namespace {

Tensor headOf(DType dtype, float scale, int32_t zeroPoint) {
  Tensor head;
  head.dtype = dtype;
  head.scale = scale;
  head.zeroPoint = zeroPoint;
  return head;
}

TEST(ObjectnessThreshold, IsTheSmallestIntegerAbove) {
  // sigmoid(x) > 0.25 where x > -ln 3 = -1.0986: with steps of 0.125 from -8 (-1.0) on.
  EXPECT_EQ(objectnessThreshold(headOf(DType::S8, 0.125f, 0), 0.25f), -8);
  EXPECT_EQ(objectnessThreshold(headOf(DType::U8, 0.125f, 0), 0.25f), 0);
  EXPECT_EQ(objectnessThreshold(headOf(DType::U8, 0.125f, 200), 0.25f), 192);
  EXPECT_EQ(objectnessThreshold(headOf(DType::S8, 0.125f, -100), 0.25f), -108);
  // sigmoid(0) = 0.5 is not above 0.5.
  EXPECT_EQ(objectnessThreshold(headOf(DType::S8, 0.125f, 3), 0.5f), 4);
}

TEST(ObjectnessThreshold, IsBeyondTheTypeWhereNoneIs) {
  EXPECT_EQ(objectnessThreshold(headOf(DType::S8, 0.125f, 0), 1), 128);
  EXPECT_EQ(objectnessThreshold(headOf(DType::U8, 0.125f, 0), 1), 256);
  // The greatest number is 0, whose sigmoid is 0.5.
  EXPECT_EQ(objectnessThreshold(headOf(DType::S8, 0.125f, 127), 0.5f), 128);
}

TEST(ObjectnessThreshold, IsTheLowestWhereAllAre) {
  EXPECT_EQ(objectnessThreshold(headOf(DType::S8, 0.125f, 0), 0), -128);
  EXPECT_EQ(objectnessThreshold(headOf(DType::U8, 0.01f, 128), 0.2f), 0);
}

/// What lets integers be compared in place of their sigmoids, over scales from the least to beyond
/// what saturates, wherever 0 is.
TEST(Detect, SigmoidsOfAHeadAscend) {
  Rng rng(7);
  for (int i = 0; i < 20000; ++i) {
    const Tensor head =
        headOf(DType::U8, float(std::exp2(rng.real(-126, 4))), int32_t(rng.between(0, 255)));
    for (int value = 1; value < 256; ++value)
      ASSERT_LE(sigmoidOf(realOf(head, uint8_t(value - 1))),
                sigmoidOf(realOf(head, uint8_t(value))))
          << "scale " << head.scale << ", zero point " << head.zeroPoint << ", " << value;
  }
}

TEST(Detect, FindsTheObjectnessOfAllAnchorsFirst) {
  // One pixel, 2 anchors, 2 classes, steps of 1: the second box only is above the threshold.
  DetectParams params;
  params.decode = {
      .anchorsPerLevel = 2, .classes = 2, .masks = 1, .strides = {8}, .anchors = {16, 8, 4, 4}};
  params.options = {.maxDetections = 1};
  params.objectnessFirst = true;
  Case test;
  const uint32_t head = test.add(DType::S8, Layout::Nhwc, {1, 16, 1, 1}, 1, 0);
  test.fill(head, std::vector<int8_t>{-128, 0,                    // Objectness 0 and 0.5.
                                      1, 1, 1, 1, 100, 100, 5,    // The first box.
                                      0, 0, 0, 0, -128, 100, 9}); // The second one: class 1.
  params.thresholds = {objectnessThreshold(test.tensor(head), 0.25f)};
  test.add(DType::F32, Layout::RowMajor, {7 + 1});
  test.finish(Engine::Dsp, params);
  std::unique_ptr<Simulator> simulator = createSimulator();
  std::string error;
  const Bytes output = runOn(test, *simulator, error);
  ASSERT_EQ(error, "");
  // x, y = (0.5 * 2 - 0.5) * 8 = 4; w, h = 1 * 4.
  const std::vector<float> expected = {2, 2, 6, 6, 0.5f, 1, 9, 1};
  const auto *actual = reinterpret_cast<const float *>(output.data());
  EXPECT_EQ(std::vector<float>(actual, actual + expected.size()), expected);
}

TEST(Detect, OfEqualScoresTakesTheFirstClass) {
  // Steps of 1: the sigmoids of 100 and 120 are both 1 in float, so classes 1 and 2 are equal
  // although their integers are not, and class 1 is the first. One pixel; its two boxes lie 40
  // pixels apart or more, as their anchors' sizes do.
  DetectParams params;
  params.decode = {
      .anchorsPerLevel = 2, .classes = 3, .masks = 1, .strides = {8}, .anchors = {16, 8, 4, 4}};
  params.options = {.maxDetections = 3};
  Case test;
  const uint32_t head = test.add(DType::S8, Layout::Nhwc, {1, 18, 1, 1}, 1, 0);
  test.fill(head, std::vector<int8_t>{0, 0, 0, 0, 0, -128, 100, 120, 7,   // Objectness 0.5.
                                      0, 0, 0, 0, -2, 120, 120, 120, 9}); // sigmoid(-2) = 0.12.
  params.thresholds = {objectnessThreshold(test.tensor(head), 0.25f)};
  EXPECT_EQ(params.thresholds[0], -1);
  test.add(DType::F32, Layout::RowMajor, {3 * 7 + 1});
  test.finish(Engine::Dsp, params);
  std::unique_ptr<Simulator> simulator = createSimulator();
  std::string error;
  const Bytes output = runOn(test, *simulator, error);
  ASSERT_EQ(error, "");
  // x, y = (0.5 * 2 - 0.5) * 8 = 4; w, h = 1 * anchor.
  const std::vector<float> expected = {-4, 0,    12, 8, 0, 0, 0, 0, 0, 0, 0,
                                       0,  0.5f, 0,  0, 1, 0, 0, 7, 0, 0, 1};
  const auto *actual = reinterpret_cast<const float *>(output.data());
  EXPECT_EQ(std::vector<float>(actual, actual + expected.size()), expected);
}

} // namespace
} // namespace bst::problems

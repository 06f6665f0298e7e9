// Against hand-made cases, and a second implementation that goes through all pairs at each
// threshold as the definition says.

#include "vision/accuracy/label_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace bstc;

using Classes = std::vector<int32_t>;
using Overlaps = std::vector<float>;

TEST(LabelMatch, ThresholdsGoFromHalfInTwentieths) {
  EXPECT_FLOAT_EQ(iouThreshold(0), 0.5f);
  EXPECT_FLOAT_EQ(iouThreshold(1), 0.55f);
  EXPECT_FLOAT_EQ(iouThreshold(iouThresholds - 1), 0.95f);
}

TEST(LabelMatch, ADetectionIsRightUpToItsOverlap) {
  // 0.72 reaches 0.50, 0.55, 0.60, 0.65 and 0.70; 0.5 itself is enough, a little less is not.
  const Overlaps overlaps = {0.72f, 0.0f, 0.0f, 0.0f, 0.5f, 0.0f, 0.0f, 0.0f, 0.4999f};
  EXPECT_EQ(matchLabels(Classes{0, 0, 0}, Classes{0, 0, 0}, overlaps),
            (std::vector<CorrectAt>{0b11111, 0b1, 0}));
}

TEST(LabelMatch, ClassesHaveToAgree) {
  EXPECT_EQ(matchLabels(Classes{3}, Classes{4, 3}, Overlaps{0.99f, 0.52f}),
            (std::vector<CorrectAt>{0, 1}));
}

TEST(LabelMatch, ALabelIsFoundOnceByTheBetterScore) {
  // The second detection fits better, but comes later; where only it fits, it is right.
  EXPECT_EQ(matchLabels(Classes{0}, Classes{0, 0}, Overlaps{0.62f, 0.81f}),
            (std::vector<CorrectAt>{0b111, 0b1111000}));
}

TEST(LabelMatch, ADetectionDoesNotFallBackToItsSecondLabel) {
  // Both detections fit the first label best; the second would also do for the second label.
  EXPECT_EQ(matchLabels(Classes{0, 0}, Classes{0, 0}, Overlaps{0.9f, 0.8f, 0.1f, 0.6f}),
            (std::vector<CorrectAt>{0x1ff, 0}));
}

TEST(LabelMatch, OfEqualOverlapsTheLaterLabelIsTaken) {
  // The first detection takes the second label, which leaves the first one to the other.
  EXPECT_EQ(matchLabels(Classes{0, 0}, Classes{0, 0}, Overlaps{0.5f, 0.6f, 0.5f, 0.1f}),
            (std::vector<CorrectAt>{0b1, 0b111}));
}

TEST(LabelMatch, NothingMatchesNothing) {
  EXPECT_TRUE(matchLabels({}, {}, {}).empty());
  EXPECT_TRUE(matchLabels(Classes{1}, {}, {}).empty());
  EXPECT_EQ(matchLabels({}, Classes{1, 2}, {}), (std::vector<CorrectAt>{0, 0}));
}

/// The definition, word for word, at one threshold.
static std::vector<bool> matchByPairs(const Classes &labels, const Classes &detections,
                                      const Overlaps &overlaps, float threshold) {
  struct Pair {
    size_t label, detection;
    float overlap;
  };
  std::vector<Pair> pairs;
  for (size_t l = 0; l < labels.size(); ++l)
    for (size_t d = 0; d < detections.size(); ++d)
      if (const float overlap = overlaps[l * detections.size() + d];
          overlap >= threshold && labels[l] == detections[d])
        pairs.push_back({l, d, overlap});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair &a, const Pair &b) { return a.overlap < b.overlap; });
  std::reverse(pairs.begin(), pairs.end());
  std::map<size_t, Pair> ofDetection;
  for (const Pair &pair : pairs)
    ofDetection.try_emplace(pair.detection, pair);
  std::map<size_t, Pair> ofLabel;
  for (const auto &[detection, pair] : ofDetection)
    ofLabel.try_emplace(pair.label, pair);
  std::vector<bool> correct(detections.size(), false);
  for (const auto &[label, pair] : ofLabel)
    correct[pair.detection] = true;
  return correct;
}

TEST(LabelMatch, AgreesWithTheDefinitionOnRandomPictures) {
  std::mt19937 random(5);
  size_t right = 0, wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    Classes labels(random() % 6), detections(random() % 12);
    for (Classes *classes : {&labels, &detections})
      for (int32_t &index : *classes)
        index = int32_t(random() % 3);
    Overlaps overlaps(labels.size() * detections.size());
    for (float &overlap : overlaps) // Coarse, so that some are equal.
      overlap = float(random() % 41) / 40;
    const std::vector<CorrectAt> correct = matchLabels(labels, detections, overlaps);
    for (int i = 0; i < iouThresholds; ++i) {
      const auto expected = matchByPairs(labels, detections, overlaps, iouThreshold(i));
      for (size_t d = 0; d < detections.size(); ++d) {
        EXPECT_EQ(((correct[d] >> i) & 1) != 0, expected[d]) << "round " << round;
        (expected[d] ? right : wrong) += 1;
      }
    }
  }
  EXPECT_GT(right, 1000u);
  EXPECT_GT(wrong, 1000u);
}

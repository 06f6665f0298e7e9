// Against values computed by hand, and a second implementation on dense arrays that follows the
// definition step by step.

#include "vision/accuracy/average_precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace bstc;

using Numbers = std::vector<double>;
constexpr CorrectAt everywhere = (1u << iouThresholds) - 1;

TEST(AveragePrecision, OfARightAWrongAndARightDetectionOfTwoLabels) {
  // Precision is 1 up to recall 0.49 and 2/3 from 0.50 to 0.99, and falls to 0 at 1: 49 steps of 1,
  // one of (1 + 2/3) / 2, 49 of 2/3, one of 1/3.
  EXPECT_NEAR(averagePrecision(Numbers{0.5, 0.5, 1}, Numbers{1, 0.5, 2.0 / 3}),
              (49 + 5.0 / 6 + 49 * 2.0 / 3 + 1.0 / 3) / 100, 1e-12);
}

TEST(AveragePrecision, OfPerfectDetectionsIsYolov5s995) {
  EXPECT_NEAR(averagePrecision(Numbers{1}, Numbers{1}), 0.995, 1e-12);
}

TEST(AveragePrecision, WithoutDetectionsFallsInAStraightLine) {
  // What the definition gives for empty curves; classes without detections do not come here.
  EXPECT_NEAR(averagePrecision({}, {}), 0.5, 1e-12);
}

TEST(AveragePrecision, InterpolationTakesTheLastOfEqualAbscissas) {
  const Numbers xs = {1, 2, 2, 4}, ys = {10, 20, 30, 50};
  EXPECT_EQ(interpolate(0.5, xs, ys, -7), -7);
  EXPECT_EQ(interpolate(1, xs, ys, -7), 10);
  EXPECT_EQ(interpolate(1.5, xs, ys, -7), 15);
  EXPECT_EQ(interpolate(2, xs, ys, -7), 30);
  EXPECT_EQ(interpolate(3, xs, ys, -7), 40);
  EXPECT_EQ(interpolate(9, xs, ys, -7), 50);
}

TEST(AccuracyMeter, APerfectDetectionOfEachLabel) {
  AccuracyMeter meter;
  meter.add(std::vector<int32_t>{2, 7},
            std::vector<ScoredMatch>{{0.9f, 2, everywhere}, {0.8f, 7, everywhere}});
  const Accuracy accuracy = meter.compute();
  ASSERT_EQ(accuracy.classes.size(), 2u);
  EXPECT_EQ(accuracy.classes[1].classIndex, 7);
  EXPECT_EQ(accuracy.labels, 2u);
  EXPECT_NEAR(accuracy.map50, 0.995, 1e-9);
  EXPECT_NEAR(accuracy.map, 0.995, 1e-9);
  EXPECT_NEAR(accuracy.precision, 1, 1e-9);
  EXPECT_NEAR(accuracy.recall, 1, 1e-9);
}

TEST(AccuracyMeter, ThresholdsAreAveraged) {
  AccuracyMeter meter; // Right up to IoU 0.70: at 5 of 10 thresholds.
  meter.add(std::vector<int32_t>{0}, std::vector<ScoredMatch>{{0.9f, 0, 0b11111}});
  const Accuracy accuracy = meter.compute();
  EXPECT_NEAR(accuracy.map50, 0.995, 1e-9);
  EXPECT_NEAR(accuracy.map, 0.995 / 2, 1e-9);
}

TEST(AccuracyMeter, OnlyClassesWithLabelsCount) {
  AccuracyMeter meter;
  meter.add(std::vector<int32_t>{1}, std::vector<ScoredMatch>{{0.9f, 1, everywhere}, {0.9f, 5, 0}});
  const Accuracy accuracy = meter.compute();
  ASSERT_EQ(accuracy.classes.size(), 1u);
  EXPECT_NEAR(accuracy.map50, 0.995, 1e-9);
  EXPECT_EQ(accuracy.find(5), nullptr);
  EXPECT_EQ(accuracy.find(1), &accuracy.classes[0]);
}

TEST(AccuracyMeter, AClassThatIsNeverFoundLowersTheMean) {
  AccuracyMeter meter;
  meter.add(std::vector<int32_t>{1, 2}, std::vector<ScoredMatch>{{0.9f, 1, everywhere}});
  const Accuracy accuracy = meter.compute();
  EXPECT_NEAR(accuracy.map50, 0.995 / 2, 1e-9);
  EXPECT_EQ(accuracy.find(2)->ap50(), 0);
  EXPECT_EQ(accuracy.find(2)->recall, 0);
}

TEST(AccuracyMeter, DetectionsOnPicturesWithoutLabelsAreFalse) {
  AccuracyMeter meter;
  meter.add({}, std::vector<ScoredMatch>{{0.95f, 0, 0}});
  meter.add(std::vector<int32_t>{0}, std::vector<ScoredMatch>{{0.9f, 0, everywhere}});
  // Precision 0, then 1/2 at recall 1; the envelope falls linearly from 1 at 0 to 1/2 at 0 (the
  // point of the false detection): 1/2 from the first step on, and 0 at recall 1.
  EXPECT_NEAR(meter.compute().map50, (0.5 * 99 + 0.25) / 100, 1e-9);
}

TEST(AccuracyMeter, EmptyIsZero) {
  const Accuracy nothing = AccuracyMeter().compute();
  EXPECT_TRUE(nothing.classes.empty());
  EXPECT_EQ(nothing.map50, 0);
  AccuracyMeter meter;
  meter.add(std::vector<int32_t>{4}, {});
  EXPECT_EQ(meter.compute().classes.at(0).ap(), 0);
  EXPECT_EQ(meter.compute().recall, 0);
}

TEST(AccuracyMeter, ScoresThatAreNotNumbersDoNotCount) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  AccuracyMeter meter;
  meter.add(std::vector<int32_t>{0},
            std::vector<ScoredMatch>{{nan, 0, 0}, {0.5f, 0, everywhere}, {nan, 0, everywhere}});
  EXPECT_NEAR(meter.compute().map50, 0.995, 1e-9);
}

TEST(AccuracyMeter, ReportsPrecisionAndRecallWhereF1IsGreatest) {
  // Scores around 0.8 are right, those around 0.2 are wrong: the best confidence is between, where
  // all four labels are found and nothing else is.
  AccuracyMeter meter;
  std::vector<ScoredMatch> matches;
  for (const float score : {0.82f, 0.81f, 0.8f, 0.79f})
    matches.push_back({score, 0, everywhere});
  for (const float score : {0.22f, 0.21f, 0.2f, 0.19f})
    matches.push_back({score, 0, 0});
  meter.add(std::vector<int32_t>(4, 0), matches);
  const Accuracy accuracy = meter.compute();
  EXPECT_GT(accuracy.confidence, 0.22);
  EXPECT_LT(accuracy.confidence, 0.79);
  EXPECT_NEAR(accuracy.recall, 1, 1e-6);
  EXPECT_GT(accuracy.precision, 0.5);
}

TEST(AccuracyMeter, AboveTheBestScorePrecisionIsOneAndRecallZero) {
  // Class 0 is best found between 0.04 and 0.9, where nothing of class 1 is left.
  AccuracyMeter meter;
  std::vector<ScoredMatch> matches(10, {0.9f, 0, everywhere});
  matches.insert(matches.end(), 50, {0.04f, 0, 0});
  matches.push_back({0.03f, 1, everywhere});
  std::vector<int32_t> labels(10, 0);
  labels.insert(labels.end(), 10, 1);
  meter.add(labels, matches);
  const Accuracy accuracy = meter.compute();
  EXPECT_GT(accuracy.confidence, 0.04);
  EXPECT_EQ(accuracy.find(1)->precision, 1);
  EXPECT_EQ(accuracy.find(1)->recall, 0);
}

// ---- The definition on dense arrays.

namespace {

struct Row {
  float score;
  int32_t classIndex;
  bool correct[iouThresholds];
};

struct Expected {
  std::vector<Numbers> ap; ///< [class][threshold]
  std::vector<Numbers> precisionAt, recallAt;
  double precision = 0, recall = 0, map50 = 0, map = 0;
};

/// Linear interpolation by looking at every interval.
double lookUp(double x, const Numbers &xs, const Numbers &ys, double left, double right) {
  double found = x < xs.front() ? left : right;
  for (size_t i = 0; i + 1 < xs.size(); ++i)
    if (xs[i] <= x && x < xs[i + 1])
      found = ys[i] + (ys[i + 1] - ys[i]) * ((x - xs[i]) / (xs[i + 1] - xs[i]));
  return found;
}

double areaBelow(const Numbers &recall, const Numbers &precision) {
  Numbers xs = recall, ys = precision;
  xs.insert(xs.begin(), 0);
  ys.insert(ys.begin(), 1);
  xs.push_back(1);
  ys.push_back(0);
  for (size_t i = 0; i < ys.size(); ++i)
    ys[i] = *std::max_element(ys.begin() + ptrdiff_t(i), ys.end());
  double area = 0;
  for (int i = 0; i < 100; ++i)
    area += 0.005 * (lookUp(i / 100.0, xs, ys, 0, ys.back()) +
                     lookUp((i + 1) / 100.0, xs, ys, 0, ys.back()));
  return area;
}

Expected bySteps(const std::vector<int32_t> &labels, std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row &a, const Row &b) { return a.score > b.score; });
  std::vector<int32_t> classes = labels;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  Expected expected;
  std::vector<Numbers> p, r;
  for (const int32_t index : classes) {
    const double count = double(std::count(labels.begin(), labels.end(), index));
    Numbers negated, ap;
    Numbers precisionAt(1000, 0), recallAt(1000, 0);
    for (int t = 0; t < iouThresholds; ++t) {
      Numbers recall, precision;
      negated.clear();
      double right = 0, false_ = 0;
      for (const Row &row : rows) {
        if (row.classIndex != index)
          continue;
        (row.correct[t] ? right : false_) += 1;
        recall.push_back(right / count);
        precision.push_back(right / (right + false_));
        negated.push_back(-double(row.score));
      }
      ap.push_back(recall.empty() ? 0 : areaBelow(recall, precision));
      for (size_t k = 0; t == 0 && !recall.empty() && k < 1000; ++k) {
        precisionAt[k] = lookUp(-double(k) / 999, negated, precision, 1, precision.back());
        recallAt[k] = lookUp(-double(k) / 999, negated, recall, 0, recall.back());
      }
    }
    expected.ap.push_back(ap);
    p.push_back(precisionAt);
    r.push_back(recallAt);
  }
  Numbers f1(1000, 0);
  for (size_t c = 0; c < classes.size(); ++c)
    for (size_t k = 0; k < 1000; ++k)
      f1[k] += 2 * p[c][k] * r[c][k] / (p[c][k] + r[c][k] + 1e-16) / double(classes.size());
  Numbers padded(50, f1.front());
  padded.insert(padded.end(), f1.begin(), f1.end());
  padded.insert(padded.end(), 50, f1.back());
  Numbers smooth(1000, 0);
  for (size_t k = 0; k < 1000; ++k)
    for (size_t i = 0; i < 101; ++i)
      smooth[k] += padded[k + i] / 101;
  const size_t best = size_t(std::max_element(smooth.begin(), smooth.end()) - smooth.begin());
  expected.precisionAt = p;
  expected.recallAt = r;
  for (size_t c = 0; c < classes.size(); ++c) {
    expected.map50 += expected.ap[c][0] / double(classes.size());
    for (const double ap : expected.ap[c])
      expected.map += ap / 10 / double(classes.size());
    expected.precision += p[c][best] / double(classes.size());
    expected.recall += r[c][best] / double(classes.size());
  }
  return expected;
}

struct RandomPictures {
  explicit RandomPictures(unsigned seed) : random(seed) {
    for (int picture = 0; picture < 6; ++picture) {
      std::vector<int32_t> own(random() % 7);
      for (int32_t &index : own)
        index = int32_t(random() % 4);
      std::vector<ScoredMatch> matches;
      for (const int32_t index : own)
        if (random() % 3)
          matches.push_back(detection(index, CorrectAt((1u << (random() % 11)) - 1)));
      for (size_t i = random() % 6; i > 0; --i)
        matches.push_back(detection(int32_t(random() % 5), 0));
      labels.push_back(own);
      detections.push_back(matches);
    }
  }
  /// Scores in steps of 1/64, so that some are equal.
  ScoredMatch detection(int32_t index, CorrectAt correct) {
    return {float(1 + random() % 63) / 64, index, correct};
  }
  AccuracyMeter meter() const {
    AccuracyMeter meter;
    for (size_t i = 0; i < labels.size(); ++i)
      meter.add(labels[i], detections[i]);
    return meter;
  }
  std::mt19937 random;
  std::vector<std::vector<int32_t>> labels;
  std::vector<std::vector<ScoredMatch>> detections;
};

} // namespace

TEST(AccuracyMeter, AgreesWithTheDefinitionOnRandomDetections) {
  int compared = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const RandomPictures pictures(seed);
    std::vector<int32_t> labels;
    std::vector<Row> rows;
    for (size_t i = 0; i < pictures.labels.size(); ++i) {
      labels.insert(labels.end(), pictures.labels[i].begin(), pictures.labels[i].end());
      for (const ScoredMatch &match : pictures.detections[i]) {
        Row row = {match.score, match.classIndex, {}};
        for (int t = 0; t < iouThresholds; ++t)
          row.correct[t] = (match.correct >> t) & 1;
        rows.push_back(row);
      }
    }
    const Expected expected = bySteps(labels, rows);
    const Accuracy accuracy = pictures.meter().compute();
    ASSERT_EQ(accuracy.classes.size(), expected.ap.size());
    for (size_t c = 0; c < expected.ap.size(); ++c)
      for (size_t t = 0; t < size_t(iouThresholds); ++t, ++compared)
        EXPECT_NEAR(accuracy.classes[c].averagePrecision[t], expected.ap[c][t], 1e-9) << seed;
    for (size_t c = 0; c < expected.ap.size(); ++c)
      for (size_t k = 0; k < 1000; k += 7) {
        EXPECT_NEAR(accuracy.classes[c].precisionAt[k], expected.precisionAt[c][k], 1e-6) << seed;
        EXPECT_NEAR(accuracy.classes[c].recallAt[k], expected.recallAt[c][k], 1e-6) << seed;
      }
    EXPECT_NEAR(accuracy.map50, expected.map50, 1e-9) << seed;
    EXPECT_NEAR(accuracy.map, expected.map, 1e-9) << seed;
    EXPECT_NEAR(accuracy.precision, expected.precision, 1e-5) << seed;
    EXPECT_NEAR(accuracy.recall, expected.recall, 1e-5) << seed;
  }
  EXPECT_GT(compared, 1000);
}

TEST(AccuracyMeter, TheOrderOfPicturesDoesNotMatterWhereScoresDiffer) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomPictures pictures(seed);
    int number = 0;
    for (auto &picture : pictures.detections)
      for (ScoredMatch &match : picture)
        match.score += float(++number) * 1e-4f;
    const Accuracy before = pictures.meter().compute();
    std::reverse(pictures.labels.begin(), pictures.labels.end());
    std::reverse(pictures.detections.begin(), pictures.detections.end());
    const Accuracy after = pictures.meter().compute();
    EXPECT_EQ(before.map50, after.map50);
    EXPECT_EQ(before.map, after.map);
    EXPECT_EQ(before.precision, after.precision);
    EXPECT_EQ(before.recall, after.recall);
  }
}

TEST(AccuracyMeter, ManyDetectionsAreSortedNotCompared) {
  AccuracyMeter meter; // Quadratic time would not end.
  std::vector<ScoredMatch> matches(100000);
  for (size_t i = 0; i < matches.size(); ++i)
    matches[i] = {float(i % 977) / 977, 0, CorrectAt(i % 2 ? everywhere : 0)};
  meter.add(std::vector<int32_t>(50000, 0), matches);
  const Accuracy accuracy = meter.compute();
  EXPECT_NEAR(accuracy.map50, 0.5, 0.02);
}

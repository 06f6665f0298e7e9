// Non-maximum suppression: cases worked out by hand, the expected values of ONNX's own operator
// tests, and random problems against the step-by-step reference.

#include "tests/reference/nms.h"

#include "tests/kernels/rng.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace bst;
using problems::Rng;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Predictions that own their numbers.
struct Rows {
  int32_t classes = 1, masks = 0;
  std::vector<float> numbers;

  size_t width() const { return size_t(5 + classes + masks); }
  int64_t count() const { return int64_t(numbers.size() / width()); }
  NmsPredictions view() const {
    return {.data = numbers.data(), .rows = count(), .classes = classes, .masks = masks};
  }
  /// A box by its corners, objectness 1.
  void addCorners(float x1, float y1, float x2, float y2, std::vector<float> scores) {
    numbers.insert(numbers.end(), {(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, 1.0f});
    numbers.insert(numbers.end(), scores.begin(), scores.end());
    numbers.insert(numbers.end(), size_t(masks), 0.5f);
  }
};

std::vector<NmsBox> suppress(const Rows &rows, const NmsOptions &options,
                             Isa isa = supportedIsas().front()) {
  const NmsPredictions view = rows.view();
  std::vector<uint64_t> scratch(nmsScratchSize(view.rows, view.classes, options) / 8);
  std::vector<NmsBox> kept(size_t(std::min(options.maxDetections, options.maxCandidates)));
  kept.resize(
      suppressBoxes(view, options, kept, reinterpret_cast<std::byte *>(scratch.data()), isa));
  return kept;
}

std::vector<uint32_t> rowsOf(const std::vector<NmsBox> &boxes) {
  std::vector<uint32_t> rows(boxes.size());
  std::transform(boxes.begin(), boxes.end(), rows.begin(), [](const NmsBox &b) { return b.row; });
  return rows;
}

std::vector<int32_t> classesOf(const std::vector<NmsBox> &boxes) {
  std::vector<int32_t> classes(boxes.size());
  std::transform(boxes.begin(), boxes.end(), classes.begin(),
                 [](const NmsBox &b) { return b.classIndex; });
  return classes;
}

/// The six boxes of ONNX's tests of NonMaxSuppression.
Rows onnxBoxes(int32_t classes) {
  Rows rows{.classes = classes, .numbers = {}};
  const float tops[] = {0, 0.1f, -0.1f, 10, 10.1f, 100};
  const float scores[] = {0.9f, 0.75f, 0.6f, 0.95f, 0.5f, 0.3f};
  for (int i = 0; i < 6; ++i)
    rows.addCorners(0, tops[i], 1, tops[i] + 1, std::vector<float>(size_t(classes), scores[i]));
  return rows;
}

} // namespace

// onnx/backend/test/case/node/nonmaxsuppression.py: the selected indices are theirs.
TEST(Nms, ExpectedValuesOfOnnx) {
  const NmsOptions options = {.confidence = 0, .iou = 0.5, .maxDetections = 3};
  EXPECT_THAT(rowsOf(suppress(onnxBoxes(1), options)), ElementsAre(3, 0, 5));
  NmsOptions withScores = options;
  withScores.confidence = 0.4f; // suppress_by_IOU_and_scores
  EXPECT_THAT(rowsOf(suppress(onnxBoxes(1), withScores)), ElementsAre(3, 0));
  NmsOptions two = options;
  two.maxDetections = 2; // limit_output_size
  EXPECT_THAT(rowsOf(suppress(onnxBoxes(1), two)), ElementsAre(3, 0));
  Rows identical;
  for (int i = 0; i < 10; ++i)
    identical.addCorners(0, 0, 1, 1, {0.9f});
  EXPECT_THAT(rowsOf(suppress(identical, options)), ElementsAre(0));
  // two_classes: each class keeps 3 and 0 (and 5, beyond its limit there of two per class).
  NmsOptions classWise = {.confidence = 0.4f, .iou = 0.5, .multiLabel = true};
  const std::vector<NmsBox> kept = suppress(onnxBoxes(2), classWise);
  EXPECT_THAT(rowsOf(kept), ElementsAre(3, 3, 0, 0));
  EXPECT_THAT(classesOf(kept), ElementsAre(0, 1, 0, 1));
}

TEST(Nms, ScoresAndCornersByHand) {
  // Centre 100, 50; 40 wide, 20 high; objectness 0.5, probabilities 0.5, 0.75, 0.25; two masks.
  Rows rows{.classes = 3, .masks = 2, .numbers = {100, 50, 40, 20, 0.5f, 0.5f, 0.75f, 0.25f, 9, 9}};
  EXPECT_THAT(suppress(rows, {.confidence = 0.25f}),
              ElementsAre(NmsBox{80, 40, 120, 60, 0.375f, 1, 0}));
  // 0.5 * 0.5 = 0.25 is not above 0.25.
  EXPECT_THAT(classesOf(suppress(rows, {.confidence = 0.25f, .multiLabel = true})), ElementsAre(1));
  EXPECT_THAT(classesOf(suppress(rows, {.confidence = 0.2f, .multiLabel = true})),
              ElementsAre(1, 0));
  // Objectness 0.5 is not above 0.5, whatever the classes are.
  rows.numbers[6] = 2;
  EXPECT_THAT(suppress(rows, {.confidence = 0.5f}), IsEmpty());
}

// 10 x 10 boxes moved by d overlap by (10 - d) / (10 + d): 6 / 14 = 0.428..., 0.6 for d = 2.5.
TEST(Nms, OverlapAtTheThreshold) {
  Rows rows;
  rows.addCorners(0, 0, 10, 10, {0.9f});
  rows.addCorners(2.5f, 0, 12.5f, 10, {0.8f});
  EXPECT_THAT(rowsOf(suppress(rows, {.iou = 0.59})), ElementsAre(0));
  EXPECT_THAT(rowsOf(suppress(rows, {.iou = 0.61})), ElementsAre(0, 1));
  // 75 / 125 in float is 0.60000002: torchvision takes it for more than 0.6.
  EXPECT_THAT(rowsOf(suppress(rows, {.iou = 0.6})), ElementsAre(0));
  // Exactly at the threshold a box stays: 5 x 10 of 10 x 10.
  Rows half;
  half.addCorners(0, 0, 10, 10, {0.9f});
  half.addCorners(0, 0, 5, 10, {0.8f});
  EXPECT_THAT(rowsOf(suppress(half, {.iou = 0.5})), ElementsAre(0, 1));
}

// A suppressed box suppresses nothing: 1 falls to 0, and 2, which only 1 overlaps enough, stays.
TEST(Nms, WhatIsSuppressedSuppressesNothing) {
  Rows rows;
  rows.addCorners(0, 0, 10, 10, {0.9f});
  rows.addCorners(3, 0, 13, 10, {0.8f}); // 7 / 13 = 0.54 with both neighbours.
  rows.addCorners(6, 0, 16, 10, {0.7f}); // 4 / 16 = 0.25 with the first.
  EXPECT_THAT(rowsOf(suppress(rows, {.iou = 0.5})), ElementsAre(0, 2));
}

TEST(Nms, OnlyBoxesOfOneClassSuppressEachOther) {
  Rows rows{.classes = 2, .numbers = {}};
  rows.addCorners(0, 0, 10, 10, {0.9f, 0});
  rows.addCorners(0, 0, 10, 10, {0, 0.8f});
  rows.addCorners(0, 0, 10, 10, {0.7f, 0});
  EXPECT_THAT(rowsOf(suppress(rows, {})), ElementsAre(0, 1));
  EXPECT_THAT(rowsOf(suppress(rows, {.classAgnostic = true})), ElementsAre(0));
}

TEST(Nms, TiesAreInTheOrderOfRowsThenClasses) {
  Rows rows{.classes = 2, .numbers = {}};
  for (int i = 0; i < 3; ++i)
    rows.addCorners(float(i) * 20, 0, float(i) * 20 + 10, 10, {0.5f, 0.5f});
  const std::vector<NmsBox> kept = suppress(rows, {.multiLabel = true});
  EXPECT_THAT(rowsOf(kept), ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(classesOf(kept), ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(classesOf(suppress(rows, {})), ElementsAre(0, 0, 0)) << "the lower class is the best";
  EXPECT_THAT(rowsOf(suppress(rows, {.maxDetections = 2})), ElementsAre(0, 1));
  EXPECT_THAT(rowsOf(suppress(rows, {.maxCandidates = 1})), ElementsAre(0));
}

TEST(Nms, NothingOfNothing) {
  EXPECT_THAT(suppress({}, {}), IsEmpty());
  Rows rows;
  rows.addCorners(0, 0, 10, 10, {0.2f});
  EXPECT_THAT(suppress(rows, {.confidence = 0.25f}), IsEmpty());
  EXPECT_THAT(suppress(rows, {.confidence = 0, .maxDetections = 0}), IsEmpty());
  EXPECT_THAT(suppress(rows, {.confidence = notANumber}), IsEmpty());
}

TEST(Nms, NumbersThatAreNotFiniteAreNeverKept) {
  for (float bad : {notANumber, infinity, -infinity})
    for (bool multiLabel : {false, true}) {
      const NmsOptions options = {.multiLabel = multiLabel};
      for (size_t field = 0; field < 6; ++field) { // x, y, w, h, objectness, the only class
        Rows rows;
        rows.addCorners(0, 0, 10, 10, {0.9f});
        rows.addCorners(0, 0, 10, 10, {0.5f});
        rows.numbers[field] = bad;
        EXPECT_THAT(rowsOf(suppress(rows, options)), ElementsAre(1)) << field << " is " << bad;
      }
      // The row's other classes count.
      Rows rows{.classes = 20, .numbers = {}};
      std::vector<float> scores(20, 0.0f);
      scores[3] = bad, scores[17] = bad, scores[18] = 0.8f;
      rows.addCorners(0, 0, 10, 10, scores);
      EXPECT_THAT(classesOf(suppress(rows, options)), ElementsAre(18)) << bad;
    }
}

namespace {

/// Boxes around a few centres; scores of a few values, so that there are ties, or of many.
Rows drawRows(Rng &rng, int64_t count, int32_t classes, int32_t masks) {
  Rows rows{.classes = classes, .masks = masks, .numbers = {}};
  const double area = rng.pick({20, 200, 2000}), size = rng.pick({5, 50, 300});
  const int64_t steps = rng.pick({8, 1000, 1 << 24});
  const int oddities = rng.chance(30) ? 5 : 0;
  auto score = [&] {
    if (rng.chance(oddities))
      return rng.chance(50) ? notANumber : infinity;
    return float(rng.between(0, steps)) / float(steps);
  };
  for (int64_t r = 0; r < count; ++r) {
    for (int i = 0; i < 2; ++i)
      rows.numbers.push_back(float(rng.real(0, area)));
    for (int i = 0; i < 2; ++i)
      rows.numbers.push_back(rng.chance(2) ? 0.0f : float(rng.real(0, size)));
    if (rng.chance(oddities))
      rows.numbers[rows.numbers.size() - size_t(rng.between(1, 4))] = notANumber;
    rows.numbers.push_back(score());
    for (int32_t c = 0; c < classes; ++c)
      rows.numbers.push_back(score());
    rows.numbers.insert(rows.numbers.end(), size_t(masks), 1.0f);
  }
  return rows;
}

NmsOptions drawOptions(Rng &rng) {
  return {.confidence = float(rng.pick({0, 1, 250, 900})) / 1000,
          .iou = double(rng.pick({0, 30, 45, 60, 100})) / 100,
          .maxDetections = int32_t(rng.pick({1, 20, 300, 100000})),
          .multiLabel = rng.chance(50),
          .classAgnostic = rng.chance(30),
          .maxCandidates = int32_t(rng.pick({1, 7, 100, 30000}))};
}

} // namespace

TEST(Nms, RandomProblemsAreBitForBitTheReference) {
  size_t keptInAll = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(seed);
    // Apart: the order of arguments is the compiler's.
    const auto masks = int32_t(rng.pick({0, 3}));
    const auto classes = int32_t(rng.logarithmic(1, 90));
    const Rows rows = drawRows(rng, rng.logarithmic(1, 600), classes, masks);
    const NmsOptions options = drawOptions(rng);
    const std::vector<NmsBox> expected = reference::suppressBoxes(rows.view(), options);
    keptInAll += expected.size();
    for (Isa isa : supportedIsas())
      ASSERT_EQ(suppress(rows, options, isa), expected) << "seed " << seed << ", " << isaName(isa);
  }
  EXPECT_GT(keptInAll, 10000U) << "the problems have become trivial";
}

// 1000 rows of 100 classes, all above the confidence: 1e5 candidates, of which 30000 are looked at.
TEST(Nms, AHundredThousandCandidates) {
  const uint64_t seed = 7;
  Rng rng(seed);
  Rows rows{.classes = 100, .numbers = {}};
  for (int r = 0; r < 1000; ++r) {
    std::vector<float> scores(100);
    for (float &score : scores)
      score = float(rng.real(0.01, 1));
    const auto x = float(rng.real(0, 600)), y = float(rng.real(0, 600));
    rows.addCorners(x, y, x + float(rng.real(1, 40)), y + float(rng.real(1, 40)), scores);
  }
  for (int32_t most : {300, 30000}) {
    const NmsOptions options = {
        .confidence = 0.001f, .iou = 0.6, .maxDetections = most, .multiLabel = true};
    const std::vector<NmsBox> expected = reference::suppressBoxes(rows.view(), options);
    EXPECT_EQ(suppress(rows, options), expected) << "seed " << seed;
    EXPECT_GE(expected.size(), 300U);
  }
}

TEST(Nms, ThePermutationOfRowsDoesNotMatter) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    Rows rows{.classes = 3, .numbers = {}};
    for (int r = 0; r < 200; ++r) {
      const auto x = float(rng.real(0, 100)), y = float(rng.real(0, 100));
      rows.addCorners(x, y, x + float(rng.real(1, 40)), y + float(rng.real(1, 40)),
                      {float(rng.real(0, 1)), float(rng.real(0, 1)), float(rng.real(0, 1))});
    }
    std::vector<uint32_t> order(200);
    std::iota(order.begin(), order.end(), 0U);
    for (size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[size_t(rng.between(0, int64_t(i) - 1))]);
    Rows permuted{.classes = 3, .numbers = {}};
    for (uint32_t r : order)
      permuted.numbers.insert(permuted.numbers.end(), rows.numbers.begin() + r * 8,
                              rows.numbers.begin() + (r + 1) * 8);
    const NmsOptions options = {.confidence = 0.1f, .multiLabel = seed % 2 == 1};
    std::vector<NmsBox> kept = suppress(permuted, options);
    for (NmsBox &box : kept)
      box.row = order[box.row];
    EXPECT_EQ(kept, suppress(rows, options)) << "seed " << seed;
  }
}

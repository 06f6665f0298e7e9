// From the files of a dataset to the figures, worked out by hand.

#include "tests/vision/dataset_files.h"

#include "vision/accuracy/picture_matches.h"

using namespace bstc;
using namespace bstc::test;

namespace {

class AccuracyByHand : public DatasetTest {
protected:
  /// The accuracy of these detections on the dataset's pictures of 100 x 100, by path.
  Accuracy measure(const Dataset &dataset, const std::vector<std::vector<Detection>> &found) {
    AccuracyMeter meter;
    for (size_t i = 0; i < dataset.images.size(); ++i) {
      const PictureMatches matches = matchPicture(dataset.images[i].labels, found.at(i), {},
                                                  letterboxToEvaluate(100, 100, 100, 100));
      meter.add(matches.labelClasses, matches.boxes);
    }
    return meter.compute();
  }
};

} // namespace

/// Boxes of 100 x 40 that begin 50 pixels outside end at 50: found to the pixel, AP is 0.995. If
/// they ended at 100, the detection would cover half of them, IoU 0.5: right at one of ten
/// thresholds only.
TEST_F(AccuracyByHand, CocoBoxesThatBeginOutsideOfThePicture) {
  write("a.jpg");
  write("b.jpg");
  write("a.json", R"({"categories": [{"id": 1, "name": "x"}], "images": [
      {"id": 1, "file_name": "a.jpg", "width": 100, "height": 100},
      {"id": 2, "file_name": "b.jpg", "width": 100, "height": 100}], "annotations": [
      {"image_id": 1, "category_id": 1, "bbox": [-50, 20, 100, 40]},
      {"image_id": 2, "category_id": 1, "bbox": [20, -50, 40, 100]}]})");
  const Accuracy accuracy =
      measure(read("a.json"), {{{{0, 20, 50, 60}, 0.9f, 0, 0}}, {{{20, 0, 60, 50}, 0.8f, 0, 0}}});
  EXPECT_NEAR(accuracy.map50, 0.995, 1e-9);
  EXPECT_NEAR(accuracy.map, 0.995, 1e-9);
}

/// Class 0 has four labels, in two pictures. By falling score: 0.9 right; 0.8 on nothing; 0.7 right
/// with an IoU of 0.72, so at five of ten thresholds; 0.6 right.
///
/// Up to IoU 0.70 recall is 1/4, 1/4, 1/2, 3/4 and precision 1, 1/2, 2/3, 3/4. The envelope is 1 up
/// to recall 0.24, 3/4 from 0.25 to 0.75, and falls to 0 at 1. In hundredths: 24 + (1 + 0.75) / 2 +
/// 50 * 0.75 + 25 * 0.75 / 2 = 71.75.
/// Above, recall is 1/4, 1/4, 1/4, 1/2 and precision 1, 1/2, 1/3, 1/2; the envelope is 1 up to
/// 0.24, 1/2 from 0.25 to 0.50, and falls to 0 at 1: 24 + 0.75 + 25 * 0.5 + 50 * 0.5 / 2 = 49.75.
///
/// Class 1 has a label and no detection; class 2 has a detection and no label, and does not count.
/// F1 is greatest at confidences below 0.6, where precision and recall of class 0 are 3/4.
TEST_F(AccuracyByHand, ThreeOfFourLabelsAndAFalseDetection) {
  write("images/a.jpg");
  write("images/b.jpg");
  write("labels/a.txt", "0 0.2 0.2 0.2 0.2\n0 0.6 0.6 0.2 0.2\n1 0.8 0.2 0.1 0.1\n");
  write("labels/b.txt", "0 0.5 0.5 0.2 0.5\n0 0.9 0.9 0.2 0.2\n");
  const std::vector<Detection> a = {{{10, 10, 30, 30}, 0.9f, 0, 0}, {{70, 70, 90, 90}, 0.8f, 0, 0}};
  // 20 x 36 of 20 x 50 pixels: 0.72. The label in the corner is cut off at 100.
  const std::vector<Detection> b = {
      {{40, 25, 60, 61}, 0.7f, 0, 0}, {{80, 80, 100, 100}, 0.6f, 0, 0}, {{0, 0, 9, 9}, 0.5f, 2, 0}};
  const Accuracy accuracy = measure(read("."), {a, b});
  ASSERT_EQ(accuracy.classes.size(), 2u);
  EXPECT_EQ(accuracy.labels, 5u);
  EXPECT_EQ(accuracy.classes[0].labels, 4u);
  EXPECT_NEAR(accuracy.classes[0].ap50(), 0.7175, 1e-9);
  EXPECT_NEAR(accuracy.classes[0].averagePrecision[4], 0.7175, 1e-9);
  EXPECT_NEAR(accuracy.classes[0].averagePrecision[5], 0.4975, 1e-9);
  EXPECT_NEAR(accuracy.classes[0].ap(), (0.7175 + 0.4975) / 2, 1e-9);
  EXPECT_NEAR(accuracy.map50, 0.7175 / 2, 1e-9);
  EXPECT_NEAR(accuracy.map, (0.7175 + 0.4975) / 4, 1e-9);
  EXPECT_EQ(accuracy.confidence, 0); // The first of equals.
  EXPECT_NEAR(accuracy.classes[0].precision, 0.75, 1e-6);
  EXPECT_NEAR(accuracy.classes[0].recall, 0.75, 1e-6);
  EXPECT_NEAR(accuracy.classes[0].f1, 0.75, 1e-6);
  EXPECT_NEAR(accuracy.precision, 0.375, 1e-6);
  EXPECT_NEAR(accuracy.recall, 0.375, 1e-6);
  // Over confidence: 749 / 999 is between 0.7 (precision 2/3, recall 1/2) and 0.8 (1/2, 1/4); 949 /
  // 999 is above the best score.
  const double weight = (749.0 / 999 - 0.7) / 0.1;
  EXPECT_NEAR(accuracy.classes[0].precisionAt[749], 2.0 / 3 - weight / 6, 1e-6);
  EXPECT_NEAR(accuracy.classes[0].recallAt[749], 0.5 - weight / 4, 1e-6);
  EXPECT_EQ(accuracy.classes[0].precisionAt[949], 1);
  EXPECT_EQ(accuracy.classes[0].recallAt[949], 0);
  // Over recall: 200 / 999 is below 1/4; 500 / 999 is in the middle; 874 / 999 near 7/8.
  EXPECT_NEAR(accuracy.classes[0].precisionAtRecall[200], 1, 1e-6);
  EXPECT_NEAR(accuracy.classes[0].precisionAtRecall[500], 0.75, 1e-6);
  EXPECT_NEAR(accuracy.classes[0].precisionAtRecall[874], 3 * (1 - 874.0 / 999), 1e-6);
}

/// Ten labels in 20 slots of score: where F1 is greatest is worked out by its definition. Right
/// scores 0.80 to 0.89, false ones 0.10 to 0.19: between 0.2 and 0.8 all is found, and P = 1 down
/// to 0.19. The curve is flat (P = R = 1) only at 0.8; below, precision falls to 10/11 at 0.19 and
/// recall stays 1, so the smoothed F1 is greatest where the window of 101 points ends with 0.8 plus
/// what it gains on the other side.
TEST_F(AccuracyByHand, TheBestConfidenceIsInTheMiddleOfTheWindow) {
  AccuracyMeter meter;
  std::vector<ScoredMatch> matches;
  for (int i = 0; i < 10; ++i) {
    matches.push_back({float(0.80 + 0.01 * i), 0, 1});
    matches.push_back({float(0.10 + 0.01 * i), 0, 0});
  }
  meter.add(std::vector<int32_t>(10, 0), matches);
  const Accuracy accuracy = meter.compute();
  // F1 at confidence x: R = 1 and P from 10/11 at 0.19 to 1 at 0.8, linear; from 0.8 on P = 1 and R
  // falls by 0.1 each 0.01. A window from x - 0.05 to x + 0.05 that ends at 0.8 loses nothing yet
  // on its right; moving on by a point gains about 1/13 of a thousandth on the left and loses
  // recall on the right (5% of F1 a hundredth): it stops when it has just passed 0.8.
  double best = 0, greatest = 0;
  const auto f1 = [](double x) {
    const double p = x <= 0.19 ? 0 : x < 0.8 ? 10.0 / 11 + (x - 0.19) / 0.61 / 11 : 1;
    const double r = x <= 0.8 ? 1 : x <= 0.89 ? 1 - 10 * (x - 0.8) : 0;
    return 2 * p * r / (p + r);
  };
  for (int k = 250; k < 850; ++k) { // Windows within what f1() says.
    double sum = 0;
    for (int i = k - 50; i <= k + 50; ++i)
      sum += f1(i / 999.0);
    if (sum > greatest) {
      greatest = sum;
      best = k / 999.0;
    }
  }
  EXPECT_GT(best, 0.75 - 0.01);
  EXPECT_LT(best, 0.76);
  EXPECT_NEAR(accuracy.confidence, best, 1e-9);
  EXPECT_NEAR(accuracy.precision, 10.0 / 11 + (best - 0.19) / 0.61 / 11, 1e-6);
  EXPECT_NEAR(accuracy.recall, 1, 1e-6);
}

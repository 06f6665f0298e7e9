#ifndef BSTC_VISION_ACCURACY_AVERAGE_PRECISION_H
#define BSTC_VISION_ACCURACY_AVERAGE_PRECISION_H

#include "vision/accuracy/label_match.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace bstc {

/// Points of the curves over confidence and recall, from 0 to 1.
constexpr size_t curvePoints = 1000;
inline double curveAbscissa(size_t point) { return double(point) / double(curvePoints - 1); }

/// How well objects of one class were found.
struct ClassAccuracy {
  int32_t classIndex = 0;
  uint64_t labels = 0;
  double precision = 0, recall = 0, f1 = 0; ///< At Accuracy::confidence, IoU 0.5.
  std::array<double, iouThresholds> averagePrecision = {};
  double ap50() const { return averagePrecision[0]; }
  double ap() const; ///< Mean over the thresholds: AP50-95.

  // Curves at IoU 0.5, `curvePoints` values each. All zero for a class without detections.
  std::vector<float> precisionAt, recallAt; ///< Over confidence.
  std::vector<float> precisionAtRecall;     ///< The envelope that AP50 integrates.
};

/// How well objects were found. Means run over the classes that have labels.
struct Accuracy {
  std::vector<ClassAccuracy> classes; ///< By index; only those with labels.
  uint64_t labels = 0;
  double confidence = 0; ///< Where the smoothed mean F1 is greatest.
  double precision = 0, recall = 0, map50 = 0, map = 0;
  const ClassAccuracy *find(int32_t classIndex) const;
};

/// A detection after it was compared with its picture's labels.
struct ScoredMatch {
  float score = 0;
  int32_t classIndex = 0;
  CorrectAt correct = 0;
};

/// Gathers the detections of all pictures, 12 bytes each, and computes the accuracy as YOLOv5
/// v7.0 does (utils/metrics.py, ap_per_class and compute_ap):
///  - detections of a class by falling score, equal ones in the order in which they came; recall
///    and precision after each of them;
///  - AP: precision becomes its envelope (greatest to the right, 1 before recall 0, 0 from the last
///    recall to 1), is read at recall 0, 0.01, ... 1 with linear interpolation, and integrated by
///    the trapezoidal rule;
///  - precision, recall, F1 over confidence: linear between detections, at 1000 points; above the
///    best score precision is 1 and recall 0; the point with the greatest mean F1 after a moving
///    average over 101 points is where P and R are reported.
class AccuracyMeter {
public:
  /// One picture; either list may be empty. Detections with a score that is not a number do not
  /// count.
  void add(std::span<const int32_t> labelClasses, std::span<const ScoredMatch> matches);
  Accuracy compute() const;

private:
  std::map<int32_t, uint64_t> labels; ///< By class.
  std::vector<ScoredMatch> detections;
};

/// Linear interpolation in the points (xs, ys) by rising x, as numpy.interp has it: `left` before
/// the first, the last y after the last; of points with equal x the last one counts.
double interpolate(double x, std::span<const double> xs, std::span<const double> ys, double left);

/// Area under precision over recall by the definition above; both in the order of the detections.
double averagePrecision(std::span<const double> recall, std::span<const double> precision);

} // namespace bstc

#endif // BSTC_VISION_ACCURACY_AVERAGE_PRECISION_H

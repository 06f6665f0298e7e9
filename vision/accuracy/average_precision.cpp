#include "vision/accuracy/average_precision.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bstc {

double ClassAccuracy::ap() const {
  return std::accumulate(averagePrecision.begin(), averagePrecision.end(), 0.0) / iouThresholds;
}

const ClassAccuracy *Accuracy::find(int32_t classIndex) const {
  const auto found = std::lower_bound(
      classes.begin(), classes.end(), classIndex,
      [](const ClassAccuracy &row, int32_t index) { return row.classIndex < index; });
  return found != classes.end() && found->classIndex == classIndex ? &*found : nullptr;
}

double interpolate(double x, std::span<const double> xs, std::span<const double> ys, double left) {
  const size_t after = size_t(std::upper_bound(xs.begin(), xs.end(), x) - xs.begin());
  if (after == 0)
    return left;
  const size_t i = after - 1;
  if (after == xs.size() || xs[i] == x)
    return ys[i];
  return ys[i] + (ys[after] - ys[i]) / (xs[after] - xs[i]) * (x - xs[i]);
}

namespace {

/// Precision as it is integrated: the ends added, falling.
struct Envelope {
  Envelope(std::span<const double> recall, std::span<const double> precision) {
    xs.push_back(0);
    xs.insert(xs.end(), recall.begin(), recall.end());
    xs.push_back(1);
    ys.push_back(1);
    ys.insert(ys.end(), precision.begin(), precision.end());
    ys.push_back(0);
    for (size_t i = ys.size() - 1; i > 0; --i)
      ys[i - 1] = std::max(ys[i - 1], ys[i]);
  }
  double at(double recall) const { return interpolate(recall, xs, ys, ys.front()); }

  std::vector<double> xs, ys;
};

/// The detections of one class, best first.
struct Ranking {
  std::vector<double> fallingScores; ///< Negated: rising, as interpolate() needs them.
  std::vector<CorrectAt> correct;
};

/// Recall and precision after each detection.
struct RecallPrecision {
  RecallPrecision(const Ranking &ranking, int threshold, uint64_t labels) {
    uint64_t right = 0, seen = 0;
    for (const CorrectAt correct : ranking.correct) {
      right += (correct >> threshold) & 1;
      recall.push_back(double(right) / double(labels));
      precision.push_back(double(right) / double(++seen));
    }
  }
  std::vector<double> recall, precision;
};

void measure(const Ranking &ranking, ClassAccuracy &row) {
  for (std::vector<float> *curve : {&row.precisionAt, &row.recallAt, &row.precisionAtRecall})
    curve->assign(curvePoints, 0);
  if (ranking.correct.empty())
    return;
  for (int i = 0; i < iouThresholds; ++i) {
    const RecallPrecision points(ranking, i, row.labels);
    row.averagePrecision[size_t(i)] = averagePrecision(points.recall, points.precision);
    if (i > 0)
      continue;
    const Envelope envelope(points.recall, points.precision);
    for (size_t k = 0; k < curvePoints; ++k) {
      const double x = curveAbscissa(k);
      row.precisionAt[k] = float(interpolate(-x, ranking.fallingScores, points.precision, 1));
      row.recallAt[k] = float(interpolate(-x, ranking.fallingScores, points.recall, 0));
      row.precisionAtRecall[k] = float(envelope.at(x));
    }
  }
}

double f1Of(double precision, double recall) {
  return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

/// The point of the curves with the greatest mean F1, smoothed by a moving average that repeats
/// the ends. The first of equals.
size_t bestPoint(const std::vector<ClassAccuracy> &classes) {
  std::vector<double> f1(curvePoints, 0);
  for (const ClassAccuracy &row : classes)
    for (size_t k = 0; k < curvePoints; ++k)
      f1[k] += f1Of(double(row.precisionAt[k]), double(row.recallAt[k])) / double(classes.size());
  constexpr int half = curvePoints / 20; // A tenth of the curve in all.
  size_t best = 0;
  double greatest = -1;
  for (int k = 0; k < int(curvePoints); ++k) {
    double sum = 0;
    for (int i = k - half; i <= k + half; ++i)
      sum += f1[size_t(std::clamp(i, 0, int(curvePoints) - 1))];
    if (sum > greatest) {
      greatest = sum;
      best = size_t(k);
    }
  }
  return best;
}

} // namespace

double averagePrecision(std::span<const double> recall, std::span<const double> precision) {
  const Envelope envelope(recall, precision);
  double area = 0, before = envelope.at(0);
  for (int i = 1; i <= 100; ++i) {
    const double here = envelope.at(double(i) / 100);
    area += (before + here) / 2 / 100;
    before = here;
  }
  return area;
}

void AccuracyMeter::add(std::span<const int32_t> labelClasses,
                        std::span<const ScoredMatch> matches) {
  for (const int32_t label : labelClasses)
    ++labels[label];
  for (const ScoredMatch &match : matches)
    if (!std::isnan(match.score))
      detections.push_back(match);
}

Accuracy AccuracyMeter::compute() const {
  std::vector<uint32_t> order(detections.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return detections[a].score > detections[b].score;
  });
  std::map<int32_t, Ranking> rankings;
  for (const uint32_t i : order) {
    const ScoredMatch &match = detections[i];
    if (!labels.count(match.classIndex))
      continue;
    Ranking &ranking = rankings[match.classIndex];
    ranking.fallingScores.push_back(-double(match.score));
    ranking.correct.push_back(match.correct);
  }
  Accuracy accuracy;
  for (const auto &[index, count] : labels) {
    ClassAccuracy &row = accuracy.classes.emplace_back();
    row.classIndex = index;
    row.labels = count;
    accuracy.labels += count;
    measure(rankings[index], row);
  }
  if (accuracy.classes.empty())
    return accuracy;
  const size_t point = bestPoint(accuracy.classes);
  accuracy.confidence = curveAbscissa(point);
  const double share = 1 / double(accuracy.classes.size());
  for (ClassAccuracy &row : accuracy.classes) {
    row.precision = double(row.precisionAt[point]);
    row.recall = double(row.recallAt[point]);
    row.f1 = f1Of(row.precision, row.recall);
    accuracy.precision += row.precision * share;
    accuracy.recall += row.recall * share;
    accuracy.map50 += row.ap50() * share;
    accuracy.map += row.ap() * share;
  }
  return accuracy;
}

} // namespace bstc

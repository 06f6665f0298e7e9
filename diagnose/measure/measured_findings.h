#ifndef BSTC_DIAGNOSE_MEASURE_MEASURED_FINDINGS_H
#define BSTC_DIAGNOSE_MEASURE_MEASURED_FINDINGS_H

#include "diagnose/findings/finding.h"
#include "diagnose/measure/measurement.h"

namespace bstc::diagnose {

/// Where what was measured becomes a finding. Correct exports of YOLOv5n (s8, u8, affine, ReLU and
/// SiLU, calibrated and trained) have quantisers of 23 dB and more, 38 codes and more, and layers
/// that agree with their float reference to 9 dB and more, fed the same numbers.
struct MeasureLimits {
  double saturatedShare = 0.01;    ///< Of a tensor's numbers, beyond the range.
  double saturatedDecibels = 30;   ///< ... and the quantiser is below this: it matters.
  unsigned fewCodes = 20;          ///< Fewer codes than this are used,
  double fewCodesDecibels = 25;    ///< ... and the quantiser is below this.
  double quantiserDecibels = 15;   ///< A quantiser below this is noisy in any case.
  double errorDecibels = 12;       ///< Below this a finding is an error, not a warning.
  double regionShare = 0.0005;     ///< Saturated share of a tensor of a region,
  double regionDecibels = 30;      ///< ... and the quantiser is below this.
  size_t regionTensors = 5;        ///< Tensors of a region.
  double weightsDecibels = 20;     ///< A layer below this loses too much,
  double weightsDrop = 6;          ///< ... if its own quantiser is better by this.
  double deviatingDecibels = 7;    ///< A layer and the reference's, fed the same numbers.
  double endToEndDrop = 6;         ///< ... and this much worse than the worst of its inputs.
  double inputUnused = 0.6;        ///< Share of the input's range that the pictures reach.
  double weightsDifference = 0.25; ///< Relative, of a layer's weights from the reference's,
  double othersDifference = 0.1;   ///< ... where the median of the others is below this.
  double biasDifference = 0.5;     ///< Relative, of a bias.
  double headScale = 16.0 / 128;   ///< Of a head, the step.
};

/// What the measures show to be wrong, the most likely cause first. One fault gives one finding:
/// neighbours that all saturate are one region, and what follows from a fault upstream is left out
/// where it can be told.
std::vector<Finding> findInMeasures(const Measurement &measurement, const Measures &measures,
                                    const MeasureLimits &limits = {});

/// How far a layer's weights and bias are from the reference's.
struct WeightDifference {
  int layer = -1;        ///< Of the network.
  double weights = 0;    ///< |a - b| / |b|.
  double bias = 0;       ///< The same; 0 where neither has one.
  bool biasLost = false; ///< All zero, where the reference's is not.
  /// The reference's output channels give these weights in another order; which comes to the first
  /// place. -1: they do not.
  int permutedFirst = -1;
};
/// Of all layers that are lined up and have weights. Empty without a reference file.
std::vector<WeightDifference> weightDifferences(const Measurement &measurement);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MEASURE_MEASURED_FINDINGS_H

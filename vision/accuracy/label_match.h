#ifndef BSTC_VISION_ACCURACY_LABEL_MATCH_H
#define BSTC_VISION_ACCURACY_LABEL_MATCH_H

#include <cstdint>
#include <span>
#include <vector>

namespace bstc {

/// The IoU thresholds of mAP50-95: 0.50, 0.55, ... 0.95.
constexpr int iouThresholds = 10;
inline float iouThreshold(int index) { return float(0.5 + 0.05 * index); }

/// Where a detection is right: bit i for iouThreshold(i).
using CorrectAt = uint16_t;

/// Says of each detection of one picture at which thresholds it finds a label of its class, as
/// YOLOv5 v7.0 does (val.py, process_batch). For each threshold: pairs of one class with IoU >=
/// threshold; of each detection the pair with the greatest IoU stays; of each label then the pair
/// with the first detection, which is the one with the best score. So a detection whose best label
/// was found by a better one counts as false even if another label would do. Of equal IoUs the
/// later label is taken.
/// `overlaps` has a row of `detectionClasses.size()` IoUs for each label; detections are in the
/// order of their scores, best first.
std::vector<CorrectAt> matchLabels(std::span<const int32_t> labelClasses,
                                   std::span<const int32_t> detectionClasses,
                                   std::span<const float> overlaps);

} // namespace bstc

#endif // BSTC_VISION_ACCURACY_LABEL_MATCH_H

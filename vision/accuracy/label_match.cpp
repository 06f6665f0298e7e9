#include "vision/accuracy/label_match.h"

#include <cassert>

namespace bstc {

std::vector<CorrectAt> matchLabels(std::span<const int32_t> labelClasses,
                                   std::span<const int32_t> detectionClasses,
                                   std::span<const float> overlaps) {
  const size_t labels = labelClasses.size(), detections = detectionClasses.size();
  assert(overlaps.size() == labels * detections);
  // The best label of a detection does not depend on the threshold: where it fails, all do.
  std::vector<CorrectAt> correct(detections, 0);
  std::vector<CorrectAt> found(labels, 0); ///< Thresholds at which a label has its detection.
  for (size_t d = 0; d < detections; ++d) {
    size_t best = labels;
    float greatest = 0;
    for (size_t l = 0; l < labels; ++l)
      if (const float overlap = overlaps[l * detections + d];
          labelClasses[l] == detectionClasses[d] && overlap >= greatest) {
        best = l;
        greatest = overlap;
      }
    if (best == labels)
      continue;
    for (int i = 0; i < iouThresholds; ++i)
      if (greatest >= iouThreshold(i))
        correct[d] |= CorrectAt(1u << i);
    correct[d] &= CorrectAt(~found[best]);
    found[best] |= correct[d];
  }
  return correct;
}

} // namespace bstc

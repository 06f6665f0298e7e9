#ifndef BSTC_VISION_ACCURACY_PICTURE_MATCHES_H
#define BSTC_VISION_ACCURACY_PICTURE_MATCHES_H

#include "vision/accuracy/average_precision.h"
#include "vision/data/dataset.h"
#include "vision/detect/letterbox.h"
#include "vision/detect/mask.h"

#include <span>
#include <vector>

namespace bstc {

/// What AccuracyMeter needs of one picture.
struct PictureMatches {
  std::vector<int32_t> labelClasses;
  std::vector<ScoredMatch> boxes;
  std::vector<ScoredMatch> masks; ///< Empty where the detections have none.
};

/// Compares detections, best first, with the labels of their picture; both in pixels of the
/// picture; `letterbox` takes the labels the way that the detections went (val.py). `masks` has one
/// per detection at the resolution of the prototypes, or is empty; labels' masks are drawn at the
/// input's resolution and brought to that (segment/val.py).
PictureMatches matchPicture(std::span<const Label> labels, std::span<const Detection> detections,
                            std::span<const RunLengthMask> masks, const Letterbox &letterbox);

} // namespace bstc

#endif // BSTC_VISION_ACCURACY_PICTURE_MATCHES_H

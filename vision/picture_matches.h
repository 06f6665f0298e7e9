#ifndef BSTC_VISION_PICTURE_MATCHES_H
#define BSTC_VISION_PICTURE_MATCHES_H

#include "vision/average_precision.h"
#include "vision/dataset.h"
#include "vision/letterbox.h"

#include <span>
#include <vector>

namespace bstc {

/// What AccuracyMeter needs of one picture.
struct PictureMatches {
  std::vector<int32_t> labelClasses;
  std::vector<ScoredMatch> boxes;
  std::vector<ScoredMatch> masks; ///< Empty without prototypes.
};

/// A Segment network's masks of one picture: those of the detection in row r are
/// coefficients(r) . prototypes.
struct MaskOutputs {
  std::span<const float> predictions; ///< [rows][rowWidth], the coefficients last in a row.
  size_t rowWidth = 0;
  std::span<const float> prototypes; ///< [count][height][width]
  int count = 0, height = 0, width = 0;
};

/// Compares detections, best first, with the labels of their picture. `detections` are in pixels
/// of the network's input. Boxes are compared in pixels of the picture, where both are brought by
/// the same letterbox (val.py); masks in pixels of the prototypes (segment/val.py, process_mask and
/// process_batch). `masks` may be null.
PictureMatches matchPicture(std::span<const Label> labels, std::span<const Detection> detections,
                            const Letterbox &letterbox, const MaskOutputs *masks);

} // namespace bstc

#endif // BSTC_VISION_PICTURE_MATCHES_H

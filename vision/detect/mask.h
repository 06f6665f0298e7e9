#ifndef BSTC_VISION_DETECT_MASK_H
#define BSTC_VISION_DETECT_MASK_H

#include "detectors/shared/detection.h"
#include "vision/detect/letterbox.h"
#include "vision/image/run_length_mask.h"

#include <span>

namespace bstc {

/// The prototype masks of a Segment network: an object's mask is the sigmoid of their sum, weighted
/// with the coefficients in its row.
struct Prototypes {
  std::span<const float> values; ///< [count][height][width].
  int count = 0, height = 0, width = 0;
};

/// The mask at the prototypes' resolution: probability above 0.5, inside the box (pixels of the
/// network's input), as YOLOv5's process_mask makes it for evaluation.
RunLengthMask prototypeMask(const Prototypes &prototypes, std::span<const float> coefficients,
                            const Box &box, const Letterbox &letterbox);

/// The mask at the picture's resolution: probabilities between the prototypes' pixels bilinearly,
/// above 0.5, inside the box (pixels of the picture), as YOLOv5's process_mask_native.
RunLengthMask pictureMask(const Prototypes &prototypes, std::span<const float> coefficients,
                          const Box &box, const Letterbox &letterbox);

} // namespace bstc

#endif // BSTC_VISION_DETECT_MASK_H

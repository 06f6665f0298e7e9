#ifndef BSTC_VISION_MASK_H
#define BSTC_VISION_MASK_H

#include "vision/detection.h"
#include "vision/letterbox.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bstc {

/// Which pixels belong to an object, as COCO stores it: lengths of runs down the columns, from the
/// left, alternately outside and inside (the first may be 0). A few hundred bytes an object.
struct RunLengthMask {
  int width = 0, height = 0;
  std::vector<uint32_t> counts; ///< They add up to width * height.

  /// Adds `length` pixels to the end of the runs.
  void append(bool inside, uint32_t length);
  uint64_t area() const; ///< Pixels inside.
  /// [height][width], 1 inside.
  std::vector<uint8_t> pixels() const;
  /// COCO's text form of `counts` (cocoapi, maskApi.c, rleToString): from the fourth run on the
  /// difference from the run two before; 5 bits a character from '0' on, the sixth: more follow.
  std::string cocoText() const;
};

/// Pixels inside of both over pixels inside of either; the masks are of one size. 0 where both are
/// empty.
double intersectionOverUnion(const RunLengthMask &a, const RunLengthMask &b);

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

#endif // BSTC_VISION_MASK_H

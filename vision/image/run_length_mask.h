#ifndef BSTC_VISION_IMAGE_RUN_LENGTH_MASK_H
#define BSTC_VISION_IMAGE_RUN_LENGTH_MASK_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bstc {

/// Which pixels belong to an object, as COCO stores it: lengths of runs down the columns, from the
/// left, alternately outside and inside (the first may be 0). A few hundred bytes per object.
struct RunLengthMask {
  int width = 0, height = 0;
  std::vector<uint32_t> counts; ///< They add up to width * height.

  /// Adds `length` pixels to the end of the runs.
  void append(bool inside, uint32_t length);
  uint64_t area() const; ///< Pixels inside.
  /// [height][width], 1 inside.
  std::vector<uint8_t> pixels() const;
  /// COCO's text form of `counts` (cocoapi, maskApi.c, rleToString): from the fourth run on the
  /// difference from the run two before; 5 bits per character from '0' on, the sixth: more follow.
  std::string cocoText() const;
};

/// The counts that cocoText() wrote; empty where the text is damaged.
std::vector<uint32_t> runsOfCocoText(std::string_view text);

/// Pixels inside of both over pixels inside of either; the masks are of one size. 0 where both are
/// empty.
double intersectionOverUnion(const RunLengthMask &a, const RunLengthMask &b);

} // namespace bstc

#endif // BSTC_VISION_IMAGE_RUN_LENGTH_MASK_H

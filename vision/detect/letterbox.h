#ifndef BSTC_VISION_DETECT_LETTERBOX_H
#define BSTC_VISION_DETECT_LETTERBOX_H

#include "detectors/shared/detection.h"
#include "vision/image/resize.h"

namespace bstc {

/// Where a picture lies in a network's input: brought to size with its proportions kept, in the
/// middle, the rest filled, as YOLOv5 v7.0 does it in two forms; or stretched over all of it.
struct Letterbox {
  int width = 0, height = 0;               ///< Of the input, pixels.
  int pictureWidth = 0, pictureHeight = 0; ///< Of the picture before.
  int innerWidth = 0, innerHeight = 0;     ///< Of the picture in the input.
  int left = 0, top = 0;                   ///< Its corner.
  Resampling resampling = Resampling::Linear;
  float gainX = 1, gainY = 1; ///< Input pixels per pixel of the picture, for boxes.
  float padX = 0, padY = 0;   ///< The picture's corner, for boxes: not rounded.

  /// The same for bst_picture_write().
  bst_placement placement() const;
  /// A box in pixels of the input in pixels of the picture, cut off at its edges.
  Box toPicture(const Box &box) const;
};

/// As detect.py does it (letterbox() with auto=False): bilinear.
Letterbox letterboxToDetect(int pictureWidth, int pictureHeight, int width, int height);

/// The picture over the whole input, whatever becomes of its proportions: bilinear.
Letterbox stretched(int pictureWidth, int pictureHeight, int width, int height);

/// As val.py does it (load_image(), then letterbox() that does not enlarge): sides are cut to whole
/// pixels, not rounded; pictures that shrink are averaged.
Letterbox letterboxToEvaluate(int pictureWidth, int pictureHeight, int width, int height);

} // namespace bstc

#endif // BSTC_VISION_DETECT_LETTERBOX_H

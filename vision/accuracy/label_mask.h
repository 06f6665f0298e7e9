#ifndef BSTC_VISION_ACCURACY_LABEL_MASK_H
#define BSTC_VISION_ACCURACY_LABEL_MASK_H

#include "vision/data/dataset.h"
#include "vision/detect/letterbox.h"
#include "vision/detect/mask.h"

namespace bstc {

/// A label's mask as YOLOv5's segment/val.py compares it: drawn into the network's input (vertices
/// cut to whole pixels, outlines filled with their border), then brought to `width` x `height` with
/// bilinear interpolation, above 0.5. Outlines beyond the picture are cut off at its edges, as
/// pycocotools does it (maskApi.c, rleFrPoly): the padding around the picture stays empty. The
/// pieces of an object are drawn one over the other. A label that has only a box is drawn as that
/// box.
RunLengthMask drawLabel(const Label &label, const Letterbox &letterbox, int width, int height);

} // namespace bstc

#endif // BSTC_VISION_ACCURACY_LABEL_MASK_H

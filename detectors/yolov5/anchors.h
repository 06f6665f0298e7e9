#ifndef BSTC_DETECTORS_YOLOV5_ANCHORS_H
#define BSTC_DETECTORS_YOLOV5_ANCHORS_H

#include "detectors/shared/anchors.h"

namespace bstc {

/// Those of YOLOv5's P5 networks (models/yolov5s.yaml), for strides 8, 16 and 32.
const AnchorLevels &yolov5Anchors();

} // namespace bstc

#endif // BSTC_DETECTORS_YOLOV5_ANCHORS_H

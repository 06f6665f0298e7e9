#ifndef BSTC_DETECTORS_YOLOV5_ANCHORS_H
#define BSTC_DETECTORS_YOLOV5_ANCHORS_H

#include "detectors/shared/anchors.h"

namespace bstc::yolov5 {

/// Those of YOLOv5's P5 networks (models/yolov5s.yaml), for strides 8, 16 and 32.
const AnchorLevels &ownAnchors();

} // namespace bstc::yolov5

#endif // BSTC_DETECTORS_YOLOV5_ANCHORS_H

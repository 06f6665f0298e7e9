#ifndef BSTC_DETECTORS_YOLOV5_FAMILY_H
#define BSTC_DETECTORS_YOLOV5_FAMILY_H

#include "detectors/shared/family.h"

namespace bstc::yolov5 {

/// YOLOv5's Detect and Segment networks (ultralytics/yolov5 v6 and v7.0): heads with anchors, rows
/// of x, y, w, h, objectness, classes, mask coefficients.
extern const Family family;

} // namespace bstc::yolov5

#endif // BSTC_DETECTORS_YOLOV5_FAMILY_H

#ifndef BSTC_DETECTORS_SHARED_NMS_DEFAULTS_H
#define BSTC_DETECTORS_SHARED_NMS_DEFAULTS_H

#include "runtime/program/commands.h"

namespace bstc {

/// What is suppressed to show boxes, unless something else is said, is bst::NmsOptions as it is:
/// YOLOv5's detect.py. This is what is suppressed to measure accuracy: YOLOv5's val.py.
inline constexpr bst::NmsOptions evaluationNms = {
    .confidence = 0.001f, .iou = 0.6, .multiLabel = true};

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_NMS_DEFAULTS_H

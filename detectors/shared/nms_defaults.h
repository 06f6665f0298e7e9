#ifndef BSTC_DETECTORS_SHARED_NMS_DEFAULTS_H
#define BSTC_DETECTORS_SHARED_NMS_DEFAULTS_H

#include "runtime/program/commands.h"

namespace bstc {

/// The suppression with which accuracy is measured, that of YOLOv5's val.py. Boxes are shown with
/// the defaults of bst::NmsOptions, those of its detect.py.
inline constexpr bst::NmsOptions evaluationNms = {
    .confidence = 0.001f, .iou = 0.6, .multiLabel = true};

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_NMS_DEFAULTS_H

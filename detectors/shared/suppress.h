#ifndef BSTC_DETECTORS_SHARED_SUPPRESS_H
#define BSTC_DETECTORS_SHARED_SUPPRESS_H

#include "backends/dsp/kernels/nms.h"
#include "detectors/shared/detection.h"

#include <span>
#include <vector>

namespace bstc {

/// Non-maximum suppression of \p rows predictions: what YOLOv5 v7.0 keeps of them
/// (bst::NmsOptions), the best score first, boxes in pixels of the network's input. Equal scores
/// are in the order of rows, then classes. \p predictions has rows * layout.width() elements, at
/// least one class.
std::vector<Detection> suppress(std::span<const float> predictions, size_t rows,
                                const bst::PredictionRow &layout, const bst::NmsOptions &options);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_SUPPRESS_H

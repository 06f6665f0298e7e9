#ifndef BSTC_DETECTORS_SHARED_SUPPRESS_H
#define BSTC_DETECTORS_SHARED_SUPPRESS_H

#include "backends/dsp/kernels/nms.h"
#include "detectors/shared/detection.h"

#include <span>
#include <vector>

namespace bstc {

/// What a row of decoded predictions holds: x, y, w, h (of the centre, pixels of the network's
/// input), objectness, a probability a class, mask coefficients.
struct DecodedLayout {
  int32_t classes = 0; ///< At least 1.
  int32_t masks = 0;
  size_t width() const { return 5 + size_t(classes) + size_t(masks); }
};

/// Non-maximum suppression of \p rows predictions: what YOLOv5 v7.0 keeps of them
/// (bst::NmsOptions), the best score first, boxes in pixels of the network's input. Equal scores
/// are in the order of rows, then classes. \p predictions has rows * layout.width() elements.
std::vector<Detection> suppress(std::span<const float> predictions, size_t rows,
                                const DecodedLayout &layout, const bst::NmsOptions &options);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_SUPPRESS_H

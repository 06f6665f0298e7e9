#ifndef BST_BACKENDS_DSP_KERNELS_NMS_H
#define BST_BACKENDS_DSP_KERNELS_NMS_H

#include "backends/simulator/isa.h"
#include "runtime/program/commands.h"

#include <cstddef>
#include <cstdint>
#include <span>

/// Non-maximum suppression of YOLOv5's predictions, as ultralytics/yolov5 v7.0 does it
/// (utils/general.py, non_max_suppression) with the suppression of torchvision.ops.nms.
namespace bst {

/// Predictions: the numbers of each row one after the other (PredictionRow).
struct NmsPredictions {
  const float *data = nullptr;
  int64_t rows = 0;
  int32_t classes = 1; ///< rows * classes <= 2^32.
  int32_t masks = 0;
  PredictionRow row() const { return {classes, masks}; }
};

/// A box that was kept: its corners in the pixels of the predictions.
struct NmsBox {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  float score = 0; ///< Objectness times the class's probability.
  int32_t classIndex = 0;
  uint32_t row = 0; ///< Of the predictions.
  bool operator==(const NmsBox &) const = default;
};

/// Bytes of scratch that suppressBoxes() needs for as many rows and classes.
uint64_t nmsScratchSize(int64_t rows, int32_t classes, const NmsOptions &options);

/// Writes the boxes that are kept to \p kept (at least min(maxDetections, maxCandidates) elements),
/// the best score first, and returns their number.
///
/// A row is a candidate where its objectness is above `confidence`; with a class whose score =
/// objectness * probability is above it too. Of equal scores the earlier row comes first, then the
/// lower class, so that the result does not depend on anything but the numbers. Scores and boxes
/// that are not finite are never kept. Boxes suppress those of their own class, by their corners as
/// they are: YOLOv5 moves every class aside by 7680 pixels instead, which rounds the corners, so
/// that an overlap within 1e-3 or so of `iou` may be decided differently there.
///
/// \p scratch is 8-byte aligned, nmsScratchSize() bytes. Allocates nothing.
size_t suppressBoxes(const NmsPredictions &predictions, const NmsOptions &options,
                     std::span<NmsBox> kept, std::byte *scratch, Isa isa);

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_NMS_H

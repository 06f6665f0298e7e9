#include "detectors/shared/suppress.h"

#include <algorithm>
#include <cassert>

namespace bstc {

std::vector<Detection> suppress(std::span<const float> predictions, size_t rows,
                                const bst::PredictionRow &layout, const bst::NmsOptions &options) {
  assert(layout.classes > 0 && predictions.size() == rows * size_t(layout.width()));
  const bst::NmsPredictions all = {.data = predictions.data(),
                                   .rows = int64_t(rows),
                                   .classes = int32_t(layout.classes),
                                   .masks = int32_t(layout.masks)};
  std::vector<uint64_t> scratch(bst::nmsScratchSize(all.rows, all.classes, options) / 8);
  std::vector<bst::NmsBox> kept(
      size_t(std::max(0, std::min(options.maxDetections, options.maxCandidates))));
  kept.resize(bst::suppressBoxes(all, options, kept, reinterpret_cast<std::byte *>(scratch.data()),
                                 bst::supportedIsas().front()));
  std::vector<Detection> detections;
  detections.reserve(kept.size());
  for (const bst::NmsBox &box : kept)
    detections.push_back({.box = {box.x1, box.y1, box.x2, box.y2},
                          .score = box.score,
                          .classIndex = box.classIndex,
                          .row = box.row});
  return detections;
}

} // namespace bstc

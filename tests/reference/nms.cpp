#include "tests/reference/nms.h"

#include "tests/reference/engines.h"

#include <algorithm>
#include <cmath>

namespace bst::reference {
namespace {

/// The candidates of one row, by ascending class.
std::vector<NmsBox> candidatesOf(const float *row, uint32_t index, int32_t classes,
                                 const NmsOptions &options) {
  std::vector<NmsBox> found;
  for (int i = 0; i < 5; ++i)
    if (!std::isfinite(row[i]))
      return found;
  if (!(row[4] > options.confidence))
    return found;
  const NmsBox box = {.x1 = row[0] - row[2] / 2,
                      .y1 = row[1] - row[3] / 2,
                      .x2 = row[0] + row[2] / 2,
                      .y2 = row[1] + row[3] / 2,
                      .row = index};
  for (int32_t c = 0; c < classes; ++c) {
    NmsBox one = box;
    one.score = row[4] * row[5 + c];
    one.classIndex = c;
    if (std::isfinite(one.score))
      found.push_back(one);
  }
  if (!options.multiLabel && !found.empty())
    found = {*std::max_element(found.begin(), found.end(), [](const NmsBox &a, const NmsBox &b) {
      return a.score < b.score;
    })}; // The first of equal ones.
  std::erase_if(found, [&](const NmsBox &b) { return !(b.score > options.confidence); });
  return found;
}

/// Intersection over union in float, as torchvision's CPU kernel computes it.
float overlap(const NmsBox &a, const NmsBox &b) {
  const float areaA = (a.x2 - a.x1) * (a.y2 - a.y1), areaB = (b.x2 - b.x1) * (b.y2 - b.y1);
  const float w = std::max(0.0f, std::min(a.x2, b.x2) - std::max(a.x1, b.x1));
  const float h = std::max(0.0f, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const float common = w * h;
  return common / (areaA + areaB - common);
}

} // namespace

std::vector<NmsBox> suppressBoxes(const NmsPredictions &predictions, const NmsOptions &options) {
  std::vector<NmsBox> boxes;
  const int64_t width = int64_t(5) + predictions.classes + predictions.masks;
  for (int64_t r = 0; r < predictions.rows; ++r)
    for (const NmsBox &box :
         candidatesOf(predictions.data + r * width, uint32_t(r), predictions.classes, options))
      boxes.push_back(box);
  std::stable_sort(boxes.begin(), boxes.end(),
                   [](const NmsBox &a, const NmsBox &b) { return a.score > b.score; });
  if (boxes.size() > size_t(options.maxCandidates))
    boxes.resize(size_t(options.maxCandidates));

  std::vector<bool> suppressed(boxes.size(), false);
  std::vector<NmsBox> kept;
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (suppressed[i])
      continue;
    kept.push_back(boxes[i]);
    for (size_t j = i + 1; j < boxes.size(); ++j)
      if ((options.classAgnostic || boxes[i].classIndex == boxes[j].classIndex) &&
          double(overlap(boxes[i], boxes[j])) > options.iou)
        suppressed[j] = true;
  }
  if (kept.size() > size_t(options.maxDetections))
    kept.resize(size_t(options.maxDetections));
  return kept;
}

void run(const NmsParams &params, Views inputs, const TensorView &output) {
  const auto *rows = reinterpret_cast<const float *>(inputs[0].data);
  const std::vector<NmsBox> kept = suppressBoxes({.data = rows,
                                                  .rows = inputs[0].tensor->shape[1],
                                                  .classes = params.classes,
                                                  .masks = params.masks},
                                                 params.options);
  auto *y = reinterpret_cast<float *>(output.data);
  const auto most = size_t(params.options.maxDetections), masks = size_t(params.masks);
  std::fill_n(y, most * (6 + masks) + 1, 0.0f);
  for (size_t i = 0; i < kept.size(); ++i) {
    const float corners[] = {kept[i].x1, kept[i].y1, kept[i].x2, kept[i].y2};
    for (size_t k = 0; k < 4; ++k)
      y[4 * i + k] = corners[k];
    y[4 * most + i] = kept[i].score;
    y[5 * most + i] = float(kept[i].classIndex);
    for (size_t m = 0; m < masks; ++m)
      y[6 * most + masks * i + m] =
          rows[kept[i].row * (5 + size_t(params.classes) + masks) + 5 + size_t(params.classes) + m];
  }
  y[most * (6 + masks)] = float(kept.size());
}

} // namespace bst::reference

#include "backends/dsp/kernels/nms.h"

#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/nms_parts.h"

#include <cstring>

namespace bst {
namespace {

/// The greatest finite one of the probabilities; -1 where there is none.
BST_INLINE float greatestOf(const float *values, int64_t count) {
  constexpr int64_t lanes = 16;
  float best[lanes];
  std::fill_n(best, lanes, -1.0f);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const float value = values[i + lane];
      const float usable = value <= greatestFloat ? value : -1.0f; // Not infinite, not NaN.
      best[lane] = usable > best[lane] ? usable : best[lane];
    }
  float result = *std::max_element(best, best + lanes);
  for (; i < count; ++i)
    result = values[i] <= greatestFloat ? std::max(result, values[i]) : result;
  return result;
}

/// Hands the candidates of row `r` to \p best.
BST_INLINE void collectRow(const float *row, int64_t r, int64_t classes, const NmsOptions &options,
                           BestKeys &best) {
  const float objectness = row[PredictionRow::objectness];
  if (!(objectness > options.confidence && objectness <= greatestFloat))
    return;
  // Rounding keeps the order: no class's score is above that of the most probable one.
  const float top = objectness * greatestOf(row + PredictionRow::scores, classes);
  if (!(top > options.confidence) || !isFiniteBox(row))
    return;
  for (int64_t c = 0; c < classes; ++c) {
    const float score = objectness * row[PredictionRow::scores + c];
    if (!(score > options.confidence && score <= greatestFloat) ||
        (!options.multiLabel && score != top))
      continue;
    best.add(keyOf(score, uint64_t(r * classes + c)));
    if (!options.multiLabel)
      break;
  }
}

} // namespace

uint64_t nmsScratchSize(int64_t rows, int32_t classes, const NmsOptions &options) {
  return NmsScratch(rows, classes, options).size;
}

size_t suppressBoxes(const NmsPredictions &predictions, const NmsOptions &options,
                     std::span<NmsBox> kept, std::byte *scratch, Isa isa) {
  if (mostKept(options) == 0 || predictions.rows <= 0)
    return 0;
  const int64_t stride = predictions.row().width();
  const NmsScratch places(predictions.rows, predictions.classes, options);
  BestKeys best(at<Key>(scratch, places.keys),
                heldCandidates(predictions.rows, predictions.classes, options),
                uint64_t(options.maxCandidates));
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    const float *row = predictions.data;
    for (int64_t r = 0; r < predictions.rows; ++r, row += stride)
      collectRow(row, r, predictions.classes, options, best);
  });
  const auto classes = uint32_t(predictions.classes);
  return keepBoxes(best, predictions.classes, options, kept, scratch, places, [&](Key key) {
    return boxOf(key, classes, predictions.data + int64_t(uint32_t(key) / classes) * stride);
  });
}

uint64_t nmsCommandScratchSize(const NmsParams &params, const Tensor &predictions) {
  ScratchLayout layout;
  layout.take(nmsScratchSize(predictions.shape[1], params.classes, params.options));
  layout.take(mostKept(params.options) * sizeof(NmsBox));
  return layout.size();
}

void runNms(const NmsParams &params, const TensorView &predictions, const TensorView &y,
            const KernelContext &context) {
  const NmsPredictions rows = {.data = reinterpret_cast<const float *>(predictions.data),
                               .rows = predictions.tensor->shape[1],
                               .classes = params.classes,
                               .masks = params.masks};
  ScratchLayout layout;
  const uint64_t scratch = layout.take(nmsScratchSize(rows.rows, rows.classes, params.options));
  const auto most = size_t(mostKept(params.options));
  auto *boxes = at<NmsBox>(context.scratch, layout.take(most * sizeof(NmsBox)));
  const size_t count =
      suppressBoxes(rows, params.options, {boxes, most}, context.scratch + scratch, context.isa);
  const auto width = size_t(params.row().width()), masks = size_t(params.masks);
  writeDetections(
      params, {boxes, count}, reinterpret_cast<float *>(y.data), [&](uint32_t row, float *to) {
        std::memcpy(to, rows.data + (row + size_t(1)) * width - masks, masks * sizeof(float));
      });
}

} // namespace bst

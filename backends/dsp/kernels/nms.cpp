#include "backends/dsp/kernels/nms.h"

#include "backends/dsp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace bst {
namespace {

/// A candidate as one number, the better the smaller: the score's bits, inverted (those of positive
/// floats are ordered as the floats are), above row * classes + class.
using Key = uint64_t;

Key keyOf(float score, uint64_t index) {
  return uint64_t(~std::bit_cast<uint32_t>(score)) << 32 | index;
}
float scoreOf(Key key) { return std::bit_cast<float>(~uint32_t(key >> 32)); }

/// Numbers of candidates that are held at a time: twice those that may stay, so that sorting out is
/// seldom.
uint64_t heldCandidates(int64_t rows, int32_t classes, const NmsOptions &options) {
  return std::min(uint64_t(rows) * uint64_t(classes), uint64_t(options.maxCandidates) * 2);
}

uint64_t mostKept(const NmsOptions &options) {
  return uint64_t(std::max(0, std::min(options.maxDetections, options.maxCandidates)));
}

/// Where things are in the scratch memory.
struct Scratch {
  uint64_t keys, areas, previous, last, size;
  Scratch(int64_t rows, int32_t classes, const NmsOptions &options) {
    ScratchLayout layout;
    keys = layout.take(heldCandidates(rows, classes, options) * sizeof(Key));
    areas = layout.take(mostKept(options) * sizeof(float));
    previous = layout.take(mostKept(options) * sizeof(int32_t));
    last = layout.take(uint64_t(classes) * sizeof(int32_t));
    size = layout.size();
  }
};

/// Keeps the best `wanted` of the keys that it is given.
class BestKeys {
public:
  BestKeys(Key *keys, uint64_t capacity, uint64_t wanted)
      : keys(keys), capacity(capacity), wanted(wanted) {}

  void add(Key key) {
    if (key >= bound)
      return;
    if (count == capacity)
      sortOut();
    keys[count++] = key;
  }

  /// The best ones, in order.
  std::span<const Key> sorted() {
    if (count > wanted)
      sortOut();
    std::sort(keys, keys + count);
    return {keys, count};
  }

private:
  void sortOut() {
    std::nth_element(keys, keys + wanted - 1, keys + count);
    bound = keys[wanted - 1];
    count = wanted;
  }

  Key *keys;
  uint64_t capacity, wanted, count = 0;
  Key bound = std::numeric_limits<Key>::max();
};

constexpr float greatest = std::numeric_limits<float>::max();

/// The greatest finite one of the probabilities; -1 where there is none.
BST_INLINE float greatestOf(const float *values, int64_t count) {
  constexpr int64_t lanes = 16;
  float best[lanes];
  std::fill_n(best, lanes, -1.0f);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const float value = values[i + lane];
      const float usable = value <= greatest ? value : -1.0f; // Not infinite, not NaN.
      best[lane] = usable > best[lane] ? usable : best[lane];
    }
  float result = *std::max_element(best, best + lanes);
  for (; i < count; ++i)
    result = values[i] <= greatest ? std::max(result, values[i]) : result;
  return result;
}

bool isFiniteBox(const float *row) {
  return std::isfinite(row[0]) && std::isfinite(row[1]) && std::isfinite(row[2]) &&
         std::isfinite(row[3]);
}

/// Hands the candidates of the predictions to \p best.
BST_INLINE void collect(const NmsPredictions &predictions, const NmsOptions &options,
                        BestKeys &best) {
  const int64_t classes = predictions.classes, stride = predictions.row().width();
  const float *row = predictions.data;
  for (int64_t r = 0; r < predictions.rows; ++r, row += stride) {
    const float objectness = row[PredictionRow::objectness];
    if (!(objectness > options.confidence && objectness <= greatest))
      continue;
    // Rounding keeps the order: no class's score is above that of the most probable one.
    const float top = objectness * greatestOf(row + PredictionRow::scores, classes);
    if (!(top > options.confidence) || !isFiniteBox(row))
      continue;
    for (int64_t c = 0; c < classes; ++c) {
      const float score = objectness * row[PredictionRow::scores + c];
      if (!(score > options.confidence && score <= greatest) ||
          (!options.multiLabel && score != top))
        continue;
      best.add(keyOf(score, uint64_t(r * classes + c)));
      if (!options.multiLabel)
        break;
    }
  }
}

NmsBox boxOf(const NmsPredictions &predictions, Key key) {
  const auto index = uint32_t(key), classes = uint32_t(predictions.classes);
  const uint32_t r = index / classes;
  const float *row = predictions.data + int64_t(r) * predictions.row().width();
  const float halfW = row[2] / 2, halfH = row[3] / 2;
  return {row[0] - halfW,
          row[1] - halfH,
          row[0] + halfW,
          row[1] + halfH,
          scoreOf(key),
          int32_t(index % classes),
          r};
}

float areaOf(const NmsBox &box) { return (box.x2 - box.x1) * (box.y2 - box.y1); }

/// torchvision.ops.nms: intersection over union in float, compared in double.
bool suppresses(const NmsBox &better, float betterArea, const NmsBox &box, float area, double iou) {
  const float width = std::min(better.x2, box.x2) - std::max(better.x1, box.x1);
  const float height = std::min(better.y2, box.y2) - std::max(better.y1, box.y1);
  if (!(width > 0 && height > 0))
    return false;
  const float common = width * height;
  return double(common / (betterArea + area - common)) > iou;
}

} // namespace

uint64_t nmsScratchSize(int64_t rows, int32_t classes, const NmsOptions &options) {
  return Scratch(rows, classes, options).size;
}

size_t suppressBoxes(const NmsPredictions &predictions, const NmsOptions &options,
                     std::span<NmsBox> kept, std::byte *scratch, Isa isa) {
  const size_t most = size_t(mostKept(options));
  if (most == 0 || predictions.rows <= 0)
    return 0;
  const Scratch places(predictions.rows, predictions.classes, options);
  BestKeys best(at<Key>(scratch, places.keys),
                heldCandidates(predictions.rows, predictions.classes, options),
                uint64_t(options.maxCandidates));
  runFor(isa, [&]() BST_ALWAYS_INLINE { collect(predictions, options, best); });

  // Every kept box knows the one of its class before it; -1: none.
  float *areas = at<float>(scratch, places.areas);
  auto *previous = at<int32_t>(scratch, places.previous);
  auto *last = at<int32_t>(scratch, places.last);
  std::fill_n(last, predictions.classes, -1);
  size_t count = 0;
  for (Key key : best.sorted()) {
    const NmsBox box = boxOf(predictions, key);
    const float area = areaOf(box);
    int32_t &chain = last[options.classAgnostic ? 0 : box.classIndex];
    int32_t other = chain;
    while (other >= 0 && !suppresses(kept[size_t(other)], areas[other], box, area, options.iou))
      other = previous[other];
    if (other >= 0)
      continue;
    kept[count] = box;
    areas[count] = area;
    previous[count] = chain;
    chain = int32_t(count);
    if (++count == most)
      break;
  }
  return count;
}

uint64_t nmsCommandScratchSize(const NmsParams &params, const Tensor &predictions) {
  ScratchLayout layout;
  layout.take(nmsScratchSize(predictions.shape[1], params.classes, params.options));
  layout.take(mostKept(params.options) * sizeof(NmsBox));
  return layout.size();
}

void runNms(const NmsParams &params, const TensorView &predictions, const TensorView &y,
            const KernelContext &context) {
  const auto most = size_t(params.options.maxDetections), masks = size_t(params.masks);
  const NmsPredictions rows = {.data = reinterpret_cast<const float *>(predictions.data),
                               .rows = predictions.tensor->shape[1],
                               .classes = params.classes,
                               .masks = params.masks};
  ScratchLayout layout;
  const uint64_t scratch = layout.take(nmsScratchSize(rows.rows, rows.classes, params.options));
  auto *boxes = at<NmsBox>(context.scratch, layout.take(mostKept(params.options) * sizeof(NmsBox)));
  const size_t count =
      suppressBoxes(rows, params.options, {boxes, size_t(mostKept(params.options))},
                    context.scratch + scratch, context.isa);

  float *corners = reinterpret_cast<float *>(y.data), *scores = corners + 4 * most,
        *classes = scores + most, *coefficients = classes + most;
  std::fill_n(corners, params.resultSize() - 1, 0.0f);
  const auto width = size_t(params.row().width());
  for (size_t i = 0; i < count; ++i) {
    const NmsBox &box = boxes[i];
    const float ends[] = {box.x1, box.y1, box.x2, box.y2};
    std::copy(ends, ends + 4, corners + 4 * i);
    scores[i] = box.score;
    classes[i] = float(box.classIndex);
    std::memcpy(coefficients + masks * i, rows.data + (box.row + 1) * width - masks,
                masks * sizeof(float));
  }
  coefficients[masks * most] = float(count);
}

} // namespace bst

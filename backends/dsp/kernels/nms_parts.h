#ifndef BST_BACKENDS_DSP_KERNELS_NMS_PARTS_H
#define BST_BACKENDS_DSP_KERNELS_NMS_PARTS_H

#include "backends/dsp/kernels/nms.h"
#include "backends/simulator/arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

/// What suppression does once its candidates are known, wherever they come from: decoded rows
/// (nms.cpp), or heads of which only the candidates are decoded (detect.cpp).
namespace bst {

/// The greatest finite float.
inline constexpr float greatestFloat = std::numeric_limits<float>::max();

/// A candidate as one number, the better the smaller: the score's bits, inverted (those of positive
/// floats are ordered as the floats are), above row * classes + class.
using Key = uint64_t;

inline Key keyOf(float score, uint64_t index) {
  return uint64_t(~std::bit_cast<uint32_t>(score)) << 32 | index;
}
inline float scoreOf(Key key) { return std::bit_cast<float>(~uint32_t(key >> 32)); }

/// Numbers of candidates that are held at a time: twice those that may stay, so that sorting out is
/// seldom.
inline uint64_t heldCandidates(int64_t rows, int32_t classes, const NmsOptions &options) {
  return std::min(uint64_t(rows) * uint64_t(classes), uint64_t(options.maxCandidates) * 2);
}

inline uint64_t mostKept(const NmsOptions &options) {
  return uint64_t(std::max(0, std::min(options.maxDetections, options.maxCandidates)));
}

/// Where things are in the scratch memory.
struct NmsScratch {
  uint64_t keys, areas, previous, last, size;
  NmsScratch(int64_t rows, int32_t classes, const NmsOptions &options) {
    ScratchLayout layout;
    keys = layout.take(heldCandidates(rows, classes, options) * sizeof(Key));
    areas = layout.take(mostKept(options) * sizeof(float));
    previous = layout.take(mostKept(options) * sizeof(int32_t));
    last = layout.take(uint64_t(classes) * sizeof(int32_t));
    size = layout.size();
  }
};

/// Keeps the best `wanted` of the keys that it is given. Keys are distinct, so that which those are
/// does not depend on their order.
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

inline bool isFiniteBox(const float *row) {
  return std::abs(row[0]) <= greatestFloat && std::abs(row[1]) <= greatestFloat &&
         std::abs(row[2]) <= greatestFloat && std::abs(row[3]) <= greatestFloat;
}

/// The box of a candidate; \p numbers: x, y, w, h of its row.
inline NmsBox boxOf(Key key, uint32_t classes, const float *numbers) {
  const float halfW = numbers[2] / 2, halfH = numbers[3] / 2;
  const auto index = uint32_t(key);
  return {numbers[0] - halfW, numbers[1] - halfH,       numbers[0] + halfW, numbers[1] + halfH,
          scoreOf(key),       int32_t(index % classes), index / classes};
}

inline float areaOf(const NmsBox &box) { return (box.x2 - box.x1) * (box.y2 - box.y1); }

/// torchvision.ops.nms: intersection over union in float, compared in double.
inline bool suppresses(const NmsBox &better, float betterArea, const NmsBox &box, float area,
                       double iou) {
  const float width = std::min(better.x2, box.x2) - std::max(better.x1, box.x1);
  const float height = std::min(better.y2, box.y2) - std::max(better.y1, box.y1);
  if (!(width > 0 && height > 0))
    return false;
  const float common = width * height;
  return double(common / (betterArea + area - common)) > iou;
}

/// The candidates of \p best that are not suppressed, as suppressBoxes() keeps them. `boxAt(key)`
/// gives a candidate's NmsBox. \p scratch is laid out as \p places.
template <class BoxAt>
size_t keepBoxes(BestKeys &best, int32_t classes, const NmsOptions &options, std::span<NmsBox> kept,
                 std::byte *scratch, const NmsScratch &places, const BoxAt &boxAt) {
  // Every kept box knows the one of its class before it; -1: none.
  float *areas = at<float>(scratch, places.areas);
  auto *previous = at<int32_t>(scratch, places.previous);
  auto *last = at<int32_t>(scratch, places.last);
  std::fill_n(last, classes, -1);
  const auto most = size_t(mostKept(options));
  size_t count = 0;
  for (Key key : best.sorted()) {
    const NmsBox box = boxAt(key);
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

/// Writes the result of NmsParams. `coefficientsOf(row, to)` writes the mask coefficients of a row.
template <class CoefficientsOf>
void writeDetections(const NmsParams &params, std::span<const NmsBox> kept, float *y,
                     const CoefficientsOf &coefficientsOf) {
  const auto most = size_t(params.options.maxDetections), masks = size_t(params.masks);
  float *scores = y + 4 * most, *classes = scores + most, *coefficients = classes + most;
  std::fill_n(y, params.resultSize() - 1, 0.0f);
  for (size_t i = 0; i < kept.size(); ++i) {
    const NmsBox &box = kept[i];
    const float ends[] = {box.x1, box.y1, box.x2, box.y2};
    std::copy(ends, ends + 4, y + 4 * i);
    scores[i] = box.score;
    classes[i] = float(box.classIndex);
    coefficientsOf(box.row, coefficients + masks * i);
  }
  coefficients[masks * most] = float(kept.size());
}

} // namespace bst

#endif // BST_BACKENDS_DSP_KERNELS_NMS_PARTS_H

// YOLOv5's decode and the suppression after it.
#include "runtime/verify/checks.h"

#include <algorithm>
#include <cmath>

namespace bst {

bool allPositive(const std::vector<float> &values) {
  return std::all_of(values.begin(), values.end(),
                     [](float v) { return std::isfinite(v) && v > 0; });
}

// One level's head: [1, channels, ny, nx], float or quantised.
static bool checkHead(CommandCheck &c, const Tensor &head, int64_t channels) {
  const bool form = head.dtype == DType::F32 ? c.floatMap(head) : c.featureMap(head);
  return form && c.require(head.shape[0] == 1 && head.shape[1] == channels,
                           "{} has shape {}, expected batch 1 and {} channels", c.label(head),
                           head.shape, channels);
}

// Parameters and heads; `rows`: how many predictions they hold.
static bool checkHeads(CommandCheck &c, const YoloDecodeParams &p, uint64_t &rows) {
  constexpr int32_t most = 1 << 20; // Keeps the products below far from overflow.
  if (!c.inRange("anchors a level", p.anchorsPerLevel, 1, most) ||
      !c.inRange("classes", p.classes, 1, most) || !c.inRange("masks", p.masks, 0, most) ||
      !c.countIs("strides", p.strides.size(), c.inputCount(), "levels") ||
      !c.countIs("anchors", p.anchors.size(), c.inputCount() * size_t(p.anchorsPerLevel) * 2,
                 "levels, anchors, w and h") ||
      !c.require(allPositive(p.strides), "strides are not all finite and above 0") ||
      !c.require(allPositive(p.anchors), "anchors are not all finite and above 0"))
    return false;
  rows = 0; // Heads are in memory: their elements do not overflow 64 bits.
  for (size_t i = 0; i < c.inputCount(); ++i) {
    const Tensor &head = c.in(i);
    if (!checkHead(c, head, p.anchorsPerLevel * p.row().width()))
      return false;
    rows += uint64_t(p.anchorsPerLevel) * uint64_t(head.shape[2]) * uint64_t(head.shape[3]);
  }
  return true;
}

bool checkYoloDecode(CommandCheck &c) {
  const auto &p = c.params<YoloDecodeParams>();
  uint64_t rows;
  if (!checkHeads(c, p, rows))
    return false;
  const Tensor &y = c.out();
  const int64_t width = p.row().width();
  return c.floating(y) && c.rankIs(y, 3) &&
         c.require(y.shape[0] == 1 && uint64_t(y.shape[1]) == rows && y.shape[2] == width,
                   "{} has shape {}, expected [1,{},{}]", c.label(y), y.shape, rows, width);
}

Status verifyNmsOptions(const NmsOptions &o) {
  constexpr int32_t most = 1 << 20; // Keeps the products of sizes far from overflow.
  if (!(o.confidence >= 0 && o.confidence <= 1))
    return corrupt("confidence is {}, expected 0 to 1", double(o.confidence));
  if (!(o.iou >= 0 && o.iou <= 1))
    return corrupt("iou is {}, expected 0 to 1", o.iou);
  if (o.maxDetections < 1 || o.maxDetections > most)
    return corrupt("detections are at most {}, expected 1 to {}", o.maxDetections, most);
  if (o.maxCandidates < 1 || o.maxCandidates > most)
    return corrupt("candidates are at most {}, expected 1 to {}", o.maxCandidates, most);
  return {};
}

static bool checkOptions(CommandCheck &c, const NmsOptions &o) {
  const Status options = verifyNmsOptions(o);
  return c.require(options.ok(), "{}", options.message());
}

// What suppression writes.
static bool checkDetections(CommandCheck &c, const NmsParams &p) {
  const Tensor &y = c.out();
  return c.floating(y) && c.rankIs(y, 1) &&
         c.require(y.shape[0] == p.resultSize(), "{} has shape {}, expected [{}]", c.label(y),
                   y.shape, p.resultSize());
}

// Kernels number the candidates in 32 bits.
static int64_t mostRows(int32_t classes) { return (int64_t(1) << 32) / classes; }

bool checkNms(CommandCheck &c) {
  const auto &p = c.params<NmsParams>();
  constexpr int32_t most = 1 << 20;
  const Tensor &x = c.in(0);
  if (!c.inRange("classes", p.classes, 1, most) || !c.inRange("masks", p.masks, 0, most) ||
      !checkOptions(c, p.options) || !c.floating(x) || !c.rankIs(x, 3))
    return false;
  const int64_t width = p.row().width(), rows = mostRows(p.classes);
  return c.require(x.shape[0] == 1 && x.shape[2] == width && x.shape[1] <= rows,
                   "{} has shape {}, expected [1,n,{}], n at most {}", c.label(x), x.shape, width,
                   rows) &&
         checkDetections(c, p);
}

bool checkDetect(CommandCheck &c) {
  const auto &p = c.params<DetectParams>();
  uint64_t rows;
  if (!checkHeads(c, p.decode, rows) || !checkOptions(c, p.options) ||
      !c.require(rows <= uint64_t(mostRows(p.decode.classes)), "has {} rows, expected at most {}",
                 rows, mostRows(p.decode.classes)) ||
      !c.countIs("thresholds", p.thresholds.size(), c.inputCount(), "levels"))
    return false;
  for (size_t i = 0; i < c.inputCount(); ++i) {
    const int32_t lowest = c.in(i).dtype == DType::U8 ? 0 : -128;
    if (!c.featureMap(c.in(i)) || !c.inRange("a threshold", p.thresholds[i], lowest, lowest + 256))
      return false;
  }
  return checkDetections(c, p.nms());
}

} // namespace bst

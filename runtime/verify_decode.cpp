// YOLOv5's decode: the command and the metadata.
#include "runtime/verify.h"

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
  return form &&
         c.require(head.shape[0] == 1 && head.shape[1] == channels, c.label(head), " has shape ",
                   head.shape, ", expected batch 1 and ", channels, " channels");
}

bool checkYoloDecode(CommandCheck &c) {
  const auto &p = c.params<YoloDecodeParams>();
  constexpr int32_t most = 1 << 20; // Keeps the products below far from overflow.
  if (!c.inRange("anchors a level", p.anchorsPerLevel, 1, most) ||
      !c.inRange("classes", p.classes, 1, most) || !c.inRange("masks", p.masks, 0, most) ||
      !c.countIs("strides", p.strides.size(), c.inputCount(), "levels") ||
      !c.countIs("anchors", p.anchors.size(), c.inputCount() * size_t(p.anchorsPerLevel) * 2,
                 "levels, anchors, w and h") ||
      !c.require(allPositive(p.strides), "strides are not all finite and above 0") ||
      !c.require(allPositive(p.anchors), "anchors are not all finite and above 0"))
    return false;
  const int64_t width = int64_t(5) + p.classes + p.masks;
  uint64_t rows = 0; // Heads are in memory: their elements do not overflow 64 bits.
  for (size_t i = 0; i < c.inputCount(); ++i) {
    const Tensor &head = c.in(i);
    if (!checkHead(c, head, p.anchorsPerLevel * width))
      return false;
    rows += uint64_t(p.anchorsPerLevel) * uint64_t(head.shape[2]) * uint64_t(head.shape[3]);
  }
  const Tensor &y = c.out();
  return c.floating(y) && c.rankIs(y, 3) &&
         c.require(y.shape[0] == 1 && uint64_t(y.shape[1]) == rows && y.shape[2] == width,
                   c.label(y), " has shape ", y.shape, ", expected [1,", rows, ",", width, "]");
}

Status verifyDecodeInfo(const DecodeInfo &d) {
  auto corrupt = [](std::string message) {
    return Status(StatusCode::CorruptPackage, "decode info: " + message);
  };
  if (d.kind.empty())
    return Status();
  if (d.classes < 1 || d.masks < 0)
    return corrupt(text("has ", d.classes, " classes and ", d.masks, " masks"));
  if (d.strides.empty() || !allPositive(d.strides))
    return corrupt("strides are missing or not all finite and above 0");
  if (d.anchors.empty() || d.anchors.size() % (2 * d.strides.size()) || !allPositive(d.anchors))
    return corrupt(text("has ", d.anchors.size(), " anchor numbers, expected pairs for ",
                        d.strides.size(), " levels, all finite and above 0"));
  if (!d.classNames.empty() && d.classNames.size() != size_t(d.classes))
    return corrupt(text("has ", d.classNames.size(), " class names for ", d.classes, " classes"));
  return Status();
}

} // namespace bst

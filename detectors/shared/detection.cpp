#include "detectors/shared/detection.h"

#include <algorithm>

namespace bstc {

static float area(const Box &box) {
  return std::max(0.0f, box.x2 - box.x1) * std::max(0.0f, box.y2 - box.y1);
}

float intersectionOverUnion(const Box &a, const Box &b) {
  const float common = area(
      {std::max(a.x1, b.x1), std::max(a.y1, b.y1), std::min(a.x2, b.x2), std::min(a.y2, b.y2)});
  const float all = area(a) + area(b) - common;
  return all > 0 ? common / all : 0;
}

} // namespace bstc

#include "detectors/yolov5/anchors.h"

namespace bstc::yolov5 {

const AnchorLevels &ownAnchors() {
  static const AnchorLevels anchors = {
      {10, 13, 16, 30, 33, 23}, {30, 61, 62, 45, 59, 119}, {116, 90, 156, 198, 373, 326}};
  return anchors;
}

} // namespace bstc::yolov5

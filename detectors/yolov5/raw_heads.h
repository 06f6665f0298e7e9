#ifndef BSTC_DETECTORS_YOLOV5_RAW_HEADS_H
#define BSTC_DETECTORS_YOLOV5_RAW_HEADS_H

#include "detectors/shared/family.h"

namespace bstc::yolov5 {

/// Finds the heads among the outputs by their shapes, [1, anchors * (5 + classes + masks), ny, nx]
/// or [1, anchors, ny, nx, 5 + classes + masks]. \p anchors: empty for YOLOv5's. Errors: heads that
/// are not as many as levels of anchors, several sets of them, or heads that do not divide the
/// input by whole strides; the anchors of YOLOv5 with strides that are not its; heads that are not
/// raw: after their convolution comes what decodes (Sigmoid, in part or whole), which would be done
/// twice.
llvm::Expected<RawHeads> findRawHeads(const Graph &graph, const AnchorLevels &anchors);

/// Puts the decode of the heads into the graph and returns its predictions (Family::appendDecode).
Value *appendDecode(Graph &graph, llvm::ArrayRef<uint32_t> heads, const DecodeDescription &decode);

} // namespace bstc::yolov5

#endif // BSTC_DETECTORS_YOLOV5_RAW_HEADS_H

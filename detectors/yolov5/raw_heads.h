#ifndef BSTC_DETECTORS_YOLOV5_RAW_HEADS_H
#define BSTC_DETECTORS_YOLOV5_RAW_HEADS_H

#include "detectors/shared/anchors.h"
#include "ir/graph.h"

#include <vector>

namespace bstc {

/// The outputs of a YOLOv5 network whose decode is not in its graph.
struct RawHeads {
  std::vector<uint32_t> outputs; ///< Indices into Graph::outputs(), the finest level first.
  /// Strides as the shapes say, of input and heads; all numbers behind objectness as classes.
  YoloDecodeAttrs decode;
};

/// Finds the heads that the user says are there, among the outputs by their shapes,
/// [1, anchors * (5 + classes + masks), ny, nx] or [1, anchors, ny, nx, 5 + classes + masks].
/// \p anchors: empty for YOLOv5's. Errors: heads that are not as many as levels of anchors, several
/// sets of them, or heads that do not divide the input by whole strides; the anchors of YOLOv5 with
/// strides that are not its; heads that are not raw: after their convolution comes what decodes
/// (Sigmoid, in part or whole), which would be done twice.
llvm::Expected<RawHeads> findRawHeads(const Graph &graph, const AnchorLevels &anchors);

/// Puts the decode of the heads into the graph and returns its predictions [1, rows, 5 + classes +
/// masks]. The graph's outputs stay as they are; \p heads are their indices, by level.
Value *appendDecode(Graph &graph, llvm::ArrayRef<uint32_t> heads, const YoloDecodeAttrs &decode);

} // namespace bstc

#endif // BSTC_DETECTORS_YOLOV5_RAW_HEADS_H

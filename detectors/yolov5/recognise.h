#ifndef BSTC_DETECTORS_YOLOV5_RECOGNISE_H
#define BSTC_DETECTORS_YOLOV5_RECOGNISE_H

#include "ir/graph.h"

namespace bstc::yolov5 {

/// Replaces the subgraph of each Detect or Segment decode by one YoloDecode node. Recognised by
/// what it computes (which channels, sigmoid or not, the affine map of each cell), never by names.
void recognise(Graph &graph);

} // namespace bstc::yolov5

#endif // BSTC_DETECTORS_YOLOV5_RECOGNISE_H

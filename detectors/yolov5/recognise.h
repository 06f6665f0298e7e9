#ifndef BSTC_DETECTORS_YOLOV5_RECOGNISE_H
#define BSTC_DETECTORS_YOLOV5_RECOGNISE_H

#include "ir/graph.h"

namespace bstc {

/// Replaces the subgraph of each Detect or Segment decode by one YoloDecode node. Recognised by
/// what it computes (which channels, sigmoid or not, the affine map of each cell), never by names.
void recogniseYolov5(Graph &graph);

} // namespace bstc

#endif // BSTC_DETECTORS_YOLOV5_RECOGNISE_H

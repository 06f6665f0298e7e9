#ifndef BSTC_DIAGNOSE_LINT_TOPOLOGY_H
#define BSTC_DIAGNOSE_LINT_TOPOLOGY_H

#include "diagnose/lint/facts.h"

namespace bstc::diagnose {

/// Finds a published YOLOv5 in a network: by its convolutions (kernels, strides, what reads what),
/// joins, pools and resizes, never by names. Widths and the number of classes may differ, and a
/// bottleneck may have an addition that the published one has not, or lack it. Nothing: it is
/// another network.
std::optional<TopologyMatch> matchYolov5(const Facts &facts);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_LINT_TOPOLOGY_H

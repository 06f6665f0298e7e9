/// Walks an unrolled network and writes it as ONNX, in one of the quantisation styles.
#ifndef BSTC_TOOLS_ZOO_EXPORTER_H
#define BSTC_TOOLS_ZOO_EXPORTER_H

#include "zoo/yolov5_topology.h"
#include "zoo/zoo.h"

namespace bstc::zoo {

/// The serialised model. The options have been checked.
std::string exportOnnx(const Network &network, const ZooOptions &options);

} // namespace bstc::zoo

#endif // BSTC_TOOLS_ZOO_EXPORTER_H

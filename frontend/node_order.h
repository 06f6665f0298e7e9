#ifndef BSTC_FRONTEND_NODE_ORDER_H
#define BSTC_FRONTEND_NODE_ORDER_H

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace onnx {
class GraphProto;
class NodeProto;
} // namespace onnx

namespace bstc {

/// "node 'Conv_3' (Conv)", for messages; an unnamed node goes by its first output.
std::string nodeText(const onnx::NodeProto &node);

/// The nodes of `graph`, every one behind those that it reads; among the nodes that are free to go,
/// the one that stands first in the file goes first. `given` names the inputs and initializers.
/// Errors: a value defined twice, a value that nothing defines, a cycle (with the nodes on it).
llvm::Expected<std::vector<const onnx::NodeProto *>> orderNodes(const onnx::GraphProto &graph,
                                                                const llvm::StringSet<> &given);

} // namespace bstc

#endif // BSTC_FRONTEND_NODE_ORDER_H

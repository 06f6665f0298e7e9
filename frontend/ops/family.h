#ifndef BSTC_FRONTEND_OPS_FAMILY_H
#define BSTC_FRONTEND_OPS_FAMILY_H

#include "ir/graph.h"

namespace onnx {
class NodeProto;
}

namespace bstc {

/// Three functions make an operator family; frontend/ops/<family>.cpp holds them together and
/// op_table.cpp binds them to the rows of ir/ops.def.
struct OpFamily {
  /// Reads the ONNX attributes into node.attrs. Operands are already set. Constant operands that
  /// are really attributes (Reshape's shape, Slice's starts, ...) are read from Value::data.
  /// Errors: a missing, malformed or unsupported attribute, named.
  llvm::Error (*import)(const onnx::NodeProto &proto, int64_t opset, Node &node);
  /// Types of the outputs from the types of the operands and the attributes; may complete
  /// attributes that depend on shapes (auto_pad, negative axes, Slice bounds). Errors: operands
  /// that do not fit, with both shapes.
  llvm::Error (*infer)(Node &node, llvm::SmallVectorImpl<TensorType> &results);
  /// The float reference as ONNX defines the operator: row-major in, row-major out (`results` are
  /// allocated with the node's output types). Serves constant folding and the evaluator; written
  /// apart from every engine's kernels. Null for operators of our own that never are imported.
  llvm::Error (*evaluate)(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                          llvm::MutableArrayRef<TensorData *> results);
};

/// The family of `kind`.
const OpFamily &opFamily(OpKind kind);

} // namespace bstc

#endif // BSTC_FRONTEND_OPS_FAMILY_H

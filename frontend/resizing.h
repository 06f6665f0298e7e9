#ifndef BSTC_FRONTEND_RESIZING_H
#define BSTC_FRONTEND_RESIZING_H

#include "ir/graph.h"

namespace bstc {

/// Imports a network at another input size than it was exported with, to predict its cost there.
/// Most operators follow by their shape rules. What an exporter wrote down for one size is adapted,
/// node by node and where that is sound:
/// - the shape of a Reshape, where each group of dimensions that it splits or joins keeps its
///   extents or becomes one dimension;
/// - the sizes of a Resize, where they were whole multiples of its input;
/// - the constant operand of an element-wise operator with one element per cell (the grid and the
///   anchors of a YOLO decode), where it is an affine function of the cell's row and column: it is
///   continued.
/// Anything else that depends on the size is refused.
class Resizing {
public:
  /// `original` is the network as imported at its own size; it must outlive this.
  Resizing(const Graph &original, int64_t size) : original(original), size(size) {}

  /// The type of an input: [N, C, size, size] for [N, C, H, W]. Errors: another rank.
  llvm::Expected<TensorType> inputType(const TensorType &type) const;

  /// Replaces constant operands of a node whose other operands have their new types. Errors: what
  /// cannot be adapted, and why.
  llvm::Error adapt(Node &node);

private:
  llvm::Error adaptReshape(Node &node, const Shape &before);
  llvm::Error adaptResize(Node &node, const Shape &before);
  llvm::Error adaptElementwise(Node &node);
  llvm::Error checkSlice(const Node &node, const Shape &before) const;
  void replace(Node &node, unsigned operand, TensorDataRef data);

  const Graph &original;
  int64_t size;
  std::vector<std::unique_ptr<Value>> constants; ///< Those that replace others.
};

} // namespace bstc

#endif // BSTC_FRONTEND_RESIZING_H

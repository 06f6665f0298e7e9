#include "frontend/passes/passes.h"
#include "frontend/passes/patterns.h"

namespace bstc {

/// Puts the single result of `replacement` in place of `value` and gives it its name.
static void takeOver(Graph &graph, Value *value, Value *replacement) {
  std::string name = value->name;
  graph.rename(value, graph.uniqueName(name));
  graph.replaceUses(value, replacement);
  graph.rename(replacement, name);
}

static void splitToSlices(Graph &graph, Node &split) {
  const auto attrs = split.as<SplitAttrs>();
  Value *x = split.input(0);
  int64_t offset = 0;
  for (Value *part : split.outputs()) {
    SliceAttrs slice;
    slice.start.assign(x->type.rank(), 0);
    slice.step.assign(x->type.rank(), 1);
    slice.start[attrs.axis] = offset;
    offset += part->type.shape[attrs.axis];
    Node *node = graph.addNode(OpKind::Slice, split.name, {x}, slice,
                               {{graph.uniqueName(part->name), part->type}});
    takeOver(graph, part, node->output());
  }
}

/// The same bytes under another shape. The target shape is the result's type.
static void toReshape(Graph &graph, Node &node) {
  Value *result = node.output();
  Node *reshape = graph.addNode(OpKind::Reshape, node.name, {node.input(0)}, std::monostate{},
                                {{graph.uniqueName(result->name), result->type}});
  takeOver(graph, result, reshape->output());
}

static void globalToAveragePool(Graph &graph, Node &node) {
  const Shape &in = node.input(0)->type.shape;
  if (in.size() != 4)
    return;
  PoolAttrs pool;
  pool.window.kernel[0] = in[2];
  pool.window.kernel[1] = in[3];
  Value *result = node.output();
  Node *average = graph.addNode(OpKind::AveragePool, node.name, {node.input(0)}, pool,
                                {{graph.uniqueName(result->name), result->type}});
  takeOver(graph, result, average->output());
}

/// Import resolved the operands that are parameters (scales, starts, bounds) into attributes.
static void dropParameterOperands(Node &node) {
  if (node.inputs().size() > 1)
    node.setInputs({node.input(0)});
}

llvm::Error canonicalise(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i) {
    Node &node = *graph.nodes()[i];
    switch (node.op) {
    case OpKind::Split:
      splitToSlices(graph, node);
      break;
    case OpKind::Flatten:
    case OpKind::Squeeze:
    case OpKind::Unsqueeze:
    case OpKind::Reshape:
      if (node.op != OpKind::Reshape || node.inputs().size() > 1)
        toReshape(graph, node);
      break;
    case OpKind::Resize:
    case OpKind::Slice:
    case OpKind::Clip:
      dropParameterOperands(node);
      break;
    case OpKind::GlobalAveragePool:
      globalToAveragePool(graph, node);
      break;
    default:
      break;
    }
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

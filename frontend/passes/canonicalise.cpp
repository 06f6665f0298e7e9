#include "frontend/ops/support.h"
#include "frontend/passes/passes.h"
#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

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
    slice.extent.assign(part->type.shape.begin(), part->type.shape.end());
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

/// An average of one element is that element.
static void dropSingleAverage(Graph &graph, Node &node) {
  const WindowAttrs &window = node.as<PoolAttrs>().window;
  if (window.kernel[0] == 1 && window.kernel[1] == 1 && !graph.isOutput(node.output()) &&
      node.input(0)->type == node.output()->type)
    graph.replaceUses(node.output(), node.input(0));
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

/// The product of the extents in [first, last).
static int64_t extentOf(const Shape &shape, size_t first, size_t last) {
  int64_t product = 1;
  for (size_t i = first; i < last; ++i)
    product *= shape[i];
  return product;
}

static Value *reshaped(Graph &graph, const Node &node, Value *x, Shape shape,
                       llvm::StringRef suffix) {
  TensorType type{x->type.element, std::move(shape), x->type.quant};
  return graph
      .addNode(OpKind::Reshape, node.name + "~reshape", {x}, std::monostate{},
               {{graph.uniqueName((x->name + suffix).str()), type}})
      ->output();
}

/// Softmax over several axes as one: the same over rows of a matrix.
static void flattenSoftmax(Graph &graph, Node &node) {
  SoftmaxAttrs attrs = node.as<SoftmaxAttrs>();
  if (!attrs.toLast)
    return;
  Value *result = node.output();
  const Shape &shape = result->type.shape;
  Shape matrix = {extentOf(shape, 0, size_t(attrs.axis)),
                  extentOf(shape, size_t(attrs.axis), shape.size())};
  Value *rows = reshaped(graph, node, node.input(0), matrix, "~rows");
  Node *softmax = graph.addNode(OpKind::Softmax, node.name, {rows}, SoftmaxAttrs{1},
                                {{graph.uniqueName(result->name + "~rows"), rows->type}});
  Node *back = graph.addNode(OpKind::Reshape, node.name + "~back", {softmax->output()},
                             std::monostate{}, {{graph.uniqueName(result->name), result->type}});
  takeOver(graph, result, back->output());
}

/// The mean over the rows and columns of a map is its global average pool; any other is that of a
/// map whose rows are the axes that go, once they stand behind the others.
static void meanToAveragePool(Graph &graph, Node &node) {
  const auto &axes = node.as<ReduceAttrs>().axes;
  Value *x = node.input(0), *result = node.output();
  const Shape &in = x->type.shape;
  Value *map = x;
  if (in.size() != 4 || axes != std::vector<int64_t>{2, 3}) {
    TransposeAttrs order;
    for (int64_t i = 0; i < int64_t(in.size()); ++i)
      if (!llvm::is_contained(axes, i))
        order.perm.push_back(i);
    size_t kept = order.perm.size();
    order.perm.insert(order.perm.end(), axes.begin(), axes.end());
    Shape shape;
    for (int64_t axis : order.perm)
      shape.push_back(in[axis]);
    if (!llvm::is_sorted(order.perm))
      x = graph
              .addNode(OpKind::Transpose, node.name + "~order", {x}, order,
                       {{graph.uniqueName(x->name + "#ordered"),
                         TensorType{ElementType::F32, shape, std::nullopt}}})
              ->output();
    map = reshaped(graph, node, x,
                   {1, extentOf(shape, 0, kept), extentOf(shape, kept, shape.size()), 1}, "#map");
  }
  PoolAttrs pool;
  pool.window.kernel[0] = map->type.shape[2];
  pool.window.kernel[1] = map->type.shape[3];
  TensorType type = map->type;
  type.shape[2] = type.shape[3] = 1;
  Node *average = graph.addNode(OpKind::AveragePool, node.name, {map}, pool,
                                {{graph.uniqueName(result->name + "~map"), type}});
  if (type.shape == result->type.shape)
    return takeOver(graph, result, average->output());
  Node *back = graph.addNode(OpKind::Reshape, node.name + "~back", {average->output()},
                             std::monostate{}, {{graph.uniqueName(result->name), result->type}});
  takeOver(graph, result, back->output());
}

/// Sum, Max and Min of one operand or of more than two: a chain of pairs from the left.
static void toPairs(Graph &graph, Node &node) {
  OpKind pair = node.op == OpKind::Sum ? OpKind::Add : node.op;
  Value *result = node.output();
  llvm::SmallVector<Value *, 4> operands(node.inputs().begin(), node.inputs().end());
  if (operands.size() == 2 && pair == node.op)
    return;
  Value *soFar = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) {
    bool last = i + 1 == operands.size();
    TensorType type{result->type.element,
                    llvm::cantFail(broadcastShape(soFar->type.shape, operands[i]->type.shape)),
                    std::nullopt};
    std::string name = result->name + (last ? "" : "#part");
    soFar = graph
                .addNode(pair, node.name + (last ? "" : "~part"), {soFar, operands[i]},
                         ElementwiseAttrs{}, {{graph.uniqueName(name), last ? result->type : type}})
                ->output();
  }
  if (operands.size() > 1)
    return takeOver(graph, result, soFar);
  Node *same = graph.addNode(OpKind::Identity, node.name, {soFar}, std::monostate{},
                             {{graph.uniqueName(result->name), result->type}});
  takeOver(graph, result, same->output());
}

static void upsampleToResize(Graph &graph, Node &node) {
  Value *result = node.output();
  Node *resize = graph.addNode(OpKind::Resize, node.name, {node.input(0)}, node.attrs,
                               {{graph.uniqueName(result->name), result->type}});
  takeOver(graph, result, resize->output());
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
    case OpKind::Pad:
      dropParameterOperands(node);
      break;
    case OpKind::GlobalAveragePool:
      globalToAveragePool(graph, node);
      break;
    case OpKind::AveragePool:
      dropSingleAverage(graph, node);
      break;
    case OpKind::Softmax:
      flattenSoftmax(graph, node);
      break;
    case OpKind::ReduceMean:
      meanToAveragePool(graph, node);
      break;
    case OpKind::Sum:
    case OpKind::Max:
    case OpKind::Min:
      toPairs(graph, node);
      break;
    case OpKind::Upsample:
      upsampleToResize(graph, node);
      break;
    default:
      break;
    }
  }
  graph.cleanUp();
  return llvm::Error::success();
}

} // namespace bstc

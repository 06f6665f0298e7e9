#include "detectors/yolov5/recognise.h"

#include "ir/patterns.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc::yolov5 {

namespace {

/// Channels [begin, end) of the transposed head, with or without the sigmoid.
struct Channels {
  Value *root = nullptr; ///< [1, anchors, ny, nx, channels]
  int64_t begin = 0, end = 0;
  bool sigmoid = false;
};

/// value = scale * base + shift, element by element of [anchors, ny, nx, 2].
struct Affine {
  Value *base = nullptr;
  std::vector<double> scale, shift;
};

/// What one level turned out to be.
struct Level {
  Value *head = nullptr;
  int64_t anchorsPerLevel = 0, channels = 0, masks = 0;
  double stride = 0;
  std::vector<double> anchors; ///< [anchor][w, h], pixels.
};

} // namespace

static bool close(double a, double b) {
  return std::fabs(a - b) <= 1e-5 * std::max(1.0, std::fabs(b));
}

/// Follows Split, Slice and Sigmoid, in any order, up to the transposed head.
static std::optional<Channels> channelsOf(Value *value) {
  Channels channels;
  int64_t rank = value->type.rank();
  channels.end = value->type.shape.back();
  for (Node *node = value->producer(); node; node = value->producer()) {
    if (node->op == OpKind::Sigmoid && !channels.sigmoid) {
      channels.sigmoid = true;
    } else if (node->op == OpKind::Split && node->as<SplitAttrs>().axis == rank - 1) {
      const auto &sizes = node->as<SplitAttrs>().sizes;
      int64_t offset = 0;
      for (unsigned i = 0; i < value->resultIndex(); ++i)
        offset += sizes[i];
      channels.begin += offset;
      channels.end += offset;
    } else if (node->op == OpKind::Slice) {
      const auto &slice = node->as<SliceAttrs>();
      for (int64_t axis = 0; axis < rank; ++axis)
        if (slice.step[axis] != 1 || (axis < rank - 1 && slice.start[axis] != 0) ||
            (axis < rank - 1 &&
             node->input(0)->type.shape[axis] != node->output()->type.shape[axis]))
          return std::nullopt;
      channels.begin += slice.start[rank - 1];
      channels.end += slice.start[rank - 1];
    } else {
      break;
    }
    value = node->input(0);
  }
  channels.root = value;
  return channels;
}

/// Element of a constant that broadcasts against `shape` at flat index `index`, or NaN when it does
/// not broadcast.
static double broadcastAt(const TensorData &data, const Shape &shape, int64_t index) {
  const Shape &own = data.type.shape;
  if (own.size() > shape.size())
    return NAN;
  int64_t flat = 0, stride = 1;
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; --axis) {
    int64_t coordinate = index % shape[axis];
    index /= shape[axis];
    int64_t ownAxis = axis - int64_t(shape.size() - own.size());
    if (ownAxis < 0)
      continue;
    if (own[ownAxis] != 1 && own[ownAxis] != shape[axis])
      return NAN;
    flat += (own[ownAxis] == 1 ? 0 : coordinate) * stride;
    stride *= own[ownAxis];
  }
  return data.at(flat);
}

/// Collapses a chain of Mul, Div, Add and Sub with constants into one affine map of its base.
static Affine affineOf(Value *value) {
  Affine affine;
  const Shape &shape = value->type.shape;
  affine.scale.assign(value->type.count(), 1);
  affine.shift.assign(value->type.count(), 0);
  for (Node *node = value->producer(); node; node = value->producer()) {
    bool product = node->op == OpKind::Mul || node->op == OpKind::Div;
    if (!product && node->op != OpKind::Add && node->op != OpKind::Sub)
      break;
    ConstantOperand operand = constantOperand(*node);
    bool constantFirst = operand.constant == node->input(0);
    bool ordered = node->op == OpKind::Div || node->op == OpKind::Sub;
    if (!operand.constant || (ordered && constantFirst) || operand.other->type.shape != shape)
      break;
    for (size_t i = 0; i < affine.scale.size(); ++i) {
      double c = broadcastAt(*operand.constant->data, shape, int64_t(i));
      if (product)
        affine.scale[i] *= node->op == OpKind::Div ? 1 / c : c;
      else
        affine.shift[i] += affine.scale[i] * (node->op == OpKind::Sub ? -c : c);
    }
    value = operand.other;
  }
  affine.base = value;
  return affine;
}

/// The value that `square` squares: Pow(x, 2) or Mul(x, x). Null otherwise.
static Value *squaredBy(Value *square) {
  if (Node *mul = madeBy(square, OpKind::Mul))
    return mul->input(0) == mul->input(1) ? mul->input(0) : nullptr;
  Node *pow = madeBy(square, OpKind::Pow);
  Value *exponent = pow ? pow->input(1) : nullptr;
  bool isTwo = exponent && exponent->isConstant() && exponent->type.count() == 1 &&
               exponent->data->at(0) == 2;
  return isTwo ? pow->input(0) : nullptr;
}

/// Checks xy = (2 s + grid) * stride with grid = (x - 0.5, y - 0.5).
static bool matchCentre(Value *part, Level &level, Value *root) {
  Affine affine = affineOf(part);
  auto channels = channelsOf(affine.base);
  if (!channels || channels->root != root || channels->begin != 0 || channels->end != 2 ||
      !channels->sigmoid)
    return false;
  const Shape &shape = part->type.shape; // [1, anchors, ny, nx, 2]
  level.stride = affine.scale[0] / 2;
  for (size_t i = 0; i < affine.scale.size(); ++i) {
    int64_t x = int64_t(i) / 2 % shape[3], y = int64_t(i) / 2 / shape[3] % shape[2];
    double grid = double(i % 2 == 0 ? x : y) - 0.5;
    if (!close(affine.scale[i], 2 * level.stride) || !close(affine.shift[i], grid * level.stride))
      return false;
  }
  return level.stride > 0;
}

/// Checks wh = (2 s)^2 * anchor with one anchor for each of the level's anchor slots.
static bool matchSize(Value *part, Level &level, Value *root) {
  Affine outer = affineOf(part);
  Value *squared = squaredBy(outer.base);
  if (!squared)
    return false;
  Affine inner = affineOf(squared);
  auto channels = channelsOf(inner.base);
  if (!channels || channels->root != root || channels->begin != 2 || channels->end != 4 ||
      !channels->sigmoid)
    return false;
  size_t cells = outer.scale.size() / size_t(level.anchorsPerLevel);
  level.anchors.clear();
  for (size_t i = 0; i < outer.scale.size(); ++i) {
    double anchor = outer.scale[i] * inner.scale[i] * inner.scale[i] / 4;
    if (outer.shift[i] != 0 || inner.shift[i] != 0 || !(anchor > 0))
      return false;
    if (i % cells < 2)
      level.anchors.push_back(anchor);
    else if (!close(anchor, level.anchors[i / cells * 2 + i % 2]))
      return false;
  }
  return true;
}

/// Checks that the parts after xy and wh are the remaining channels in order: sigmoids, then (mask
/// coefficients) raw values.
static bool matchRest(llvm::ArrayRef<Value *> parts, Level &level, Value *root) {
  int64_t next = 4;
  for (Value *part : parts) {
    auto channels = channelsOf(part);
    if (!channels || channels->root != root || channels->begin != next)
      return false;
    if (!channels->sigmoid)
      level.masks += channels->end - channels->begin;
    else if (level.masks > 0)
      return false;
    next = channels->end;
  }
  return next == level.channels && level.channels - level.masks > PredictionPlaces::scores;
}

/// Matches one level from its rows [1, anchors*ny*nx, channels] back to its head.
static std::optional<Level> matchLevel(Value *rows) {
  Node *reshape = madeBy(rows, OpKind::Reshape);
  Node *concat = reshape ? madeBy(reshape->input(0), OpKind::Concat) : nullptr;
  if (!concat || concat->output()->type.rank() != 5 || concat->as<AxisAttrs>().axis != 4 ||
      concat->inputs().size() < 3)
    return std::nullopt;
  auto size = channelsOf(concat->inputs().back());
  Node *transpose = size ? madeBy(size->root, OpKind::Transpose) : nullptr;
  if (!transpose || transpose->as<TransposeAttrs>().perm != std::vector<int64_t>{0, 1, 3, 4, 2})
    return std::nullopt;
  Node *split = madeBy(transpose->input(0), OpKind::Reshape);
  if (!split || split->input(0)->type.rank() != 4)
    return std::nullopt;
  Level level;
  level.head = split->input(0);
  const Shape &cells = transpose->output()->type.shape; // [1, anchors, ny, nx, channels]
  const Shape &head = level.head->type.shape;
  level.anchorsPerLevel = cells[1];
  level.channels = cells[4];
  bool shapesFit = cells[0] == 1 && head[0] == 1 && head[1] == cells[1] * cells[4] &&
                   head[2] == cells[2] && head[3] == cells[3] &&
                   rows->type.shape == Shape{1, cells[1] * cells[2] * cells[3], cells[4]};
  Value *root = transpose->output();
  if (!shapesFit || !matchCentre(concat->input(0), level, root) ||
      !matchSize(concat->input(1), level, root) ||
      !matchRest(concat->inputs().drop_front(2), level, root))
    return std::nullopt;
  return level;
}

/// Names of the nodes between the heads and `output`, for the placement table.
static void recordReplaced(Node &decode, Value *output, llvm::ArrayRef<Value *> heads) {
  llvm::SmallVector<Node *, 64> work = {output->producer()};
  llvm::SmallVector<Node *, 64> seen = {output->producer()};
  while (!work.empty()) {
    Node *node = work.pop_back_val();
    if (node->name != decode.name)
      decode.fused.push_back(node->name);
    for (Value *operand : node->inputs())
      if (operand && operand->producer() && !llvm::is_contained(heads, operand) &&
          !llvm::is_contained(seen, operand->producer())) {
        work.push_back(operand->producer());
        seen.push_back(operand->producer());
      }
  }
}

/// Replaces the decode that ends in `concat` (rows of all levels), if it is one.
static void recogniseAt(Graph &graph, Node &concat) {
  Value *output = concat.output();
  if (output->type.rank() != 3 || concat.as<AxisAttrs>().axis != 1)
    return;
  YoloDecodeAttrs attrs;
  llvm::SmallVector<Value *, 3> heads;
  for (Value *rows : concat.inputs()) {
    std::optional<Level> level = matchLevel(rows);
    if (!level)
      return;
    int64_t classes = level->channels - level->masks - PredictionPlaces::scores;
    if (heads.empty()) {
      attrs.anchorsPerLevel = level->anchorsPerLevel;
      attrs.classes = classes;
      attrs.masks = level->masks;
    } else if (attrs.anchorsPerLevel != level->anchorsPerLevel || attrs.classes != classes ||
               attrs.masks != level->masks) {
      return;
    }
    heads.push_back(level->head);
    attrs.strides.push_back(float(level->stride));
    for (double anchor : level->anchors)
      attrs.anchors.push_back(float(anchor));
  }
  std::string name = output->name;
  graph.rename(output, graph.uniqueName(name));
  Node *decode =
      graph.addNode(OpKind::YoloDecode, concat.name, heads, attrs, {{name, output->type}});
  recordReplaced(*decode, output, heads);
  graph.replaceUses(output, decode->output());
}

void recognise(Graph &graph) {
  for (size_t i = 0, end = graph.nodes().size(); i < end; ++i)
    if (graph.nodes()[i]->op == OpKind::Concat)
      recogniseAt(graph, *graph.nodes()[i]);
  graph.cleanUp();
}

} // namespace bstc::yolov5

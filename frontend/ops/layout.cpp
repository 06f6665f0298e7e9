// Operators that move no value or only permute: Reshape, Flatten, Squeeze, Unsqueeze, Transpose,
// Identity, Dropout (inference).
#include "frontend/ops/support.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>

namespace bstc {

/// The axes of Squeeze and Unsqueeze: an attribute before opset 13, an operand since. Squeeze
/// without axes means every axis of extent 1.
static llvm::Error importAxes(AttributeReader &reader, int64_t opset, Node &node) {
  const Shape &shape = node.input(0)->type.shape;
  bool squeeze = node.op == OpKind::Squeeze;
  std::vector<int64_t> axes;
  if (node.input(1)) {
    auto values = constantIntegers(node, 1, "axes");
    if (!values)
      return values.takeError();
    axes = *values;
  } else if (opset < 13 && reader.has("axes")) {
    axes = reader.integers("axes");
  } else if (squeeze) {
    for (size_t i = 0; i < shape.size(); ++i)
      if (shape[i] == 1)
        axes.push_back(int64_t(i));
  } else {
    return makeError(Code::BadAttribute, "the axes are missing");
  }
  if (int64_t(axes.size()) > maxRank)
    return makeError(Code::BadAttribute, "has " + llvm::Twine(axes.size()) + " axes");
  auto resolved = resolveAxes(axes, int64_t(shape.size() + (squeeze ? 0 : axes.size())));
  if (!resolved)
    return resolved.takeError();
  node.attrs = AxesAttrs{std::move(*resolved)};
  return reader.finish();
}

static llvm::Error importReshape(AttributeReader &reader, int64_t opset, Node &node) {
  auto shape = constantIntegers(node, 1, "shape");
  if (!shape)
    return shape.takeError();
  if (opset >= 14 && reader.integer("allowzero", 0) != 0 && llvm::is_contained(*shape, 0))
    return makeError(Code::EmptyTensor,
                     "allowzero = 1 with a 0 in the shape means an empty tensor, which is not "
                     "supported");
  return reader.finish();
}

static llvm::Error importDropout(AttributeReader &reader, int64_t opset, const Node &node) {
  reader.skip(opset >= 12 ? "seed" : "ratio"); // Inference passes its input on whatever they say.
  const Value *training = node.input(2);
  if (training &&
      !(training->isConstant() && training->type.count() == 1 && training->data->at(0) == 0))
    return makeError(Code::TrainingMode,
                     "training_mode must be a constant false; export the model in eval mode");
  return reader.finish();
}

static llvm::Error importTranspose(AttributeReader &reader, Node &node) {
  std::vector<int64_t> perm = reader.integers("perm");
  if (perm.empty()) {
    perm.resize(node.input(0)->type.rank());
    std::iota(perm.rbegin(), perm.rend(), 0);
  }
  node.attrs = TransposeAttrs{std::move(perm)};
  return reader.finish();
}

llvm::Error importLayout(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  AttributeReader reader(proto);
  bool reshape = node.op == OpKind::Reshape, dropout = node.op == OpKind::Dropout;
  bool listed = node.op == OpKind::Squeeze || node.op == OpKind::Unsqueeze;
  unsigned most = dropout && opset >= 12 ? 3 : reshape || (listed && opset >= 13) ? 2 : 1;
  if (llvm::Error error = expectOperands(node, reshape ? 2 : 1, most))
    return error;
  if (listed)
    return importAxes(reader, opset, node);
  if (reshape)
    return importReshape(reader, opset, node);
  if (dropout)
    return importDropout(reader, opset, node);
  if (node.op == OpKind::Transpose)
    return importTranspose(reader, node);
  if (node.op == OpKind::Flatten) {
    int64_t rank = node.input(0)->type.rank(), axis = reader.integer("axis", 1);
    if (axis < -rank || axis > rank)
      return makeError(Code::BadAttribute, "axis " + llvm::Twine(axis) + " is outside of " +
                                               typeText(node.input(0)->type));
    node.attrs = AxisAttrs{axis < 0 ? axis + rank : axis};
  }
  return reader.finish();
}

/// 0 copies the extent of the input, one -1 takes what is left over.
static llvm::Expected<Shape> reshapedShape(const TensorType &x, llvm::ArrayRef<int64_t> wanted) {
  Shape shape(wanted.begin(), wanted.end());
  int64_t *open = nullptr, known = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && i < x.shape.size())
      shape[i] = x.shape[i];
    if (shape[i] == -1 && !open)
      open = &shape[i];
    else if (shape[i] < 0 || __builtin_mul_overflow(known, shape[i], &known))
      return makeError(Code::BadAttribute, "shape " + shapeText(wanted) + " is not valid");
  }
  if (open && known != 0)
    *open = x.count() / known;
  if (TensorType{x.element, shape, std::nullopt}.count() != x.count() || (open && known == 0))
    return makeError(Code::OperandMismatch,
                     typeText(x) + " cannot be reshaped to " + shapeText(wanted));
  return shape;
}

static llvm::Expected<Shape> squeezedShape(const TensorType &x, llvm::ArrayRef<int64_t> axes) {
  Shape shape;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (!llvm::is_contained(axes, i))
      shape.push_back(x.shape[i]);
    else if (x.shape[i] != 1)
      return makeError(Code::OperandMismatch,
                       "axis " + llvm::Twine(i) + " of " + typeText(x) + " is not 1");
  }
  return shape;
}

static Shape unsqueezedShape(const TensorType &x, llvm::ArrayRef<int64_t> axes) {
  Shape shape = x.shape;
  for (int64_t axis : axes)
    shape.insert(shape.begin() + axis, 1);
  return shape;
}

static Shape flattenedShape(const TensorType &x, int64_t axis) {
  Shape shape = {1, 1};
  for (int64_t i = 0; i < x.rank(); ++i)
    shape[i >= axis] *= x.shape[i];
  return shape;
}

static llvm::Expected<TensorType> transposedType(const TensorType &x,
                                                 llvm::ArrayRef<int64_t> perm) {
  std::vector<bool> seen(x.shape.size());
  TensorType type = x;
  for (size_t i = 0; i < perm.size(); ++i) {
    bool valid = perm.size() == seen.size() && perm[i] >= 0 && perm[i] < x.rank();
    if (!valid || seen[perm[i]])
      return makeError(Code::BadAttribute, "perm " + shapeText(perm) +
                                               " is not a permutation of the axes of " +
                                               typeText(x));
    seen[perm[i]] = true;
    type.shape[i] = x.shape[perm[i]];
    if (x.quant && x.quant->axis == perm[i])
      type.quant->axis = int(i);
  }
  return type;
}

static llvm::Expected<Shape> resultShape(const Node &node) {
  const TensorType &x = node.input(0)->type;
  switch (node.op) {
  case OpKind::Reshape: {
    auto wanted = constantIntegers(node, 1, "shape");
    if (!wanted)
      return wanted.takeError();
    return reshapedShape(x, *wanted);
  }
  case OpKind::Squeeze:
    return squeezedShape(x, node.as<AxesAttrs>().axes);
  case OpKind::Unsqueeze:
    return unsqueezedShape(x, node.as<AxesAttrs>().axes);
  default:
    return flattenedShape(x, node.as<AxisAttrs>().axis);
  }
}

static llvm::Expected<TensorType> resultType(const Node &node) {
  const TensorType &x = node.input(0)->type;
  if (node.op == OpKind::Identity || node.op == OpKind::Dropout)
    return x;
  if (node.op == OpKind::Transpose)
    return transposedType(x, node.as<TransposeAttrs>().perm);
  auto shape = resultShape(node);
  if (!shape)
    return shape.takeError();
  return movedType(x, *shape);
}

llvm::Error inferLayout(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  auto type = resultType(node);
  if (!type)
    return type.takeError();
  results.push_back(*type);
  return llvm::Error::success();
}

llvm::Error evaluateLayout(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                           llvm::MutableArrayRef<TensorData *> results) {
  const TensorData &x = *operands[0];
  std::byte *out = results[0]->mutableValues<std::byte>().data();
  if (node.op != OpKind::Transpose) {
    std::copy_n(x.data(), x.size(), out);
    return llvm::Error::success();
  }
  auto strides = rowMajorStrides(x.type.shape);
  llvm::SmallVector<int64_t, 6> permuted;
  for (int64_t axis : node.as<TransposeAttrs>().perm)
    permuted.push_back(strides[axis]);
  copyStrided(x.data(), results[0]->type.shape, permuted, elementSize(x.type.element), out);
  return llvm::Error::success();
}

} // namespace bstc

// Operators that import folds away: Constant, Shape, ConstantOfShape; and Gather and Cast, which
// mostly serve shape arithmetic.
#include "frontend/ops/support.h"
#include "frontend/tensor_import.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <onnx/onnx_pb.h>

namespace bstc {

template <typename T>
static TensorDataRef list(ElementType element, llvm::ArrayRef<T> values, bool scalar) {
  TensorType type{element, scalar ? Shape{} : Shape{int64_t(values.size())}, std::nullopt};
  return TensorData::make(type, values);
}

/// One of the forms in which ONNX writes a constant; null where the attribute is another one.
static llvm::Expected<TensorDataRef> readConstant(AttributeReader &reader) {
  if (const auto *value = reader.take("value", onnx::AttributeProto::TENSOR))
    return importTensor(value->t());
  if (reader.has("value_float"))
    return list<float>(ElementType::F32, {reader.real("value_float", 0)}, true);
  if (reader.has("value_floats"))
    return list<float>(ElementType::F32, reader.reals("value_floats"), false);
  if (reader.has("value_int"))
    return list<int64_t>(ElementType::S64, {reader.integer("value_int", 0)}, true);
  if (reader.has("value_ints"))
    return list<int64_t>(ElementType::S64, reader.integers("value_ints"), false);
  return TensorDataRef();
}

static llvm::Error importConstant(AttributeReader &reader, Node &node) {
  auto value = readConstant(reader);
  if (!value)
    return value.takeError();
  if (llvm::Error error = reader.finish())
    return error;
  if (!*value)
    return makeError(Code::BadAttribute, "attribute 'value' is missing");
  node.attrs = ConstantAttrs{*value};
  return llvm::Error::success();
}

static llvm::Error importConstantOfShape(AttributeReader &reader, Node &node) {
  TensorDataRef value = list<float>(ElementType::F32, {0.0f}, false);
  if (const auto *given = reader.take("value", onnx::AttributeProto::TENSOR)) {
    auto tensor = importTensor(given->t());
    if (!tensor)
      return tensor.takeError();
    value = *tensor;
  }
  if (value->type.count() != 1)
    return makeError(Code::BadAttribute, "attribute 'value' must have one element");
  node.attrs = ConstantAttrs{value};
  return reader.finish();
}

/// Shape, with the range of axes that opset 15 added: counted from the back where negative,
/// clamped.
static llvm::Error importShapeOf(AttributeReader &reader, int64_t opset, Node &node) {
  int64_t rank = node.input(0)->type.rank(), start = 0, end = rank;
  if (opset >= 15) {
    start = reader.integer("start", 0);
    end = reader.integer("end", rank);
  }
  start = std::clamp<int64_t>(start < 0 ? start + rank : start, 0, rank);
  end = std::clamp<int64_t>(end < 0 ? end + rank : end, 0, rank);
  AxesAttrs attrs;
  for (int64_t axis = start; axis < end; ++axis)
    attrs.axes.push_back(axis);
  node.attrs = std::move(attrs);
  return reader.finish();
}

static llvm::Error importCast(AttributeReader &reader, Node &node) {
  auto to = importElementType(int(reader.integer("to", 0)));
  if (!to)
    return to.takeError();
  node.attrs = CastAttrs{*to};
  return reader.finish();
}

static llvm::Error importGather(AttributeReader &reader, Node &node) {
  auto axis = resolveAxis(reader.integer("axis", 0), node.input(0)->type.rank());
  if (!axis)
    return axis.takeError();
  node.attrs = AxisAttrs{*axis};
  return reader.finish();
}

llvm::Error importConstants(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  unsigned operands = node.op == OpKind::Constant ? 0 : node.op == OpKind::Gather ? 2 : 1;
  if (llvm::Error error = expectOperands(node, operands, operands))
    return error;
  AttributeReader reader(proto);
  switch (node.op) {
  case OpKind::Constant:
    return importConstant(reader, node);
  case OpKind::ConstantOfShape:
    return importConstantOfShape(reader, node);
  case OpKind::ShapeOf:
    return importShapeOf(reader, opset, node);
  case OpKind::Cast:
    return importCast(reader, node);
  default:
    return importGather(reader, node);
  }
}

static llvm::Expected<TensorType> gatheredType(const Node &node) {
  const TensorType &x = node.input(0)->type, &indices = node.input(1)->type;
  if (indices.element != ElementType::S32 && indices.element != ElementType::S64)
    return makeError(Code::OperandMismatch, "the indices, " + operandText(node, 1) + ", are " +
                                                typeText(indices) + ", but must be integers");
  int64_t axis = node.as<AxisAttrs>().axis;
  Shape shape(x.shape.begin(), x.shape.begin() + axis);
  shape.append(indices.shape.begin(), indices.shape.end());
  shape.append(x.shape.begin() + axis + 1, x.shape.end());
  return movedType(x, shape);
}

static llvm::Expected<TensorType> resultType(const Node &node) {
  switch (node.op) {
  case OpKind::Constant:
    return TensorType(node.as<ConstantAttrs>().value->type);
  case OpKind::ConstantOfShape: {
    auto shape = constantIntegers(node, 0, "shape");
    if (!shape)
      return shape.takeError();
    return TensorType{node.as<ConstantAttrs>().value->type.element,
                      Shape(shape->begin(), shape->end()), std::nullopt};
  }
  case OpKind::ShapeOf:
    return TensorType{ElementType::S64, {int64_t(node.as<AxesAttrs>().axes.size())}, std::nullopt};
  case OpKind::Cast:
    return TensorType{node.as<CastAttrs>().to, node.input(0)->type.shape, std::nullopt};
  default:
    return gatheredType(node);
  }
}

llvm::Error inferConstants(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  auto type = resultType(node);
  if (!type)
    return type.takeError();
  results.push_back(*type);
  return llvm::Error::success();
}

/// Exactly: a double would round the greatest indices out of the type.
static int64_t indexAt(const TensorData &indices, int64_t i) {
  return indices.type.element == ElementType::S64 ? indices.values<int64_t>()[size_t(i)]
                                                  : indices.values<int32_t>()[size_t(i)];
}

static llvm::Error gather(int64_t axis, const TensorData &x, const TensorData &indices,
                          TensorData &y) {
  int64_t extent = x.type.shape[axis];
  uint64_t chunk = uint64_t(rowMajorStrides(x.type.shape)[axis]) * elementSize(x.type.element);
  std::byte *out = y.mutableValues<std::byte>().data();
  int64_t blocks = 1;
  for (int64_t i = 0; i < axis; ++i)
    blocks *= x.type.shape[i];
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t i = 0; i < indices.type.count(); ++i, out += chunk) {
      int64_t index = indexAt(indices, i);
      if (index < -extent || index >= extent)
        return makeError(Code::BadConstant, "index " + llvm::Twine(index) + " is outside of axis " +
                                                llvm::Twine(axis) + " of " + typeText(x.type));
      index = index < 0 ? index + extent : index;
      std::copy_n(x.data() + (block * extent + index) * chunk, chunk, out);
    }
  return llvm::Error::success();
}

/// A float that does not fit an integer type saturates, NaN gives 0: C++ leaves both undefined.
template <typename From, typename To> static To convert(From value) {
  if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) {
    if (std::isnan(value))
      return 0;
    if (double(value) <= double(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    if (double(value) >= double(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
  }
  return To(value);
}

static void cast(const TensorData &x, TensorData &y) {
  withElementType(x.type.element, [&](auto from) {
    withElementType(y.type.element, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      llvm::ArrayRef<From> source = x.values<From>();
      llvm::MutableArrayRef<To> out = y.mutableValues<To>();
      for (size_t i = 0; i < source.size(); ++i)
        out[i] = y.type.element == ElementType::Bool ? To(source[i] != From(0))
                                                     : convert<From, To>(source[i]);
    });
  });
}

llvm::Error evaluateConstants(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                              llvm::MutableArrayRef<TensorData *> results) {
  TensorData &y = *results[0];
  switch (node.op) {
  case OpKind::Constant:
    std::copy_n(node.as<ConstantAttrs>().value->data(), y.size(),
                y.mutableValues<std::byte>().data());
    return llvm::Error::success();
  case OpKind::ConstantOfShape:
    withElementType(y.type.element, [&](auto example) {
      using T = decltype(example);
      auto out = y.mutableValues<T>();
      std::fill(out.begin(), out.end(), node.as<ConstantAttrs>().value->template values<T>()[0]);
    });
    return llvm::Error::success();
  case OpKind::ShapeOf:
    for (size_t i = 0; i < y.mutableValues<int64_t>().size(); ++i)
      y.mutableValues<int64_t>()[i] = node.input(0)->type.shape[node.as<AxesAttrs>().axes[i]];
    return llvm::Error::success();
  case OpKind::Cast:
    cast(*operands[0], y);
    return llvm::Error::success();
  default:
    return gather(node.as<AxisAttrs>().axis, *operands[0], *operands[1], y);
  }
}

} // namespace bstc

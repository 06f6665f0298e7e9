#include "frontend/ops/support.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>
#include <onnx/onnx_pb.h>

namespace bstc {

AttributeReader::AttributeReader(const onnx::NodeProto &node) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (!attributes.insert({attribute.name(), &attribute}).second)
      problem = "attribute '" + attribute.name() + "' is given twice";
}

const onnx::AttributeProto *AttributeReader::take(llvm::StringRef name, int type) {
  skip(name);
  const onnx::AttributeProto *attribute = attributes.lookup(name);
  if (!attribute || attribute->type() == type)
    return attribute;
  auto expected = onnx::AttributeProto_AttributeType(type);
  problem = ("attribute '" + name + "' must be of type " +
             onnx::AttributeProto_AttributeType_Name(expected) + ", but is of type " +
             onnx::AttributeProto_AttributeType_Name(attribute->type()))
                .str();
  return nullptr;
}

int64_t AttributeReader::integer(llvm::StringRef name, int64_t fallback) {
  const auto *attribute = take(name, onnx::AttributeProto::INT);
  return attribute ? attribute->i() : fallback;
}

float AttributeReader::real(llvm::StringRef name, float fallback) {
  const auto *attribute = take(name, onnx::AttributeProto::FLOAT);
  return attribute ? attribute->f() : fallback;
}

std::string AttributeReader::text(llvm::StringRef name, llvm::StringRef fallback) {
  const auto *attribute = take(name, onnx::AttributeProto::STRING);
  return attribute ? attribute->s() : fallback.str();
}

std::vector<int64_t> AttributeReader::integers(llvm::StringRef name) {
  const auto *attribute = take(name, onnx::AttributeProto::INTS);
  if (!attribute)
    return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

std::vector<float> AttributeReader::reals(llvm::StringRef name) {
  const auto *attribute = take(name, onnx::AttributeProto::FLOATS);
  if (!attribute)
    return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

llvm::Error AttributeReader::finish() const {
  if (!problem.empty())
    return makeError(Code::BadAttribute, problem);
  llvm::SmallVector<llvm::StringRef, 4> unknown;
  for (const auto &entry : attributes)
    if (!known.count(entry.first()))
      unknown.push_back(entry.first());
  if (unknown.empty())
    return llvm::Error::success();
  llvm::sort(unknown); // The map's order is not stable.
  return makeError(Code::UnsupportedForm, "attribute '" + unknown.front() + "' is not supported");
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string typeText(const ArrayType &type) {
  return elementTypeName(type.element) + shapeText(type.shape);
}

std::string operandText(const Node &node, unsigned operand) {
  const Value *value = node.input(operand);
  return "input " + std::to_string(operand) + (value ? " ('" + value->name + "')" : " (absent)");
}

llvm::Error expectOperands(const Node &node, unsigned least, unsigned most) {
  unsigned count = node.inputs().size();
  if (count < least || count > most) {
    std::string wanted = std::to_string(least);
    if (most != least)
      wanted += most == UINT_MAX ? " or more" : " to " + std::to_string(most);
    return makeError(Code::OperandCount,
                     "has " + llvm::Twine(count) + " inputs, but needs " + wanted);
  }
  for (unsigned i = 0; i < least; ++i)
    if (!node.input(i))
      return makeError(Code::OperandCount,
                       "input " + llvm::Twine(i) + " is left empty, but is not optional");
  return llvm::Error::success();
}

llvm::Error expectFloat(const Node &node) {
  for (unsigned i = 0; i < node.inputs().size(); ++i)
    if (const Value *value = node.input(i); value && !value->type.isFloat())
      return makeError(Code::OperandMismatch,
                       operandText(node, i) + " is " + typeText(value->type) + ", but must be f32");
  return llvm::Error::success();
}

llvm::Expected<int64_t> resolveAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return makeError(Code::BadAttribute, "axis " + llvm::Twine(axis) + " is outside a tensor of " +
                                             llvm::Twine(rank) + " dimensions");
  return axis < 0 ? axis + rank : axis;
}

llvm::Expected<std::vector<int64_t>> resolveAxes(llvm::ArrayRef<int64_t> axes, int64_t rank) {
  std::vector<int64_t> resolved;
  for (int64_t axis : axes) {
    auto one = resolveAxis(axis, rank);
    if (!one)
      return one.takeError();
    resolved.push_back(*one);
  }
  llvm::sort(resolved);
  if (std::adjacent_find(resolved.begin(), resolved.end()) != resolved.end())
    return makeError(Code::BadAttribute, "axes " + shapeText(axes) + " name one axis twice");
  return resolved;
}

static llvm::Error expectConstantList(const Node &node, unsigned operand, llvm::StringRef role) {
  const Value *value = node.input(operand);
  if (!value || !value->isConstant())
    return makeError(Code::ComputedParameter,
                     operandText(node, operand) + ", the " + role +
                         ", must be a constant: values computed at run time are not supported");
  if (value->type.rank() > 1)
    return makeError(Code::OperandMismatch, operandText(node, operand) + ", the " + role + ", is " +
                                                typeText(value->type) +
                                                ", but must have one dimension");
  return llvm::Error::success();
}

llvm::Expected<std::vector<int64_t>> constantIntegers(const Node &node, unsigned operand,
                                                      llvm::StringRef role) {
  if (llvm::Error error = expectConstantList(node, operand, role))
    return error;
  const TensorData &data = *node.input(operand)->data;
  if (data.type.element == ElementType::S64)
    return data.values<int64_t>().vec();
  if (data.type.element == ElementType::S32) {
    llvm::ArrayRef<int32_t> values = data.values<int32_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  }
  return makeError(Code::OperandMismatch, operandText(node, operand) + ", the " + role + ", is " +
                                              typeText(data.type) + ", but must hold integers");
}

llvm::Expected<std::vector<float>> constantReals(const Node &node, unsigned operand,
                                                 llvm::StringRef role) {
  if (llvm::Error error = expectConstantList(node, operand, role))
    return error;
  const TensorData &data = *node.input(operand)->data;
  if (!data.type.isFloat())
    return makeError(Code::OperandMismatch, operandText(node, operand) + ", the " + role + ", is " +
                                                typeText(data.type) + ", but must be f32");
  return data.values<float>().vec();
}

llvm::Expected<float> constantScalar(const Node &node, unsigned operand, llvm::StringRef role) {
  const ElementType wanted = node.input(0)->type.element;
  if (llvm::Error error = expectConstantList(node, operand, role))
    return error;
  const TensorData &data = *node.input(operand)->data;
  if (data.type.element != wanted || (!data.type.isFloat() && !isByte(wanted)))
    return makeError(Code::OperandMismatch, operandText(node, operand) + ", the " + role + ", is " +
                                                typeText(data.type) + ", but must be " +
                                                (isByte(wanted) ? elementTypeName(wanted) : "f32"));
  if (data.type.count() != 1)
    return makeError(Code::OperandMismatch,
                     "the " + role + ", " + operandText(node, operand) + ", must be a scalar");
  return float(data.at(0));
}

TensorType movedType(const TensorType &x, Shape shape) {
  TensorType type{x.element, std::move(shape), std::nullopt};
  if (x.quant && x.quant->perTensor())
    type.quant = x.quant;
  return type;
}

llvm::Error checkSize(const ArrayType &type) {
  int64_t count = 1;
  bool fits = type.rank() <= maxRank;
  for (int64_t extent : type.shape)
    fits =
        fits && extent >= 0 && !__builtin_mul_overflow(count, std::max<int64_t>(extent, 1), &count);
  if (fits && count <= maxElements)
    return llvm::Error::success();
  return makeError(Code::TooLarge, "a tensor of type " + typeText(type) +
                                       " is too large, at most " + llvm::Twine(maxElements) +
                                       " elements and " + llvm::Twine(maxRank) +
                                       " dimensions are supported");
}

llvm::SmallVector<int64_t, 6> rowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t, 6> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

llvm::Expected<Shape> broadcastShape(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape result(a.begin(), a.end());
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &extent = result[a.size() - b.size() + i];
    if (extent != b[i] && extent != 1 && b[i] != 1)
      return makeError(Code::OperandMismatch, "shapes " + shapeText(a) + " and " + shapeText(b) +
                                                  " cannot be broadcast together");
    if (extent == 1)
      extent = b[i];
  }
  return result;
}

llvm::SmallVector<int64_t, 6> broadcastStrides(llvm::ArrayRef<int64_t> shape,
                                               llvm::ArrayRef<int64_t> result) {
  llvm::SmallVector<int64_t, 6> strides = rowMajorStrides(shape);
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 1)
      strides[i] = 0;
  strides.insert(strides.begin(), result.size() - shape.size(), 0);
  return strides;
}

namespace {
/// The axes of a strided view but the last, walked like an odometer.
struct Odometer {
  llvm::ArrayRef<int64_t> shape, strides;
  llvm::SmallVector<int64_t, 6> index = llvm::SmallVector<int64_t, 6>(shape.size(), 0);
  int64_t offset = 0;

  /// Moves to the next position; false after the last one.
  bool next() {
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < shape[axis])
        return true;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
    return false;
  }
};
} // namespace

template <typename Word>
static void copyRow(const std::byte *source, int64_t count, int64_t stride, std::byte *out) {
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(out + i * sizeof(Word), source + i * stride * int64_t(sizeof(Word)), sizeof(Word));
}

void copyStrided(const std::byte *source, llvm::ArrayRef<int64_t> shape,
                 llvm::ArrayRef<int64_t> strides, uint64_t elementBytes, std::byte *out) {
  if (llvm::is_contained(shape, 0))
    return;
  int64_t count = shape.empty() ? 1 : shape.back();
  int64_t stride = shape.empty() ? 1 : strides.back();
  Odometer outer{shape.empty() ? shape : shape.drop_back(),
                 strides.empty() ? strides : strides.drop_back()};
  do {
    const std::byte *row = source + outer.offset * int64_t(elementBytes);
    if (stride == 1)
      std::memcpy(out, row, count * elementBytes);
    else if (elementBytes == 1)
      copyRow<uint8_t>(row, count, stride, out);
    else if (elementBytes == 4)
      copyRow<uint32_t>(row, count, stride, out);
    else
      copyRow<uint64_t>(row, count, stride, out);
    out += count * elementBytes;
  } while (outer.next());
}

} // namespace bstc

// Pad: constant, reflect, edge.
#include "frontend/ops/support.h"

#include <algorithm>

namespace bstc {

/// No network comes near it; sums of extents stay inside int64.
static constexpr int64_t mostPadding = int64_t(1) << 30;

static llvm::Expected<PadAttrs::Mode> readMode(AttributeReader &reader) {
  std::string mode = reader.text("mode", "constant");
  if (mode == "constant")
    return PadAttrs::Constant;
  if (mode == "reflect")
    return PadAttrs::Reflect;
  if (mode == "edge")
    return PadAttrs::Edge;
  return makeError(Code::UnsupportedForm, "mode = " + mode + " is not supported");
}

/// Pads and value: attributes before opset 11, operands since.
static llvm::Expected<std::vector<int64_t>> readPads(AttributeReader &reader, int64_t opset,
                                                     const Node &node, float &value) {
  if (opset < 11) {
    value = reader.real("value", 0);
    return reader.integers("pads");
  }
  if (node.input(2)) {
    auto scalar = constantScalar(node, 2, "value");
    if (!scalar)
      return scalar.takeError();
    value = *scalar;
  }
  return constantIntegers(node, 1, "pads");
}

llvm::Error importPadding(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  if (llvm::Error error = expectOperands(node, opset < 11 ? 1 : 2, opset < 11 ? 1 : 3))
    return error;
  AttributeReader reader(proto);
  PadAttrs attrs;
  auto mode = readMode(reader);
  if (!mode)
    return mode.takeError();
  attrs.mode = *mode;
  auto pads = readPads(reader, opset, node, attrs.value);
  if (!pads)
    return pads.takeError();
  size_t rank = node.input(0)->type.shape.size();
  if (pads->size() != 2 * rank)
    return makeError(Code::BadAttribute, "pads " + shapeText(*pads) +
                                             " must have two elements an axis of " +
                                             typeText(node.input(0)->type));
  for (int64_t pad : *pads)
    if (pad < -mostPadding || pad > mostPadding)
      return makeError(Code::BadAttribute, "pads " + shapeText(*pads) + " are out of range");
  attrs.begin.assign(pads->begin(), pads->begin() + rank);
  attrs.end.assign(pads->begin() + rank, pads->end());
  node.attrs = std::move(attrs);
  return reader.finish();
}

llvm::Error inferPadding(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const PadAttrs &attrs = node.as<PadAttrs>();
  const TensorType &x = node.input(0)->type;
  Shape shape = x.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t most = std::max(attrs.begin[i], attrs.end[i]);
    bool reaches = attrs.mode == PadAttrs::Constant || most <= 0 ||
                   (attrs.mode == PadAttrs::Edge ? x.shape[i] > 0 : most < x.shape[i]);
    shape[i] += attrs.begin[i] + attrs.end[i];
    if (!reaches || shape[i] < 1)
      return makeError(Code::BadAttribute,
                       "axis " + llvm::Twine(i) + " of " + typeText(x) + " cannot be padded by " +
                           llvm::Twine(attrs.begin[i]) + " and " + llvm::Twine(attrs.end[i]));
  }
  if (!x.isFloat() && !isByte(x.element) && attrs.value != 0)
    return makeError(Code::UnsupportedForm, operandText(node, 0) + " is " + typeText(x) +
                                                ", for which only a value of 0 is supported");
  results.push_back({x.element, shape, std::nullopt});
  return llvm::Error::success();
}

/// The source of position `at` along an axis, or -1 for the constant.
static int64_t sourceOf(int64_t at, int64_t extent, PadAttrs::Mode mode) {
  if (at >= 0 && at < extent)
    return at;
  if (mode == PadAttrs::Constant)
    return -1;
  if (mode == PadAttrs::Edge)
    return at < 0 ? 0 : extent - 1;
  return at < 0 ? -at : 2 * (extent - 1) - at;
}

template <typename T>
static void pad(const PadAttrs &attrs, const TensorData &operand, TensorData &result) {
  const Shape &in = operand.type.shape, &out = result.type.shape;
  auto strides = rowMajorStrides(in), places = rowMajorStrides(out);
  const T *x = operand.values<T>().data();
  llvm::MutableArrayRef<T> y = result.mutableValues<T>();
  for (size_t i = 0; i < y.size(); ++i) {
    int64_t offset = 0;
    for (size_t axis = 0; axis < out.size() && offset >= 0; ++axis) {
      int64_t at = int64_t(i) / places[axis] % out[axis] - attrs.begin[axis];
      int64_t source = sourceOf(at, in[axis], attrs.mode);
      offset = source < 0 ? -1 : offset + source * strides[axis];
    }
    y[i] = offset < 0 ? T(attrs.value) : x[offset];
  }
}

llvm::Error evaluatePadding(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                            llvm::MutableArrayRef<TensorData *> results) {
  const TensorData &x = *operands[0];
  withElementType(x.type.element, [&](auto example) {
    pad<decltype(example)>(node.as<PadAttrs>(), x, *results[0]);
  });
  return llvm::Error::success();
}

} // namespace bstc

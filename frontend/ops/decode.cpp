// YoloDecode: the YOLOv5 Detect / Segment decode as one operator. Only passes make it.
#include "frontend/ops/support.h"

#include <algorithm>
#include <cmath>

namespace bstc {

llvm::Error importDecode(const onnx::NodeProto &, int64_t, Node &) {
  return makeError(Code::Internal, "is an operator of the compiler, not of ONNX");
}

static llvm::Error checkAttributes(const YoloDecodeAttrs &attrs, size_t levels) {
  if (attrs.anchorsPerLevel < 1 || attrs.classes < 0 || attrs.masks < 0)
    return makeError(Code::Internal, "has no anchors, or a negative number of classes or masks");
  if (levels == 0 || attrs.strides.size() != levels ||
      attrs.anchors.size() != levels * size_t(attrs.anchorsPerLevel) * 2)
    return makeError(Code::Internal, "has " + llvm::Twine(levels) + " heads, but " +
                                         llvm::Twine(attrs.strides.size()) + " strides and " +
                                         llvm::Twine(attrs.anchors.size()) + " anchor extents");
  return llvm::Error::success();
}

llvm::Error inferDecode(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const YoloDecodeAttrs &attrs = node.as<YoloDecodeAttrs>();
  if (llvm::Error error = checkAttributes(attrs, node.inputs().size()))
    return error;
  int64_t boxes = 0;
  for (unsigned i = 0; i < node.inputs().size(); ++i) {
    if (!node.input(i))
      return makeError(Code::Internal, operandText(node, i));
    const TensorType &head = node.input(i)->type;
    bool fits = (head.isFloat() || head.isQuantised()) && head.rank() == 4 && head.shape[0] == 1 &&
                head.shape[1] == attrs.anchorsPerLevel * attrs.row().width();
    if (!fits)
      return makeError(Code::Internal,
                       operandText(node, i) + " is " + typeText(head) + ", but a head is [1, " +
                           llvm::Twine(attrs.anchorsPerLevel * attrs.row().width()) + ", ny, nx]");
    boxes += attrs.anchorsPerLevel * head.shape[2] * head.shape[3];
  }
  results.push_back({ElementType::F32, {1, boxes, attrs.row().width()}, std::nullopt});
  return llvm::Error::success();
}

static float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

/// One anchor of one level. `x` points at its first channel plane, `y` at its first box; both move
/// as the plain operators (Reshape, Transpose, Sigmoid, Mul, Add, Pow, Concat) would move them.
static void decodeAnchor(const YoloDecodeAttrs &attrs, const float *x, int64_t rows,
                         int64_t columns, float stride, const float *anchor, float *y) {
  int64_t plane = rows * columns, values = attrs.row().width();
  for (int64_t i = 0; i < plane; ++i, y += values) {
    auto s = [&](int64_t channel) { return sigmoid(x[channel * plane + i]); };
    y[0] = (s(0) * 2 + (float(i % columns) - 0.5f)) * stride;
    y[1] = (s(1) * 2 + (float(i / columns) - 0.5f)) * stride;
    y[2] = std::pow(s(2) * 2, 2.0f) * anchor[0];
    y[3] = std::pow(s(3) * 2, 2.0f) * anchor[1];
    for (int64_t channel = 4; channel < attrs.row().coefficients(); ++channel)
      y[channel] = s(channel);
    for (int64_t channel = attrs.row().coefficients(); channel < values; ++channel)
      y[channel] = x[channel * plane + i];
  }
}

llvm::Error evaluateDecode(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                           llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const YoloDecodeAttrs &attrs = node.as<YoloDecodeAttrs>();
  float *y = results[0]->mutableValues<float>().data();
  int64_t values = attrs.row().width();
  for (size_t level = 0; level < operands.size(); ++level) {
    const Shape &shape = operands[level]->type.shape;
    const float *x = operands[level]->values<float>().data();
    for (int64_t a = 0; a < attrs.anchorsPerLevel; ++a) {
      const float *anchor = attrs.anchors.data() + (int64_t(level) * attrs.anchorsPerLevel + a) * 2;
      decodeAnchor(attrs, x, shape[2], shape[3], attrs.strides[level], anchor, y);
      x += values * shape[2] * shape[3];
      y += values * shape[2] * shape[3];
    }
  }
  return llvm::Error::success();
}

} // namespace bstc

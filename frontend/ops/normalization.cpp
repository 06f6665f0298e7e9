// BatchNormalization (inference) and Softmax.
#include "frontend/ops/support.h"

#include <algorithm>
#include <cmath>

namespace bstc {

static llvm::Error importBatchNorm(AttributeReader &reader, int64_t opset, Node &node) {
  if (opset >= 14 && reader.integer("training_mode", 0) != 0)
    return makeError("training_mode = 1 is not supported; export the model in eval mode");
  reader.skip("momentum"); // Only training moves the statistics.
  node.attrs = BatchNormAttrs{reader.real("epsilon", 1e-5f)};
  return reader.finish();
}

/// Before opset 13 ONNX flattens all axes from `axis` on into one; that is the softmax over `axis`
/// itself only where the axes behind it have one element.
static llvm::Error checkFlattening(const Shape &shape, int64_t axis) {
  for (int64_t i = axis + 1; i < int64_t(shape.size()); ++i)
    if (shape[i] != 1)
      return makeError("Softmax of opset 11 or 12 over axes " + llvm::Twine(axis) + " to " +
                       llvm::Twine(shape.size() - 1) + " of " + shapeText(shape) +
                       " at once is not supported; export with opset 13 or later");
  return llvm::Error::success();
}

static llvm::Error importSoftmax(AttributeReader &reader, int64_t opset, Node &node) {
  const Shape &shape = node.input(0)->type.shape;
  auto axis = resolveAxis(reader.integer("axis", opset < 13 ? 1 : -1), shape.size());
  if (!axis)
    return axis.takeError();
  if (opset < 13)
    if (llvm::Error error = checkFlattening(shape, *axis))
      return error;
  node.attrs = AxisAttrs{*axis};
  return reader.finish();
}

llvm::Error importNormalization(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  unsigned operands = node.op == OpKind::BatchNorm ? 5 : 1;
  if (llvm::Error error = expectOperands(node, operands, operands))
    return error;
  AttributeReader reader(proto);
  return node.op == OpKind::BatchNorm ? importBatchNorm(reader, opset, node)
                                      : importSoftmax(reader, opset, node);
}

llvm::Error inferNormalization(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const TensorType &x = node.input(0)->type;
  if (node.op == OpKind::BatchNorm) {
    if (x.rank() < 2)
      return makeError("input " + typeText(x) + " has no channel axis");
    for (unsigned i = 1; i < 5; ++i)
      if (node.input(i)->type.shape != Shape{x.shape[1]})
        return makeError(operandText(node, i) + " is " + typeText(node.input(i)->type) +
                         ", but must be f32[" + llvm::Twine(x.shape[1]) + "]");
  }
  results.push_back(x);
  return llvm::Error::success();
}

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, channel by channel.
static void batchNorm(const BatchNormAttrs &attrs, llvm::ArrayRef<const TensorData *> operands,
                      TensorData &result) {
  const Shape &shape = result.type.shape;
  int64_t channels = shape[1], plane = rowMajorStrides(shape)[1];
  const float *x = operands[0]->values<float>().data();
  float *y = result.mutableValues<float>().data();
  for (int64_t image = 0; image < shape[0]; ++image)
    for (int64_t channel = 0; channel < channels; ++channel) {
      float scale = operands[1]->values<float>()[channel];
      float shift = operands[2]->values<float>()[channel];
      float mean = operands[3]->values<float>()[channel];
      float variance = operands[4]->values<float>()[channel];
      float factor = float(scale / std::sqrt(double(variance) + double(attrs.epsilon)));
      for (int64_t i = 0; i < plane; ++i)
        y[i] = (x[i] - mean) * factor + shift;
      x += plane;
      y += plane;
    }
}

static void softmaxLine(const float *x, float *y, int64_t count, int64_t stride) {
  float largest = x[0];
  for (int64_t i = 1; i < count; ++i)
    largest = std::max(largest, x[i * stride]);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += y[i * stride] = std::exp(x[i * stride] - largest);
  for (int64_t i = 0; i < count; ++i)
    y[i * stride] = float(y[i * stride] / sum);
}

llvm::Error evaluateNormalization(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                  llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  if (node.op == OpKind::BatchNorm) {
    batchNorm(node.as<BatchNormAttrs>(), operands, *results[0]);
    return llvm::Error::success();
  }
  const Shape &shape = results[0]->type.shape;
  int64_t axis = node.as<AxisAttrs>().axis, stride = rowMajorStrides(shape)[axis];
  const float *x = operands[0]->values<float>().data();
  float *y = results[0]->mutableValues<float>().data();
  for (int64_t i = 0, lines = results[0]->type.count() / shape[axis]; i < lines; ++i) {
    int64_t at = i / stride * stride * shape[axis] + i % stride;
    softmaxLine(x + at, y + at, shape[axis], stride);
  }
  return llvm::Error::success();
}

} // namespace bstc

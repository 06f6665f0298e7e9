// BatchNormalization (inference), Softmax and LRN.
#include "frontend/ops/support.h"

#include <algorithm>
#include <cmath>
#include <onnx/onnx_pb.h>

namespace bstc {

static llvm::Error importBatchNorm(AttributeReader &reader, int64_t opset, int results,
                                   Node &node) {
  if (opset < 14 && results > 1) // That is how those versions said it.
    return makeError(Code::TrainingMode,
                     "has " + llvm::Twine(results) +
                         " outputs, so it is in training mode; export the model in eval mode");
  if (opset < 9 && reader.integer("spatial", 1) != 1)
    return makeError(Code::UnsupportedForm, "spatial = 0 is not supported");
  if (opset >= 14 && reader.integer("training_mode", 0) != 0)
    return makeError(Code::TrainingMode,
                     "training_mode = 1 is not supported; export the model in eval mode");
  reader.skip("momentum"); // Only training moves the statistics.
  node.attrs = BatchNormAttrs{reader.real("epsilon", 1e-5f)};
  return reader.finish();
}

/// Before opset 13 all axes from `axis` on are one; that is the softmax over `axis` itself where
/// the axes behind it have one element.
static bool isFlattened(const Shape &shape, int64_t axis, int64_t opset) {
  auto longer = [](int64_t extent) { return extent != 1; };
  return opset < 13 && std::any_of(shape.begin() + axis + 1, shape.end(), longer);
}

static llvm::Error importSoftmax(AttributeReader &reader, int64_t opset, Node &node) {
  const Shape &shape = node.input(0)->type.shape;
  auto axis = resolveAxis(reader.integer("axis", opset < 13 ? 1 : -1), shape.size());
  if (!axis)
    return axis.takeError();
  node.attrs = SoftmaxAttrs{*axis, isFlattened(shape, *axis, opset)};
  return reader.finish();
}

static llvm::Error importLrn(AttributeReader &reader, Node &node) {
  const TensorType &x = node.input(0)->type;
  if (x.rank() < 2)
    return makeError(Code::OperandMismatch, "input " + typeText(x) + " has no channel axis");
  LrnAttrs attrs{reader.integer("size", 0), reader.real("alpha", 1e-4f), reader.real("beta", 0.75f),
                 reader.real("bias", 1)};
  if (attrs.size < 1 || attrs.size > 65536)
    return makeError(Code::BadAttribute, "size = " + llvm::Twine(attrs.size) + " is out of range");
  node.attrs = attrs;
  return reader.finish();
}

llvm::Error importNormalization(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  unsigned operands = node.op == OpKind::BatchNorm ? 5 : 1;
  if (llvm::Error error = expectOperands(node, operands, operands))
    return error;
  AttributeReader reader(proto);
  if (node.op == OpKind::BatchNorm)
    return importBatchNorm(reader, opset, proto.output_size(), node);
  return node.op == OpKind::Lrn ? importLrn(reader, node) : importSoftmax(reader, opset, node);
}

llvm::Error inferNormalization(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  const TensorType &x = node.input(0)->type;
  if (node.op == OpKind::BatchNorm) {
    if (x.rank() < 2)
      return makeError(Code::OperandMismatch, "input " + typeText(x) + " has no channel axis");
    for (unsigned i = 1; i < 5; ++i)
      if (node.input(i)->type.shape != Shape{x.shape[1]})
        return makeError(Code::OperandMismatch,
                         operandText(node, i) + " is " + typeText(node.input(i)->type) +
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

static void softmax(const SoftmaxAttrs &attrs, const TensorData &operand, TensorData &result) {
  const Shape &shape = result.type.shape;
  int64_t stride = rowMajorStrides(shape)[attrs.axis], extent = shape[attrs.axis];
  if (attrs.toLast) {
    extent *= stride;
    stride = 1;
  }
  const float *x = operand.values<float>().data();
  float *y = result.mutableValues<float>().data();
  for (int64_t i = 0, lines = result.type.count() / extent; i < lines; ++i) {
    int64_t at = i / stride * stride * extent + i % stride;
    softmaxLine(x + at, y + at, extent, stride);
  }
}

/// Local response normalisation over (size - 1) / 2 channels before and size / 2 after each.
static void lrn(const LrnAttrs &attrs, const TensorData &operand, TensorData &result) {
  const Shape &shape = result.type.shape;
  int64_t channels = shape[1], plane = rowMajorStrides(shape)[1];
  const float *x = operand.values<float>().data();
  float *y = result.mutableValues<float>().data();
  for (int64_t i = 0; i < result.type.count(); ++i) {
    int64_t channel = i / plane % channels;
    int64_t first = std::max<int64_t>(0, channel - (attrs.size - 1) / 2);
    int64_t last = std::min(channels - 1, channel + attrs.size / 2);
    double squares = 0;
    for (int64_t c = first; c <= last; ++c) {
      double value = x[i + (c - channel) * plane];
      squares += value * value;
    }
    double base = double(attrs.bias) + double(attrs.alpha) / double(attrs.size) * squares;
    y[i] = float(x[i] / std::pow(base, double(attrs.beta)));
  }
}

llvm::Error evaluateNormalization(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                  llvm::MutableArrayRef<TensorData *> results) {
  if (llvm::Error error = expectFloat(node))
    return error;
  if (node.op == OpKind::BatchNorm) {
    batchNorm(node.as<BatchNormAttrs>(), operands, *results[0]);
    return llvm::Error::success();
  }
  if (node.op == OpKind::Lrn)
    lrn(node.as<LrnAttrs>(), *operands[0], *results[0]);
  else
    softmax(node.as<SoftmaxAttrs>(), *operands[0], *results[0]);
  return llvm::Error::success();
}

} // namespace bstc

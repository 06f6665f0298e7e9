// QuantizeLinear and DequantizeLinear: per tensor or per axis, int8 and uint8 (and int32 biases).
// Reinterpret, of our own: the same integers with another quantisation in the type of the result.
#include "frontend/ops/support.h"

#include <algorithm>
#include <cmath>

namespace bstc {

/// Scales and zero points of operands 1 and 2. `element` is the type of the quantised side; a zero
/// point that is left out is 0.
static llvm::Expected<Quantisation> readQuantisation(const Node &node, ElementType element) {
  auto scales = constantReals(node, 1, "scale");
  if (!scales)
    return scales.takeError();
  if (scales->empty())
    return makeError(Code::BadScale, "the scale, " + operandText(node, 1) + ", is empty");
  for (float scale : *scales)
    if (!(scale > 0) || !std::isfinite(scale))
      return makeError(Code::BadScale, "the scale, " + operandText(node, 1) + ", holds " +
                                           std::to_string(scale) +
                                           "; a scale must be positive and finite");
  Quantisation quant{*scales, std::vector<int32_t>(scales->size(), 0), -1};
  const Value *zero = node.input(2);
  if (!zero)
    return quant;
  if (!zero->isConstant())
    return makeError(Code::ComputedParameter,
                     "the zero point, " + operandText(node, 2) +
                         ", must be a constant: values computed at run time are not supported");
  if (zero->type.element != element || zero->type.count() != int64_t(scales->size()) ||
      zero->type.rank() > 1)
    return makeError(Code::BadScale, "the zero point, " + operandText(node, 2) + ", is " +
                                         typeText(zero->type) + ", but must be " +
                                         elementTypeName(element) + " like the quantised tensor, " +
                                         "with as many elements as the scale (" +
                                         llvm::Twine(scales->size()) + ")");
  for (size_t i = 0; i < scales->size(); ++i)
    quant.zeroPoints[i] = int32_t(zero->data->at(i));
  if (!isByte(element) && llvm::any_of(quant.zeroPoints, [](int32_t z) { return z != 0; }))
    return makeError(Code::BadScale, "the zero point of an s32 tensor must be 0");
  return quant;
}

/// One scale, scalar or of shape [1], serves the whole tensor whatever the axis says: PyTorch
/// writes its per-tensor scales as [1].
static llvm::Error fitAxis(const Node &node, int64_t axis, Quantisation &quant) {
  const TensorType &x = node.input(0)->type;
  if (quant.perTensor())
    return llvm::Error::success();
  auto resolved = resolveAxis(axis, x.rank());
  if (!resolved)
    return resolved.takeError();
  if (x.shape[*resolved] != int64_t(quant.scales.size()))
    return makeError(Code::BadScale, "the scale, " + operandText(node, 1) + ", has " +
                                         llvm::Twine(quant.scales.size()) + " elements, but axis " +
                                         llvm::Twine(*resolved) + " of " + operandText(node, 0) +
                                         " " + typeText(x) + " has " +
                                         llvm::Twine(x.shape[*resolved]));
  quant.axis = int(*resolved);
  return llvm::Error::success();
}

/// Its integers have the parameters in their type; scale and zero point are no operands any more.
static bool isSettled(const Node &node) { return node.inputs().size() == 1; }

/// Element type of the quantised side.
static ElementType quantisedElement(const Node &node) {
  if (node.op == OpKind::Dequantize)
    return node.input(0)->type.element;
  if (isSettled(node))
    return node.output()->type.element;
  return node.input(2) ? node.input(2)->type.element : ElementType::U8;
}

llvm::Expected<Quantisation> quantisationOf(const Node &node) {
  if (isSettled(node)) {
    const Value *integers = node.op == OpKind::Quantize ? node.output() : node.input(0);
    return *integers->type.quant; // verify() holds that there is one.
  }
  ElementType element = quantisedElement(node);
  bool fits = isByte(element) || (node.op == OpKind::Dequantize && element == ElementType::S32);
  if (!fits)
    return makeError(Code::UnsupportedElementType, "the quantised tensor is " +
                                                       llvm::Twine(elementTypeName(element)) +
                                                       ", but only s8 and u8 are supported");
  auto quant = readQuantisation(node, element);
  if (!quant)
    return quant;
  if (llvm::Error error = fitAxis(node, node.as<AxisAttrs>().axis, *quant))
    return error;
  return quant;
}

llvm::Error importQuantization(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  if (llvm::Error error = expectOperands(node, 2, 3))
    return error;
  AttributeReader reader(proto);
  node.attrs = AxisAttrs{opset >= 13 ? reader.integer("axis", 1) : 1};
  auto quant = quantisationOf(node);
  if (!quant)
    return quant.takeError();
  if (opset < 13 && !quant->perTensor())
    return makeError(Code::UnsupportedOpset, "per-axis quantisation needs opset 13");
  node.attrs = AxisAttrs{quant->axis};
  return reader.finish();
}

llvm::Error inferQuantization(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const TensorType &x = node.input(0)->type;
  auto quant = quantisationOf(node);
  if (!quant)
    return quant.takeError();
  if (node.op == OpKind::Dequantize) {
    results.push_back({ElementType::F32, x.shape, std::nullopt});
    return llvm::Error::success();
  }
  if (!x.isFloat())
    return makeError(Code::OperandMismatch,
                     operandText(node, 0) + " is " + typeText(x) + ", but must be f32");
  results.push_back({quantisedElement(node), x.shape, *quant});
  return llvm::Error::success();
}

/// Calls body(first, count, scale, zero point) for every run of elements that share a scale.
template <typename Body>
static void forEachRun(const ArrayType &type, const Quantisation &quant, Body body) {
  if (quant.perTensor())
    return body(0, type.count(), quant.scale(), quant.zeroPoint());
  int64_t run = rowMajorStrides(type.shape)[quant.axis], channels = quant.scales.size();
  for (int64_t first = 0, i = 0; first < type.count(); first += run, ++i)
    body(first, run, quant.scales[i % channels], quant.zeroPoints[i % channels]);
}

/// saturate(roundHalfEven(x / scale) + zero), a float32 division; NaN gives zero.
template <typename T>
static void quantise(const float *x, int64_t count, float scale, int32_t zero, T *y) {
  constexpr int32_t least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  // Adding and taking away 1.5 * 2^23 rounds half to even any float far below 2^22; what lies
  // outside of +-2^16 saturates whatever it is rounded to.
  constexpr float rounder = 12582912.0f, bound = 65536.0f;
  for (int64_t i = 0; i < count; ++i) {
    float exact = x[i] / scale;
    float value = exact < bound ? exact : bound;
    value = value > -bound ? value : -bound;
    int32_t step = int32_t((value + rounder) - rounder) + zero;
    step = step > least ? step : least;
    step = step < most ? step : most;
    y[i] = T(exact == exact ? step : zero);
  }
}

template <typename T>
static void dequantise(const T *x, int64_t count, float scale, int32_t zero, float *y) {
  for (int64_t i = 0; i < count; ++i)
    y[i] = float(int32_t(x[i]) - zero) * scale;
}

/// The float values of a Quantize in the order of its result (quantizeBlock()).
static TensorData inBlocks(const TensorData &x, int64_t block) {
  const Shape &shape = x.type.shape;
  const int64_t channels = shape[1], rows = shape[2], columns = shape[3];
  TensorData y(
      {ElementType::F32, {shape[0], channels * block * block, rows / block, columns / block}});
  float *to = y.mutableValues<float>().data();
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t position = 0; position < block * block; ++position)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t row = position / block; row < rows; row += block)
          for (int64_t column = position % block; column < columns; column += block)
            *to++ = x.values<float>()[((n * channels + c) * rows + row) * columns + column];
  return y;
}

llvm::Error evaluateQuantization(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                 llvm::MutableArrayRef<TensorData *> results) {
  TensorData &y = *results[0];
  if (node.op == OpKind::Reinterpret) {
    std::copy_n(operands[0]->data(), y.size(), y.mutableValues<std::byte>().data());
    return llvm::Error::success();
  }
  auto quant = quantisationOf(node);
  if (!quant)
    return quant.takeError();
  bool down = node.op == OpKind::Quantize;
  const int64_t block = down ? quantizeBlock(node) : 1;
  const TensorData blocks = block > 1 ? inBlocks(*operands[0], block) : TensorData(ArrayType());
  const TensorData &x = block > 1 ? blocks : *operands[0];
  withElementType(quantisedElement(node), [&](auto example) {
    using T = decltype(example);
    forEachRun(x.type, *quant, [&](int64_t first, int64_t count, float scale, int32_t zero) {
      if (!down)
        dequantise(x.values<T>().data() + first, count, scale, zero,
                   y.mutableValues<float>().data() + first);
      else if constexpr (sizeof(T) == 1)
        quantise(x.values<float>().data() + first, count, scale, zero,
                 y.mutableValues<T>().data() + first);
    });
  });
  return llvm::Error::success();
}

} // namespace bstc

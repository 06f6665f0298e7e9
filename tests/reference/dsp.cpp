#include "tests/reference/engines.h"

namespace bst::reference {
namespace {

/// A value of a float function and how far a float32 implementation of it may be.
struct Allowed {
  double value, tolerance;
};

/// Functions that need an exponential or the like: 8 ulp, and `absolute` where the result is a
/// difference of larger numbers or leaves float32's normal range.
Allowed transcendental(double value, double absolute) {
  return {value, 1e-6 * std::abs(value) + absolute};
}

constexpr double tiny = 1e-37; ///< Where float32 runs out of normal numbers.

double logistic(double t) { return 1 / (1 + std::exp(-t)); }

Allowed apply(const FloatUnaryParams &params, float x) {
  const double alpha = params.alpha, beta = params.beta, wide = x;
  switch (params.fn) {
  case UnaryFn::Relu:
    return {x > 0 ? x : 0, sameValue};
  case UnaryFn::Sigmoid:
    return transcendental(logistic(wide), 1e-7);
  case UnaryFn::Silu:
    return transcendental(wide * logistic(wide), 1e-7);
  case UnaryFn::Tanh:
    return transcendental(std::tanh(wide), 1e-7);
  case UnaryFn::Exp:
    return transcendental(std::exp(wide), tiny);
  case UnaryFn::Log:
    return transcendental(std::log(wide), 1e-7);
  case UnaryFn::Sqrt:
    return {std::sqrt(x), sameValue};
  case UnaryFn::Neg:
    return {-wide, sameValue};
  case UnaryFn::Abs:
    return {std::abs(wide), sameValue};
  case UnaryFn::Clip:
    return {std::min(std::max(wide, alpha), beta), sameValue};
  case UnaryFn::LeakyRelu: // One float product: rounding the exact one is rounding it once.
    return {x < 0 ? alpha * wide : wide, sameValue};
  case UnaryFn::HardSigmoid:
    return {std::max(0.0, std::min(1.0, alpha * wide + beta)),
            3e-7 * (std::abs(alpha * wide) + std::abs(beta))};
  case UnaryFn::HardSwish: // ONNX: alpha = 1/6, beta = 0.5.
    return {wide * std::max(0.0, std::min(1.0, wide / 6 + 0.5)),
            3e-7 * std::abs(wide) * (std::abs(wide) + 1)};
  case UnaryFn::Elu:
    return x < 0 ? transcendental(alpha * std::expm1(wide), 1e-7 * std::abs(alpha))
                 : Allowed{wide, sameValue};
  case UnaryFn::Softplus: // log(1 + exp(x)) without the overflow.
    return transcendental(std::max(wide, 0.0) + std::log1p(std::exp(-std::abs(wide))), 1e-7);
  case UnaryFn::Erf:
    return transcendental(std::erf(wide), 1e-7);
  case UnaryFn::Floor:
    return {std::floor(wide), sameValue};
  case UnaryFn::Ceil:
    return {std::ceil(wide), sameValue};
  case UnaryFn::Reciprocal: // Rounding to double first changes nothing: 53 >= 2 * 24 + 2 bits.
    return {1 / wide, sameValue};
  }
  return {0, 0};
}

Allowed apply(BinaryFn fn, float a, float b) {
  switch (fn) {
  case BinaryFn::Add:
    return {a + b, sameValue};
  case BinaryFn::Sub:
    return {a - b, sameValue};
  case BinaryFn::Mul:
    return {a * b, sameValue};
  case BinaryFn::Div:
    return {a / b, sameValue};
  case BinaryFn::Pow: {
    const double power = std::pow(double(a), double(b));
    // exp(b * log(a)): the relative error grows with the exponent.
    const double exponent = a == 0 ? 0 : std::abs(double(b) * std::log(std::abs(double(a))));
    return {power, 1e-6 * std::abs(power) * (1 + exponent) + tiny};
  }
  case BinaryFn::Max:
    return {std::max(a, b), sameValue};
  case BinaryFn::Min:
    return {std::min(a, b), sameValue};
  }
  return {0, 0};
}

float dequantise(const TensorView &view, int64_t offset) {
  return float(loadQuantised(view, offset) - view.tensor->zeroPoint) * view.tensor->scale;
}

/// The decode of one number of a cell: `field` is x, y, w, h, objectness, classes, masks.
Allowed decode(const YoloDecodeParams &params, size_t level, int64_t anchor, int64_t field,
               int64_t row, int64_t column, float t) {
  if (field >= 5 + params.classes)
    return {t, 0};
  const double s = logistic(t);
  const double sError = 1e-6 * s + 1e-7;
  if (field >= 4)
    return {s, sError};
  if (field < 2) {
    const double grid = double(field == 0 ? column : row) - 0.5;
    const double stride = params.strides[level];
    // Two float operations on top of the sigmoid, on numbers as large as 2s + |grid|.
    return {(s * 2 + grid) * stride, (2 * sError + 2e-7 * (2 * s + std::abs(grid))) * stride};
  }
  const size_t anchorAt = (level * size_t(params.anchorsPerLevel) + size_t(anchor)) * 2;
  const double size = params.anchors[anchorAt + size_t(field - 2)];
  const double wh = (s * 2) * (s * 2) * size;
  return {wh, (8 * s * sError + 4 * sError * sError) * size + 3e-7 * wh};
}

} // namespace

/// Where the value at `at` of the result comes from: commands.h, QuantizeParams.
static Coordinates beforeBlocks(const QuantizeParams &params, const Tensor &x, Coordinates at) {
  if (params.block == 1)
    return at;
  const int64_t channels = x.shape[1], position = at[1] / channels;
  return {at[0], at[1] % channels, at[2] * params.block + position / params.block,
          at[3] * params.block + position % params.block};
}

void run(const QuantizeParams &params, Views inputs, const TensorView &output) {
  const Tensor &y = *output.tensor, &from = *inputs[0].tensor;
  Coordinates at(y.shape.size(), 0);
  do {
    const float x = loadFloat(inputs[0], offsetOf(from, beforeBlocks(params, from, at)));
    const float ratio = x / y.scale;
    double q = y.zeroPoint;
    if (!std::isnan(ratio)) {
      // Beyond +-2^20 everything saturates; the bound keeps infinities out of the rounding.
      const double bounded = std::clamp<double>(ratio, -1048576.0, 1048576.0);
      q = std::clamp(roundHalfEven(bounded) + y.zeroPoint, double(lowest(y.dtype)),
                     double(highest(y.dtype)));
    }
    storeQuantised(output, offsetOf(y, at), int64_t(q));
  } while (next(at, y.shape));
}

void run(const DequantizeParams &, Views inputs, const TensorView &output) {
  const Tensor &x = *inputs[0].tensor;
  Coordinates at(x.shape.size(), 0);
  do {
    const float y = dequantise(inputs[0], offsetOf(x, at));
    reinterpret_cast<float *>(output.data)[offsetOf(*output.tensor, at)] = y;
  } while (next(at, x.shape));
}

void run(const FloatUnaryParams &params, Views inputs, const FloatOutput &output) {
  for (int64_t i = 0; i < int64_t(elementCount(*output.view.tensor)); ++i) {
    const Allowed y = apply(params, loadFloat(inputs[0], i));
    output.set(i, y.value, y.tolerance);
  }
}

void run(const FloatBinaryParams &params, Views inputs, const FloatOutput &output) {
  const Tensor &a = *inputs[0].tensor;
  const Tensor &b = *inputs[1].tensor;
  Coordinates at(output.view.tensor->shape.size(), 0);
  do {
    const Allowed y = apply(params.fn, loadFloat(inputs[0], offsetOf(a, broadcast(a.shape, at))),
                            loadFloat(inputs[1], offsetOf(b, broadcast(b.shape, at))));
    output.set(offsetOf(*output.view.tensor, at), y.value, y.tolerance);
  } while (next(at, output.view.tensor->shape));
}

void run(const YoloDecodeParams &params, Views inputs, const FloatOutput &output) {
  const int64_t fields = 5 + params.classes + params.masks;
  int64_t outputRow = 0;
  for (size_t level = 0; level < inputs.size(); ++level) {
    const Tensor &head = *inputs[level].tensor;
    for (int64_t anchor = 0; anchor < params.anchorsPerLevel; ++anchor)
      for (int64_t row = 0; row < head.shape[2]; ++row)
        for (int64_t column = 0; column < head.shape[3]; ++column, ++outputRow)
          for (int64_t field = 0; field < fields; ++field) {
            const int64_t from = offsetOf(head, 0, anchor * fields + field, row, column);
            const float t = head.dtype == DType::F32 ? loadFloat(inputs[level], from)
                                                     : dequantise(inputs[level], from);
            const Allowed y = decode(params, level, anchor, field, row, column, t);
            output.set(outputRow * fields + field, y.value, y.tolerance);
          }
  }
}

} // namespace bst::reference

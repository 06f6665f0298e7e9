// Functions of one element: activations and the arithmetic of one operand.
#include "frontend/ops/support.h"

#include <cmath>
#include <limits>

namespace bstc {

/// A bound of Clip: the operand's only element, or `absent`.
static llvm::Expected<float> readBound(const Node &node, unsigned operand, float absent) {
  if (!node.input(operand))
    return absent;
  llvm::StringRef role = operand == 1 ? "minimum" : "maximum";
  llvm::Expected<float> bound = constantScalar(node, operand, role);
  if (bound && std::isnan(*bound))
    return makeError(Code::NotFinite,
                     "the " + role + ", " + operandText(node, operand) + ", is not a number");
  return bound;
}

/// Bounds are attributes before opset 11, operands since.
static llvm::Error readClip(AttributeReader &reader, int64_t opset, Node &node) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (opset < 11) {
    node.attrs = ActivationAttrs{reader.real("min", -infinity), reader.real("max", infinity)};
    return llvm::Error::success();
  }
  auto lo = readBound(node, 1, -infinity);
  if (!lo)
    return lo.takeError();
  auto hi = readBound(node, 2, infinity);
  if (!hi)
    return hi.takeError();
  node.attrs = ActivationAttrs{*lo, *hi};
  return llvm::Error::success();
}

namespace {
/// Defaults of the attributes alpha and beta, as many as an operator has.
struct Defaults {
  constexpr Defaults() = default;
  constexpr Defaults(float alpha) : count(1), alpha(alpha) {}
  constexpr Defaults(float alpha, float beta) : count(2), alpha(alpha), beta(beta) {}
  int count = 0;
  float alpha = 0, beta = 0;
};
/// What import needs of a row of activations.def.
struct Signature {
  OpKind op;
  int64_t opset;
  Defaults defaults;
};
} // namespace

static constexpr Signature signatures[] = {
#define BST_ACTIVATION(kind, onnx, text, opset, defaults, effort, ...)                             \
  {OpKind::kind, opset, Defaults defaults},
#include "runtime/program/activations.def"
};

llvm::Error importActivation(const onnx::NodeProto &proto, int64_t opset, Node &node) {
  bool bounded = node.op == OpKind::Clip && opset >= 11;
  if (llvm::Error error = expectOperands(node, 1, bounded ? 3 : 1))
    return error;
  const Signature &row =
      *llvm::find_if(signatures, [&](const Signature &s) { return s.op == node.op; });
  if (opset < row.opset)
    return makeError(Code::UnsupportedOpset, llvm::Twine(opInfo(node.op).onnxType) +
                                                 " needs opset " + llvm::Twine(row.opset) +
                                                 ", but the model says " + llvm::Twine(opset));
  AttributeReader reader(proto);
  if (row.defaults.count) {
    ActivationAttrs attrs;
    attrs.alpha = reader.real("alpha", row.defaults.alpha);
    if (row.defaults.count > 1)
      attrs.beta = reader.real("beta", row.defaults.beta);
    node.attrs = attrs;
  }
  if (node.op == OpKind::Clip)
    if (llvm::Error error = readClip(reader, opset, node))
      return error;
  return reader.finish();
}

/// A Clip of 8-bit integers, as exports have it for weights of a narrow range and for activations
/// of 7 bits.
static bool isByteClip(const Node &node) {
  return node.op == OpKind::Clip && isByte(node.input(0)->type.element);
}

llvm::Error inferActivation(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  if (!isByteClip(node))
    if (llvm::Error error = expectFloat(node))
      return error;
  results.push_back(node.input(0)->type);
  return llvm::Error::success();
}

// What the operators mean, apart from the formulas of activations.def on purpose: the fidelity
// receipt holds DSP's kernels and EDP's tables, which use those, against this evaluation.

static float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

/// min(max(x, lo), hi), a NaN stays.
static float clip(float x, float lo, float hi) {
  x = x < lo ? lo : x;
  return x > hi ? hi : x;
}

static void clipBytes(const ActivationAttrs &bounds, const TensorData &x, TensorData &y) {
  withElementType(x.type.element, [&](auto example) {
    using T = decltype(example);
    for (size_t i = 0; i < size_t(x.type.count()); ++i)
      y.mutableValues<T>()[i] = T(clip(float(x.values<T>()[i]), bounds.alpha, bounds.beta));
  });
}

static float hardSigmoid(float x, float alpha, float beta) { return clip(alpha * x + beta, 0, 1); }

/// log(1 + exp(x)) without overflow.
static float softplus(float x) { return std::fmax(x, 0.0f) + std::log1p(std::exp(-std::fabs(x))); }

llvm::Error evaluateActivation(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                               llvm::MutableArrayRef<TensorData *> results) {
  if (isByteClip(node)) {
    clipBytes(node.as<ActivationAttrs>(), *operands[0], *results[0]);
    return llvm::Error::success();
  }
  if (llvm::Error error = expectFloat(node))
    return error;
  llvm::ArrayRef<float> x = operands[0]->values<float>();
  llvm::MutableArrayRef<float> y = results[0]->mutableValues<float>();
  const auto *attrs = std::get_if<ActivationAttrs>(&node.attrs);
  const float alpha = attrs ? attrs->alpha : 0, beta = attrs ? attrs->beta : 0;
  auto map = [&](auto function) {
    for (size_t i = 0; i < x.size(); ++i)
      y[i] = function(x[i]);
    return llvm::Error::success();
  };
  switch (node.op) {
  case OpKind::Relu:
    return map([](float v) { return v < 0 ? 0.0f : v; });
  case OpKind::Clip:
    return map([=](float v) { return clip(v, alpha, beta); });
  case OpKind::LeakyRelu:
    return map([=](float v) { return v < 0 ? alpha * v : v; });
  case OpKind::Sigmoid:
    return map(sigmoid);
  case OpKind::Silu:
    return map([](float v) { return v * sigmoid(v); });
  case OpKind::Tanh:
    return map([](float v) { return std::tanh(v); });
  case OpKind::HardSigmoid:
    return map([=](float v) { return hardSigmoid(v, alpha, beta); });
  case OpKind::HardSwish:
    return map([](float v) { return v * hardSigmoid(v, 1.0f / 6.0f, 0.5f); });
  case OpKind::Elu:
    return map([=](float v) { return v < 0 ? alpha * std::expm1(v) : v; });
  case OpKind::Softplus:
    return map(softplus);
  case OpKind::Exp:
    return map([](float v) { return std::exp(v); });
  case OpKind::Log:
    return map([](float v) { return std::log(v); });
  case OpKind::Sqrt:
    return map([](float v) { return std::sqrt(v); });
  case OpKind::Neg:
    return map([](float v) { return -v; });
  case OpKind::Reciprocal:
    return map([](float v) { return 1.0f / v; });
  case OpKind::Abs:
    return map([](float v) { return std::fabs(v); });
  case OpKind::Erf:
    return map([](float v) { return std::erf(v); });
  case OpKind::Floor:
    return map([](float v) { return std::floor(v); });
  case OpKind::Ceil:
    return map([](float v) { return std::ceil(v); });
  default:
    return makeError(Code::Internal, "no reference for this activation");
  }
}

} // namespace bstc

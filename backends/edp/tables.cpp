#include "backends/edp/tables.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace bstc {

// Elementary functions are computed in double and rounded once: the float32 nearest to the real
// value, whatever library a machine has.
static float exponential(float x) { return float(std::exp(double(x))); }
static float sigmoid(float x) { return float(1 / (1 + std::exp(-double(x)))); }

/// min(max(x, lo), hi); a NaN stays.
static float clip(float x, float lo, float hi) { return std::min(std::max(x, lo), hi); }

static float hardSigmoid(float x, float alpha, float beta) {
  const float scaled = alpha * x;
  return clip(scaled + beta, 0, 1);
}

static float hardSwish(float x) { return x * hardSigmoid(x, 1.0f / 6.0f, 0.5f); }

static float elu(float x, float alpha) { return x >= 0 ? x : alpha * (exponential(x) - 1); }

namespace {
using Attrs = ActivationAttrs;

/// f(x) of one operator in float32 (NUMERICS.md, "EDP", has the same list).
struct ElementFunction {
  OpKind op;
  float (*at)(float x, const Attrs &attrs);
};
} // namespace

static constexpr ElementFunction elementFunctions[] = {
    {OpKind::Identity, [](float x, const Attrs &) { return x; }},
    {OpKind::Relu, [](float x, const Attrs &) { return std::max(x, 0.0f); }},
    {OpKind::Clip, [](float x, const Attrs &a) { return clip(x, a.alpha, a.beta); }},
    {OpKind::LeakyRelu, [](float x, const Attrs &a) { return x >= 0 ? x : a.alpha * x; }},
    {OpKind::Sigmoid, [](float x, const Attrs &) { return sigmoid(x); }},
    {OpKind::Tanh, [](float x, const Attrs &) { return float(std::tanh(double(x))); }},
    {OpKind::HardSigmoid, [](float x, const Attrs &a) { return hardSigmoid(x, a.alpha, a.beta); }},
    {OpKind::HardSwish, [](float x, const Attrs &) { return hardSwish(x); }},
    {OpKind::Elu, [](float x, const Attrs &a) { return elu(x, a.alpha); }},
    {OpKind::Softplus,
     [](float x, const Attrs &) {
       const auto v = double(x);
       return float(std::max(v, 0.0) + std::log1p(std::exp(-std::fabs(v))));
     }},
    {OpKind::Silu, [](float x, const Attrs &) { return x * sigmoid(x); }},
    {OpKind::Exp, [](float x, const Attrs &) { return exponential(x); }},
    {OpKind::Log, [](float x, const Attrs &) { return float(std::log(double(x))); }},
    {OpKind::Sqrt, [](float x, const Attrs &) { return std::sqrt(x); }},
    {OpKind::Neg, [](float x, const Attrs &) { return -x; }},
    {OpKind::Reciprocal, [](float x, const Attrs &) { return 1 / x; }},
    {OpKind::Abs, [](float x, const Attrs &) { return std::fabs(x); }},
    {OpKind::Erf, [](float x, const Attrs &) { return float(std::erf(double(x))); }},
    {OpKind::Floor, [](float x, const Attrs &) { return std::floor(x); }},
    {OpKind::Ceil, [](float x, const Attrs &) { return std::ceil(x); }},
};

static constexpr bool hasElementFunction(OpKind op) {
  for (const ElementFunction &function : elementFunctions)
    if (function.op == op)
      return true;
  return false;
}

/// A new row of ops.def does not compile before it has a function here.
static constexpr bool everyActivationHasOne() {
  using namespace std::string_view_literals;
#define BSTC_OP(kind, onnx, text, family)                                                          \
  if (#family##sv == "Activation"sv && !hasElementFunction(OpKind::kind))                          \
    return false;
#include "ir/ops.def"
  return true;
}
static_assert(everyActivationHasOne(), "an activation of ops.def has no row in elementFunctions");

bool isTableOp(OpKind op) { return hasElementFunction(op); }

float activationAt(OpKind op, const ActivationAttrs &attrs, float x) {
  const ElementFunction *found =
      llvm::find_if(elementFunctions, [op](const ElementFunction &f) { return f.op == op; });
  assert(found != std::end(elementFunctions) && "isTableOp() says which operators have a table");
  return found->at(x, attrs);
}

/// ONNX QuantizeLinear: saturate(roundHalfEven(x / scale) + zero point), float32; NaN gives the
/// zero point.
static int32_t quantised(float real, const TensorType &type) {
  if (std::isnan(real))
    return type.quant->zeroPoint();
  const float steps = std::nearbyint(real / type.quant->scale()) + float(type.quant->zeroPoint());
  return int32_t(std::clamp(steps, float(minOf(type.element)), float(maxOf(type.element))));
}

std::vector<uint8_t> buildTable(const Node &node) {
  const TensorType &in = node.input(0)->type, &out = node.output()->type;
  const auto *given = std::get_if<ActivationAttrs>(&node.attrs);
  const ActivationAttrs attrs = given ? *given : ActivationAttrs{};
  std::vector<uint8_t> table;
  for (int32_t x = minOf(in.element); x <= maxOf(in.element); ++x) {
    const float real = float(x - in.quant->zeroPoint()) * in.quant->scale();
    table.push_back(uint8_t(quantised(activationAt(node.op, attrs, real), out)));
  }
  return table;
}

} // namespace bstc

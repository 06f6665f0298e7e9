#include "backends/edp/tables.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bstc {

namespace {

/// The elementary functions of the rows of activations.def as the compiler computes tables:
/// in double and rounded once, the float32 nearest to the real value, whatever library a machine
/// has. NUMERICS.md, "EDP", has the formulas.
struct TableMath {
  static float clip(float x, float lo, float hi) { return std::min(std::max(x, lo), hi); }
  static float exp(float x) { return float(std::exp(double(x))); }
  static float sigmoid(float x) { return float(1 / (1 + std::exp(-double(x)))); }
  static float expm1(float x) { return exp(x) - 1; } // As ONNX writes ELU.
  static float log(float x) { return float(std::log(double(x))); }
  static float tanh(float x) { return float(std::tanh(double(x))); }
  static float erf(float x) { return float(std::erf(double(x))); }
  static float softplus(float x) {
    const auto v = double(x);
    return float(std::max(v, 0.0) + std::log1p(std::exp(-std::fabs(v))));
  }
};

/// f(x) of each row, named as it.
struct TableFunctions : TableMath {
#define BST_ACTIVATION(kind, onnx, text, opset, defaults, effort, ...)                             \
  static float kind(float x, [[maybe_unused]] float alpha, [[maybe_unused]] float beta) {          \
    return __VA_ARGS__;                                                                            \
  }
#include "runtime/program/activations.def"
};

} // namespace

bool isTableOp(OpKind op) {
  return op == OpKind::Identity || opInfo(op).family == llvm::StringRef("Activation");
}

float activationAt(OpKind op, const ActivationAttrs &attrs, float x) {
  switch (op) {
#define BST_ACTIVATION(kind, ...)                                                                  \
  case OpKind::kind:                                                                               \
    return TableFunctions::kind(x, attrs.alpha, attrs.beta);
#include "runtime/program/activations.def"
  default:
    assert(op == OpKind::Identity && "isTableOp() says which operators have a table");
    return x;
  }
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

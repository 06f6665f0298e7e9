#include "backends/edp/tables.h"

#include <algorithm>
#include <cmath>

namespace bstc {

double activationAt(OpKind op, const ActivationAttrs &attrs, double x) {
  switch (op) {
  case OpKind::Relu:
    return std::max(x, 0.0);
  case OpKind::Clip:
    return std::min(std::max(x, double(attrs.alpha)), double(attrs.beta));
  case OpKind::LeakyRelu:
    return x < 0 ? double(attrs.alpha) * x : x;
  case OpKind::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case OpKind::Silu:
    return x / (1 + std::exp(-x));
  case OpKind::Tanh:
    return std::tanh(x);
  case OpKind::HardSigmoid:
    return std::clamp(double(attrs.alpha) * x + double(attrs.beta), 0.0, 1.0);
  case OpKind::HardSwish:
    return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
  case OpKind::Elu:
    return x < 0 ? double(attrs.alpha) * (std::exp(x) - 1) : x;
  case OpKind::Softplus:
    return std::log1p(std::exp(x));
  case OpKind::Exp:
    return std::exp(x);
  case OpKind::Log:
    return std::log(x);
  case OpKind::Sqrt:
    return std::sqrt(x);
  case OpKind::Neg:
    return -x;
  case OpKind::Reciprocal:
    return 1 / x;
  case OpKind::Abs:
    return std::fabs(x);
  case OpKind::Erf:
    return std::erf(x);
  case OpKind::Floor:
    return std::floor(x);
  case OpKind::Ceil:
    return std::ceil(x);
  default:
    return x;
  }
}

std::vector<uint8_t> buildTable(const Node &node) {
  const TensorType &in = node.input(0)->type, &out = node.output()->type;
  const auto *attrs = std::get_if<ActivationAttrs>(&node.attrs);
  double sx = in.quant->scale(), sy = out.quant->scale();
  std::vector<uint8_t> table;
  for (int32_t x = minOf(in.element); x <= maxOf(in.element); ++x) {
    double real =
        activationAt(node.op, attrs ? *attrs : ActivationAttrs{}, (x - in.quant->zeroPoint()) * sx);
    double steps = std::isnan(real) ? 0 : std::round(real / sy); // Half away from zero.
    double y = std::clamp(steps + out.quant->zeroPoint(), double(minOf(out.element)),
                          double(maxOf(out.element)));
    table.push_back(uint8_t(int32_t(y)));
  }
  return table;
}

} // namespace bstc

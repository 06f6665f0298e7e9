#include "backends/requantise.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc {

llvm::Expected<bst::Requant> requantFor(double ratio) {
  if (!std::isfinite(ratio) || !(ratio > 0))
    return makeError(Code::ScaleRatio, "a ratio of scales is not a positive number");
  int exponent = 0;
  double fraction = std::frexp(ratio, &exponent); // In [0.5, 1).
  int64_t multiplier = std::llround(std::ldexp(fraction, 31));
  int shift = 31 - exponent;
  if (multiplier == int64_t(1) << 31) {
    multiplier /= 2;
    --shift;
  }
  if (shift < 1)
    return makeError(Code::ScaleRatio,
                     "a ratio of scales is 2^30 or more: the output's scale is tiny, or "
                     "that of an input or of the weights is huge");
  if (shift > 62)
    return bst::Requant{1, 62};
  return bst::Requant{int32_t(multiplier), shift};
}

/// Steps of a real bound: roundHalfEven(bound / scale) + zero point, saturated.
static int32_t stepsOf(float bound, const TensorType &type) {
  float steps = std::nearbyintf(bound / type.quant->scale()) + float(type.quant->zeroPoint());
  return int32_t(std::clamp(steps, float(minOf(type.element)), float(maxOf(type.element))));
}

ClampBounds clampFor(const TensorType &type, const Bounds &bounds) {
  return {stepsOf(bounds.lo, type), stepsOf(bounds.hi, type)};
}

/// Name of the node that makes `value`, or of the graph input or constant that it is.
static std::string origin(const Value &value) {
  if (value.producer())
    return "node '" + value.producer()->name + "'";
  return (value.isConstant() ? "constant '" : "graph input '") + value.name + "'";
}

std::string whyFloat(const Node &node) {
  for (unsigned i = 0; i < node.inputs().size(); ++i) {
    const Value *operand = node.input(i);
    if (!operand || operand->type.isQuantised())
      continue;
    bool dequantised = operand->dequantised ||
                       (operand->producer() && operand->producer()->op == OpKind::Dequantize);
    bool bias = node.op == OpKind::Conv && i == 2;
    if (!dequantised && !bias)
      return "no quantisation on input " + std::to_string(i) + " (" + origin(*operand) + ")";
  }
  const Value *result = node.output();
  if (result->users().empty())
    return "result '" + result->name + "' is a graph output without QuantizeLinear";
  for (const Node *user : result->users())
    if (user->op != OpKind::Quantize)
      return "result is not quantised before node '" + user->name + "'";
  return "no int8 form for these shapes or quantisations";
}

bool isQuantisedNode(const Node &node) {
  auto int8 = [](const Value *value) {
    return !value || value->isConstant() || value->type.isQuantised();
  };
  return llvm::all_of(node.inputs(), int8) && node.output()->type.isQuantised() &&
         node.output()->type.quant->perTensor();
}

} // namespace bstc

#include "frontend/passes/quantisation.h"

#include <cmath>

namespace bstc {

static Value *addUnary(Graph &graph, OpKind op, std::string node, Value *operand, int axis,
                       llvm::StringRef name, TensorType type) {
  return graph
      .addNode(op, std::move(node), {operand}, AxisAttrs{axis},
               {{graph.uniqueName(name), std::move(type)}})
      ->output();
}

Value *addDequantize(Graph &graph, std::string node, Value *integers, llvm::StringRef name) {
  return addUnary(graph, OpKind::Dequantize, std::move(node), integers, integers->type.quant->axis,
                  name, {ElementType::F32, integers->type.shape, std::nullopt});
}

Value *addQuantize(Graph &graph, std::string node, Value *real, ElementType element,
                   const Quantisation &quant, llvm::StringRef name) {
  return addUnary(graph, OpKind::Quantize, std::move(node), real, quant.axis, name,
                  {element, real->type.shape, quant});
}

Value *reinterpreted(Graph &graph, std::string node, Value *value, const Quantisation &quant,
                     llvm::StringRef name) {
  if (value->type.quant == quant)
    return value;
  for (const Node *user : value->users())
    if (user->op == OpKind::Reinterpret && user->output()->type.quant == quant)
      return user->output();
  TensorType type = value->type;
  type.quant = quant;
  return addUnary(graph, OpKind::Reinterpret, std::move(node), value, quant.axis, name,
                  std::move(type));
}

bool isExact(const Quantisation &quant) {
  return quant.perTensor() && std::isfinite(quant.scale() * 256);
}

bool isActivation(OpKind op) { return llvm::StringRef(opInfo(op).family) == "Activation"; }

} // namespace bstc

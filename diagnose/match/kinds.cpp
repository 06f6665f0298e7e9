#include "diagnose/match/kinds.h"

namespace bstc::diagnose {

bool isActivation(OpKind op) {
  switch (op) {
#define BST_ACTIVATION(kind, ...) case OpKind::kind:
#include "runtime/program/activations.def"
    return true;
  default:
    return false;
  }
}

OpKind kindOf(OpKind op) {
  if (isActivation(op))
    return OpKind::Relu;
  switch (op) {
  case OpKind::Upsample:
    return OpKind::Resize;
  case OpKind::Flatten:
  case OpKind::Squeeze:
  case OpKind::Unsqueeze:
    return OpKind::Reshape;
  case OpKind::AveragePool:
  case OpKind::GlobalAveragePool:
  case OpKind::ReduceMean:
    return OpKind::MaxPool;
  case OpKind::Sum:
    return OpKind::Add;
  case OpKind::MatMul:
    return OpKind::Gemm;
  default:
    return op;
  }
}

bool isCommutative(OpKind op) {
  return op == OpKind::Add || op == OpKind::Sum || op == OpKind::Mul || op == OpKind::Max ||
         op == OpKind::Min;
}

std::vector<float> numbersOf(const Weights &weights) {
  return weights.floats ? weights.written() : weights.read();
}

} // namespace bstc::diagnose

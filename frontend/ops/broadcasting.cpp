// Expand, Equal, Where: what exporters write around shapes that broadcast. Import folds them away
// where they read constants only.
#include "frontend/ops/support.h"

namespace bstc {

llvm::Error importBroadcasting(const onnx::NodeProto &proto, int64_t, Node &node) {
  unsigned operands = node.op == OpKind::Where ? 3 : 2;
  if (llvm::Error error = expectOperands(node, operands, operands))
    return error;
  return AttributeReader(proto).finish();
}

static llvm::Error mismatch(const Node &node, unsigned a, unsigned b) {
  return makeError(Code::OperandMismatch, "inputs are of different types, " +
                                              typeText(node.input(a)->type) + " and " +
                                              typeText(node.input(b)->type));
}

/// The shape that all operands from `first` on broadcast to.
static llvm::Expected<Shape> commonShape(const Node &node) {
  Shape shape = node.input(0)->type.shape;
  for (const Value *operand : node.inputs().drop_front()) {
    auto joined = broadcastShape(shape, operand->type.shape);
    if (!joined)
      return joined.takeError();
    shape = *joined;
  }
  return shape;
}

static llvm::Expected<TensorType> resultType(const Node &node) {
  const TensorType &first = node.input(0)->type, &second = node.input(1)->type;
  if (node.op == OpKind::Expand) {
    auto wanted = constantIntegers(node, 1, "shape");
    if (!wanted)
      return wanted.takeError();
    auto shape = broadcastShape(first.shape, *wanted);
    if (!shape)
      return shape.takeError();
    return movedType(first, *shape);
  }
  auto shape = commonShape(node);
  if (!shape)
    return shape.takeError();
  if (node.op == OpKind::Equal) {
    if (first.element != second.element)
      return mismatch(node, 0, 1);
    return TensorType{ElementType::Bool, *shape, std::nullopt};
  }
  if (first.element != ElementType::Bool)
    return makeError(Code::OperandMismatch, "the condition, " + operandText(node, 0) + ", is " +
                                                typeText(first) + ", but must be bool");
  if (second.element != node.input(2)->type.element)
    return mismatch(node, 1, 2);
  return TensorType{second.element, *shape, std::nullopt};
}

llvm::Error inferBroadcasting(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  auto type = resultType(node);
  if (!type)
    return type.takeError();
  results.push_back(*type);
  return llvm::Error::success();
}

/// `x` as a row-major tensor of `shape`.
static TensorData expanded(const TensorData &x, const Shape &shape) {
  TensorData result(TensorType{x.type.element, shape, std::nullopt});
  copyStrided(x.data(), shape, broadcastStrides(x.type.shape, shape), elementSize(x.type.element),
              result.mutableValues<std::byte>().data());
  return result;
}

llvm::Error evaluateBroadcasting(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                 llvm::MutableArrayRef<TensorData *> results) {
  TensorData &y = *results[0];
  const Shape &shape = y.type.shape;
  if (node.op == OpKind::Expand) {
    copyStrided(operands[0]->data(), shape, broadcastStrides(operands[0]->type.shape, shape),
                elementSize(y.type.element), y.mutableValues<std::byte>().data());
    return llvm::Error::success();
  }
  TensorData a = expanded(*operands[0], shape), b = expanded(*operands[1], shape);
  if (node.op == OpKind::Equal) {
    withElementType(a.type.element, [&](auto example) {
      using T = decltype(example);
      for (size_t i = 0; i < y.size(); ++i)
        y.mutableValues<uint8_t>()[i] = a.values<T>()[i] == b.values<T>()[i];
    });
    return llvm::Error::success();
  }
  TensorData c = expanded(*operands[2], shape);
  withElementType(y.type.element, [&](auto example) {
    using T = decltype(example);
    for (size_t i = 0; i < a.size(); ++i)
      y.mutableValues<T>()[i] = a.values<uint8_t>()[i] ? b.values<T>()[i] : c.values<T>()[i];
  });
  return llvm::Error::success();
}

} // namespace bstc

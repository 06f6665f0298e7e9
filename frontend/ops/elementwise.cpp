// Functions of two elements with NumPy broadcasting: float32, and integers for shape arithmetic.
#include "frontend/ops/support.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bstc {

static bool isInteger(ElementType element) {
  return element == ElementType::S32 || element == ElementType::S64;
}

/// Arithmetic on 8-bit integers needs their quantisation; to compare them does not.
static bool comparesBytes(OpKind op) { return op == OpKind::Max || op == OpKind::Min; }

/// Any number of operands, at least one.
static bool isVariadic(OpKind op) {
  return op == OpKind::Max || op == OpKind::Min || op == OpKind::Sum;
}

llvm::Error importElementwise(const onnx::NodeProto &proto, int64_t, Node &node) {
  unsigned count = std::max<unsigned>(node.inputs().size(), 1);
  unsigned operands = isVariadic(node.op) ? count : 2; // None may be left empty.
  if (llvm::Error error = expectOperands(node, operands, operands))
    return error;
  AttributeReader reader(proto);
  node.attrs = ElementwiseAttrs{};
  return reader.finish();
}

llvm::Error inferElementwise(Node &node, llvm::SmallVectorImpl<TensorType> &results) {
  const TensorType &a = node.input(0)->type;
  if (!a.isFloat() && !isInteger(a.element) && !(comparesBytes(node.op) && isByte(a.element)))
    return makeError(Code::OperandMismatch,
                     operandText(node, 0) + " is " + typeText(a) + ", but must be f32, s32 or s64");
  Shape result = a.shape;
  for (const Value *operand : node.inputs().drop_front()) {
    const TensorType &b = operand->type;
    bool integerPower = node.op == OpKind::Pow && a.isFloat() && isInteger(b.element);
    if (a.element != b.element && !integerPower)
      return makeError(Code::OperandMismatch,
                       "inputs are of different types, " + typeText(a) + " and " + typeText(b));
    auto shape = broadcastShape(result, b.shape);
    if (!shape)
      return shape.takeError();
    result = *shape;
  }
  results.push_back({a.element, result, std::nullopt});
  return llvm::Error::success();
}

/// `x` as a row-major tensor of `shape`; `storage` holds it where it had to be repeated.
template <typename T>
static const T *broadcastTo(const TensorData &x, const Shape &shape, std::vector<T> &storage) {
  if (x.type.shape == shape)
    return x.values<T>().data();
  storage.resize(TensorType{x.type.element, shape, std::nullopt}.count());
  copyStrided(x.data(), shape, broadcastStrides(x.type.shape, shape), sizeof(T),
              reinterpret_cast<std::byte *>(storage.data()));
  return storage.data();
}

/// y = function(a, b), element by element. A scalar operand, as most constants are, is not
/// repeated.
template <typename A, typename B, typename Function>
static void combine(llvm::ArrayRef<const TensorData *> operands, TensorData &result,
                    Function function) {
  const Shape &shape = result.type.shape;
  llvm::MutableArrayRef<A> y = result.mutableValues<A>();
  std::vector<A> repeatedA;
  std::vector<B> repeatedB;
  const A *a = broadcastTo(*operands[0], shape, repeatedA);
  if (operands[1]->type.count() == 1) {
    const B b = operands[1]->values<B>()[0];
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = function(a[i], b);
    return;
  }
  const B *b = broadcastTo(*operands[1], shape, repeatedB);
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = function(a[i], b[i]);
}

static llvm::Error evaluateFloat(OpKind op, llvm::ArrayRef<const TensorData *> operands,
                                 TensorData &result) {
  auto apply = [&](auto function) {
    combine<float, float>(operands, result, function);
    return llvm::Error::success();
  };
  switch (op) {
  case OpKind::Add:
  case OpKind::Sum:
    return apply([](float a, float b) { return a + b; });
  case OpKind::Sub:
    return apply([](float a, float b) { return a - b; });
  case OpKind::Mul:
    return apply([](float a, float b) { return a * b; });
  case OpKind::Div:
    return apply([](float a, float b) { return a / b; });
  case OpKind::Pow:
    return apply([](float a, float b) { return std::pow(a, b); });
  case OpKind::Max:
    return apply([](float a, float b) { return std::max(a, b); });
  default:
    return apply([](float a, float b) { return std::min(a, b); });
  }
}

/// The real number `value` as T, cut towards zero, saturated; NaN gives 0.
template <typename T> static T truncated(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= -double(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::max();
  return value <= double(std::numeric_limits<T>::min()) ? std::numeric_limits<T>::min() : T(value);
}

/// Wraps around, as ONNX Runtime and NumPy do.
template <typename T>
static llvm::Error evaluateInteger(OpKind op, llvm::ArrayRef<const TensorData *> operands,
                                   TensorData &result) {
  using U = std::make_unsigned_t<T>;
  auto apply = [&](auto function) {
    combine<T, T>(operands, result, function);
    return llvm::Error::success();
  };
  switch (op) {
  case OpKind::Add:
  case OpKind::Sum:
    return apply([](T a, T b) { return T(U(a) + U(b)); });
  case OpKind::Sub:
    return apply([](T a, T b) { return T(U(a) - U(b)); });
  case OpKind::Mul:
    return apply([](T a, T b) { return T(U(a) * U(b)); });
  case OpKind::Div:
    if (llvm::is_contained(operands[1]->values<T>(), 0))
      return makeError(Code::BadConstant, "integer division by zero");
    return apply([](T a, T b) { return b == -1 ? T(U(0) - U(a)) : T(a / b); });
  case OpKind::Pow:
    return apply([](T a, T b) { return truncated<T>(std::pow(double(a), double(b))); });
  case OpKind::Max:
    return apply([](T a, T b) { return std::max(a, b); });
  default:
    return apply([](T a, T b) { return std::min(a, b); });
  }
}

/// Max or Min.
template <typename T>
static llvm::Error evaluateBytes(OpKind op, llvm::ArrayRef<const TensorData *> operands,
                                 TensorData &result) {
  combine<T, T>(operands, result,
                [=](T a, T b) { return op == OpKind::Max ? std::max(a, b) : std::min(a, b); });
  return llvm::Error::success();
}

/// float to the power of an integer tensor, which ONNX allows since opset 12.
template <typename B>
static llvm::Error evaluateMixedPow(llvm::ArrayRef<const TensorData *> operands,
                                    TensorData &result) {
  combine<float, B>(operands, result, [](float a, B b) { return std::pow(a, float(b)); });
  return llvm::Error::success();
}

static llvm::Error evaluatePair(OpKind op, llvm::ArrayRef<const TensorData *> operands,
                                TensorData &result) {
  ElementType a = operands[0]->type.element, b = operands[1]->type.element;
  if (a == ElementType::S64 && b == a)
    return evaluateInteger<int64_t>(op, operands, result);
  if (a == ElementType::S32 && b == a)
    return evaluateInteger<int32_t>(op, operands, result);
  if (a == ElementType::S8 && b == a)
    return evaluateBytes<int8_t>(op, operands, result);
  if (a == ElementType::U8 && b == a)
    return evaluateBytes<uint8_t>(op, operands, result);
  if (b == ElementType::S64)
    return evaluateMixedPow<int64_t>(operands, result);
  if (b == ElementType::S32)
    return evaluateMixedPow<int32_t>(operands, result);
  return evaluateFloat(op, operands, result);
}

/// One, or three and more operands: from the left, pair by pair.
static llvm::Error evaluateAll(OpKind op, llvm::ArrayRef<const TensorData *> operands,
                               TensorData &result) {
  if (operands.size() == 1) {
    std::copy_n(operands[0]->data(), result.size(), result.mutableValues<std::byte>().data());
    return llvm::Error::success();
  }
  TensorData soFar = *operands[0];
  for (const TensorData *operand : operands.drop_front()) {
    Shape shape = llvm::cantFail(broadcastShape(soFar.type.shape, operand->type.shape));
    TensorData next(TensorType{result.type.element, shape, std::nullopt});
    if (llvm::Error error = evaluatePair(op, {&soFar, operand}, next))
      return error;
    soFar = std::move(next);
  }
  result = std::move(soFar);
  return llvm::Error::success();
}

llvm::Error evaluateElementwise(const Node &node, llvm::ArrayRef<const TensorData *> operands,
                                llvm::MutableArrayRef<TensorData *> results) {
  auto isIntegers = [&](const Value *operand) {
    const ElementType element = operand->type.element;
    return isInteger(element) || (comparesBytes(node.op) && isByte(element));
  };
  if (llvm::none_of(node.inputs(), isIntegers))
    if (llvm::Error error = expectFloat(node))
      return error;
  bool arePair = operands.size() == 2;
  if (llvm::Error error = arePair ? evaluatePair(node.op, operands, *results[0])
                                  : evaluateAll(node.op, operands, *results[0]))
    return error;
  const Bounds &bounds = node.as<ElementwiseAttrs>().bounds;
  if (!bounds.none() && results[0]->type.isFloat())
    for (float &value : results[0]->mutableValues<float>())
      value = std::min(std::max(value, bounds.lo), bounds.hi);
  return llvm::Error::success();
}

} // namespace bstc

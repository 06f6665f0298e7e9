#ifndef BSTC_FRONTEND_OPS_SUPPORT_H
#define BSTC_FRONTEND_OPS_SUPPORT_H

#include "ir/error.h"
#include "ir/graph.h"

#include "llvm/ADT/StringMap.h"

namespace onnx {
class AttributeProto;
class NodeProto;
} // namespace onnx

namespace bstc {

/// Tensors of more dimensions are refused: no operator here needs them.
constexpr int64_t maxRank = 8;
/// Tensors of more elements are refused, so that 32-bit indices and 64-bit products are safe.
constexpr int64_t maxElements = int64_t(1) << 31;

/// Reads the attributes of an ONNX node by name and remembers which were asked for, so that
/// finish() refuses every other: an attribute that we do not know is never ignored. A value of the
/// wrong kind gives the fallback and makes finish() fail.
class AttributeReader {
public:
  explicit AttributeReader(const onnx::NodeProto &node);

  bool has(llvm::StringRef name) const { return attributes.count(name) != 0; }
  int64_t integer(llvm::StringRef name, int64_t fallback);
  float real(llvm::StringRef name, float fallback);
  std::string text(llvm::StringRef name, llvm::StringRef fallback);
  /// Empty when absent.
  std::vector<int64_t> integers(llvm::StringRef name);
  std::vector<float> reals(llvm::StringRef name);
  /// Null when absent. `type` is an onnx::AttributeProto::AttributeType.
  const onnx::AttributeProto *take(llvm::StringRef name, int type);
  /// Accepts an attribute that does not change what inference computes.
  void skip(llvm::StringRef name) { known.insert({name, true}); }

  /// The first attribute that is malformed, doubled or unsupported.
  llvm::Error finish() const;

private:
  llvm::StringMap<const onnx::AttributeProto *> attributes;
  llvm::StringMap<bool> known;
  std::string problem;
};

/// "[1, 3, 640, 640]".
std::string shapeText(llvm::ArrayRef<int64_t> shape);
/// "f32[1, 3, 640, 640]".
std::string typeText(const ArrayType &type);
/// "input 1 ('w')", for messages.
std::string operandText(const Node &node, unsigned operand);

/// Fails unless the node has `least` to `most` operands and the first `least` are present.
llvm::Error expectOperands(const Node &node, unsigned least, unsigned most);
/// Fails unless every operand that is present is float32.
llvm::Error expectFloat(const Node &node);

/// `axis` counted from the front; fails outside [-rank, rank).
llvm::Expected<int64_t> resolveAxis(int64_t axis, int64_t rank);
/// As resolveAxis for several axes; sorted, and fails where one repeats.
llvm::Expected<std::vector<int64_t>> resolveAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);

/// The integers of a constant operand of at most one dimension. `role` names it in messages.
llvm::Expected<std::vector<int64_t>> constantIntegers(const Node &node, unsigned operand,
                                                      llvm::StringRef role);
/// The floats of a constant float32 operand of at most one dimension.
llvm::Expected<std::vector<float>> constantReals(const Node &node, unsigned operand,
                                                 llvm::StringRef role);

/// The only element of a constant operand of operand 0's element type, float32, s8 or u8.
llvm::Expected<float> constantScalar(const Node &node, unsigned operand, llvm::StringRef role);

/// s8 or u8.
inline bool isByte(ElementType element) {
  return element == ElementType::S8 || element == ElementType::U8;
}

/// The type of `x` moved into another shape: elements and per-tensor quantisation stay. A per-axis
/// quantisation is dropped, for its axis may no longer exist.
TensorType movedType(const TensorType &x, Shape shape);

/// Fails where `type` is beyond maxRank or maxElements, or has a negative extent.
llvm::Error checkSize(const ArrayType &type);

/// Elements between neighbours along each axis of a row-major tensor.
llvm::SmallVector<int64_t, 6> rowMajorStrides(llvm::ArrayRef<int64_t> shape);

/// The common shape of `a` and `b` by NumPy's broadcasting rule; fails where they have none.
llvm::Expected<Shape> broadcastShape(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);
/// Strides by which a row-major tensor of `shape` is read as one of the broadcast shape `result`.
llvm::SmallVector<int64_t, 6> broadcastStrides(llvm::ArrayRef<int64_t> shape,
                                               llvm::ArrayRef<int64_t> result);

/// Row-major copy out of a strided view: out[i0, i1, ...] = source[sum of ij * strides[j]], where
/// `source` points at the element of index 0 and strides are in elements of `elementBytes`.
void copyStrided(const std::byte *source, llvm::ArrayRef<int64_t> shape,
                 llvm::ArrayRef<int64_t> strides, uint64_t elementBytes, std::byte *out);

/// Calls `body` with a value of the C++ type of `element`.
template <typename Body> void withElementType(ElementType element, Body body) {
  switch (element) {
  case ElementType::F32:
    return body(float());
  case ElementType::F64:
    return body(double());
  case ElementType::S8:
    return body(int8_t());
  case ElementType::U8:
  case ElementType::Bool:
    return body(uint8_t());
  case ElementType::S32:
    return body(int32_t());
  case ElementType::S64:
    return body(int64_t());
  }
}

/// By what a Quantize or Dequantize computes. As imported: what its scale, zero point and axis say,
/// checked against its tensor. With one operand (the pass settle-quantisation makes it so): what
/// the type of its integers says.
llvm::Expected<Quantisation> quantisationOf(const Node &node);

} // namespace bstc

#endif // BSTC_FRONTEND_OPS_SUPPORT_H

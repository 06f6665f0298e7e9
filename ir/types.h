#ifndef BSTC_IR_TYPES_H
#define BSTC_IR_TYPES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bstc {

/// Element types that the compiler knows. S64 and Bool occur only in shapes that are folded away.
enum class ElementType : uint8_t { F32, S8, U8, S32, S64, F64, Bool };

/// Bytes of one element.
uint64_t elementSize(ElementType type);
/// "f32", "s8", ...: as the printer writes it.
const char *elementTypeName(ElementType type);

using Shape = llvm::SmallVector<int64_t, 4>;

/// real = (q - zeroPoint) * scale, with one scale, or one for each index along `axis`.
struct Quantisation {
  std::vector<float> scales;
  std::vector<int32_t> zeroPoints; ///< As many as scales.
  int axis = -1;                   ///< -1: per tensor (one scale).
  bool perTensor() const { return scales.size() == 1; }
  float scale() const { return scales.front(); }
  int32_t zeroPoint() const { return zeroPoints.front(); }
  bool operator==(const Quantisation &) const = default;
};

/// What the bytes of an array are: element type and shape.
struct ArrayType {
  ElementType element = ElementType::F32;
  Shape shape; ///< Static, ONNX order (NCHW, OIHW).

  int64_t rank() const { return int64_t(shape.size()); }
  /// Product of the extents; 1 for a scalar.
  int64_t count() const;
  uint64_t bytes() const { return uint64_t(count()) * elementSize(element); }
  bool isFloat() const { return element == ElementType::F32; }
  bool operator==(const ArrayType &) const = default;
};

/// The type of a value in the graph: an array and, for integers that stand for reals, the
/// quantisation. It is of the value alone: the bytes of a constant (TensorData) have none, so that
/// two values may take the same integers for different numbers.
struct TensorType : ArrayType {
  std::optional<Quantisation> quant;

  TensorType() = default;
  TensorType(ElementType element, Shape shape, std::optional<Quantisation> quant)
      : ArrayType{element, std::move(shape)}, quant(std::move(quant)) {}
  explicit TensorType(ArrayType array, std::optional<Quantisation> quant = std::nullopt)
      : ArrayType(std::move(array)), quant(std::move(quant)) {}

  /// s8 or u8 with a quantisation.
  bool isQuantised() const {
    return quant && (element == ElementType::S8 || element == ElementType::U8);
  }
  /// s8 or u8 with one scale: what the int8 engines compute on.
  bool isQuantisedPerTensor() const { return isQuantised() && quant->perTensor(); }
  bool operator==(const TensorType &) const = default;
};

/// Least and greatest value of an 8-bit element type.
constexpr int32_t minOf(ElementType type) { return type == ElementType::U8 ? 0 : -128; }
constexpr int32_t maxOf(ElementType type) { return type == ElementType::U8 ? 255 : 127; }

/// The elements of a constant, row-major, host byte order. Shared: constants are never changed.
class TensorData {
public:
  TensorData(ArrayType type, std::vector<std::byte> bytes);
  /// A zero-filled array of `type`.
  explicit TensorData(ArrayType type);

  template <typename T>
  static std::shared_ptr<TensorData> make(ArrayType type, llvm::ArrayRef<T> values) {
    auto data = std::make_shared<TensorData>(std::move(type));
    std::copy(values.begin(), values.end(), data->template mutableValues<T>().begin());
    return data;
  }
  /// The same for the array that a value of `type` has.
  template <typename T>
  static std::shared_ptr<TensorData> make(const TensorType &type, llvm::ArrayRef<T> values) {
    return make<T>(ArrayType(type), values);
  }

  ArrayType type;
  /// The elements as T; T must be the C++ type of the element type.
  template <typename T> llvm::ArrayRef<T> values() const {
    return {reinterpret_cast<const T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T> llvm::MutableArrayRef<T> mutableValues() {
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// Element `index` converted to double, whatever the element type.
  double at(int64_t index) const;
  const std::byte *data() const { return bytes.data(); }
  uint64_t size() const { return bytes.size(); }

private:
  std::vector<std::byte> bytes;
};

using TensorDataRef = std::shared_ptr<const TensorData>;

} // namespace bstc

#endif // BSTC_IR_TYPES_H

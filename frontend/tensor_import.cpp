#include "frontend/tensor_import.h"
#include "frontend/ops/support.h"

#include <bit>
#include <onnx/onnx_pb.h>

namespace bstc {

/// "float16" for FLOAT16.
static std::string onnxTypeName(int type) {
  if (type == onnx::TensorProto::FLOAT)
    return "float32";
  if (!onnx::TensorProto_DataType_IsValid(type))
    return "of unknown element type " + std::to_string(type);
  return llvm::StringRef(onnx::TensorProto_DataType_Name(onnx::TensorProto_DataType(type))).lower();
}

llvm::Expected<ElementType> importElementType(int onnxType) {
  switch (onnxType) {
  case onnx::TensorProto::FLOAT:
    return ElementType::F32;
  case onnx::TensorProto::DOUBLE:
    return ElementType::F64;
  case onnx::TensorProto::INT8:
    return ElementType::S8;
  case onnx::TensorProto::UINT8:
    return ElementType::U8;
  case onnx::TensorProto::INT32:
    return ElementType::S32;
  case onnx::TensorProto::INT64:
    return ElementType::S64;
  case onnx::TensorProto::BOOL:
    return ElementType::Bool;
  default:
    return makeError(Code::UnsupportedElementType,
                     "element type " + onnxTypeName(onnxType) +
                         " is not supported; export the model in float32 or with int8/uint8 "
                         "QuantizeLinear/DequantizeLinear");
  }
}

llvm::Expected<TensorType> importInputType(const onnx::TypeProto &proto) {
  if (!proto.has_tensor_type())
    return makeError(Code::UnsupportedElementType,
                     "is not a tensor (sequence, map and optional types are not supported)");
  const auto &tensor = proto.tensor_type();
  int element = tensor.elem_type();
  if (element != onnx::TensorProto::FLOAT && element != onnx::TensorProto::INT8 &&
      element != onnx::TensorProto::UINT8)
    return makeError(Code::UnsupportedElementType,
                     "is " + onnxTypeName(element) +
                         "; only float32, int8 and uint8 inputs are supported");
  if (!tensor.has_shape())
    return makeError(Code::DynamicShape, "has no shape; export the model with static shapes");
  TensorType type{*importElementType(element), {}, std::nullopt};
  for (const auto &extent : tensor.shape().dim()) {
    if (!extent.has_dim_value() || extent.dim_value() <= 0)
      return makeError(Code::DynamicShape,
                       "has a dynamic shape: dimension " + llvm::Twine(type.shape.size()) +
                           (extent.has_dim_param() ? " is '" + extent.dim_param() + "'"
                                                   : std::string(" is not a positive number")) +
                           "; export the model with static shapes (torch.onnx.export without "
                           "dynamic_axes)");
    type.shape.push_back(extent.dim_value());
  }
  if (llvm::Error error = checkSize(type))
    return error;
  return type;
}

llvm::Error checkDeclaredType(const onnx::TypeProto &declared, const TensorType &inferred) {
  if (!declared.has_tensor_type())
    return makeError(Code::UnsupportedElementType, "is declared as something else than a tensor");
  const auto &tensor = declared.tensor_type();
  auto mismatch = [&](const std::string &what) {
    return makeError(Code::DeclaredType,
                     "is declared as " + what + ", but computes to " + typeText(inferred));
  };
  if (tensor.elem_type() != onnx::TensorProto::UNDEFINED) {
    auto element = importElementType(tensor.elem_type());
    if (!element)
      return element.takeError();
    if (*element != inferred.element)
      return mismatch(elementTypeName(*element));
  }
  if (!tensor.has_shape())
    return llvm::Error::success();
  Shape shape;
  bool fits = tensor.shape().dim_size() == int(inferred.shape.size());
  for (const auto &extent : tensor.shape().dim()) {
    size_t axis = shape.size();
    shape.push_back(extent.has_dim_value() ? extent.dim_value() : -1);
    fits = fits && (!extent.has_dim_value() || extent.dim_value() == inferred.shape[axis]);
  }
  return fits ? llvm::Error::success() : mismatch(shapeText(shape));
}

/// The shape of an initializer, sure to be small enough to multiply.
static llvm::Expected<TensorType> importTensorType(const onnx::TensorProto &proto) {
  auto element = importElementType(proto.data_type());
  if (!element)
    return element.takeError();
  TensorType type{*element, Shape(proto.dims().begin(), proto.dims().end()), std::nullopt};
  for (int64_t axis = 0; axis < type.rank(); ++axis)
    if (type.shape[axis] < 0)
      return makeError(Code::BadTensor, "dimension " + llvm::Twine(axis) + " is " +
                                            llvm::Twine(type.shape[axis]) +
                                            ", not a number of elements");
  if (llvm::Error error = checkSize(type))
    return error;
  return type;
}

static llvm::Error wrongCount(const TensorType &type, uint64_t found, llvm::StringRef unit) {
  return makeError(Code::BadTensor, "holds " + llvm::Twine(found) + " " + unit +
                                        ", which does not fit its type " + typeText(type));
}

/// Converts a typed field, whose values may be wider than the elements, element by element. Counts
/// before it allocates: a shape may promise far more than the file holds.
template <typename T, typename Field>
static llvm::Expected<TensorDataRef> fromField(const TensorType &type, const Field &field) {
  if (int64_t(field.size()) != type.count())
    return wrongCount(type, field.size(), "values");
  auto data = std::make_shared<TensorData>(type);
  llvm::MutableArrayRef<T> out = data->template mutableValues<T>();
  for (int i = 0; i < field.size(); ++i) {
    out[i] = T(field.Get(i));
    if (out[i] != field.Get(i) && field.Get(i) == field.Get(i)) // The second is false for NaN.
      return makeError(Code::BadTensor, "holds " + std::to_string(field.Get(i)) +
                                            ", which does not fit " +
                                            elementTypeName(type.element));
  }
  return data;
}

static llvm::Expected<TensorDataRef> fromTypedField(const TensorType &type,
                                                    const onnx::TensorProto &proto) {
  switch (type.element) {
  case ElementType::F32:
    return fromField<float>(type, proto.float_data());
  case ElementType::F64:
    return fromField<double>(type, proto.double_data());
  case ElementType::S64:
    return fromField<int64_t>(type, proto.int64_data());
  case ElementType::S32:
    return fromField<int32_t>(type, proto.int32_data());
  case ElementType::S8:
    return fromField<int8_t>(type, proto.int32_data());
  case ElementType::U8:
  case ElementType::Bool:
    return fromField<uint8_t>(type, proto.int32_data());
  }
  return TensorDataRef();
}

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

llvm::Expected<TensorDataRef> importTensor(const onnx::TensorProto &proto) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return makeError(Code::DataElsewhere,
                     "keeps its data in an external file, which is not supported; save the model "
                     "as one file (onnx.save_model(onnx.load(path), new_path))");
  if (proto.has_segment())
    return makeError(Code::DataElsewhere, "is one segment of a tensor, which is not supported");
  auto type = importTensorType(proto);
  if (!type)
    return type.takeError();
  if (!proto.has_raw_data())
    return fromTypedField(*type, proto);
  if (proto.raw_data().size() != type->bytes())
    return wrongCount(*type, proto.raw_data().size(), "bytes");
  const auto *raw = reinterpret_cast<const std::byte *>(proto.raw_data().data());
  std::vector<std::byte> bytes(raw, raw + proto.raw_data().size());
  return std::make_shared<TensorData>(*type, std::move(bytes));
}

} // namespace bstc

#include "tools/bstc/files/array_file.h"

#include "ir/error.h"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <limits>
#include <optional>

namespace bstc {
namespace {

using bst::DType;

std::optional<DType> dtypeOf(int32_t onnxType) {
  switch (onnxType) {
  case onnx::TensorProto::FLOAT:
    return DType::F32;
  case onnx::TensorProto::INT8:
    return DType::S8;
  case onnx::TensorProto::UINT8:
    return DType::U8;
  case onnx::TensorProto::INT32:
    return DType::S32;
  default:
    return std::nullopt;
  }
}

/// The elements as little-endian bytes: raw_data, or the typed field of the dtype.
std::vector<std::byte> bytesOf(const onnx::TensorProto &proto, DType dtype) {
  std::vector<std::byte> bytes;
  const auto append = [&](const void *data, size_t size) {
    const auto *first = static_cast<const std::byte *>(data);
    bytes.insert(bytes.end(), first, first + size);
  };
  if (proto.has_raw_data())
    append(proto.raw_data().data(), proto.raw_data().size());
  else if (dtype == DType::F32)
    append(proto.float_data().data(), sizeof(float) * size_t(proto.float_data_size()));
  else
    for (int32_t value : proto.int32_data())
      append(&value, bst::elementSize(dtype));
  return bytes;
}

} // namespace

llvm::Expected<Array> parseTensorProto(llvm::StringRef contents, llvm::StringRef source) {
  const auto fail = [&](const llvm::Twine &what) {
    return makeError(Code::BadArray, source + ": " + what);
  };
  onnx::TensorProto proto;
  if (contents.size() > size_t(std::numeric_limits<int>::max()) ||
      !proto.ParseFromArray(contents.data(), int(contents.size())))
    return fail("is neither a .npy file nor an ONNX TensorProto");
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return fail("keeps its data in another file, which is not supported");
  const std::optional<DType> dtype = dtypeOf(proto.data_type());
  if (!dtype)
    return fail("is neither a .npy file nor an ONNX TensorProto of float32, int8, uint8 or int32 "
                "(data type " +
                llvm::Twine(proto.data_type()) + ")");
  Array array;
  array.dtype = *dtype;
  uint64_t elements = 1;
  for (int64_t extent : proto.dims()) {
    constexpr int64_t most = std::numeric_limits<int32_t>::max();
    if (extent < 0 || extent > most || (elements *= uint64_t(extent)) > uint64_t(most))
      return fail("has dimensions out of range");
    array.shape.push_back(int32_t(extent));
  }
  auto bytes = std::make_shared<const std::vector<std::byte>>(bytesOf(proto, *dtype));
  array.bytes = *bytes;
  array.owner = std::move(bytes);
  const uint64_t expected = elements * bst::elementSize(*dtype);
  if (array.bytes.size() != expected)
    return fail("has " + llvm::Twine(array.bytes.size()) + " bytes of data, its dimensions need " +
                llvm::Twine(expected));
  return array;
}

} // namespace bstc

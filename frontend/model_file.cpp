#include "frontend/model_file.h"
#include "ir/error.h"

#include "llvm/Support/FileSystem.h"

#include <google/protobuf/stubs/logging.h>
#include <limits>
#include <onnx/onnx_pb.h>

namespace bstc {

static constexpr uint64_t largestFile = std::numeric_limits<int>::max();

static llvm::Error fileError(llvm::StringRef path, const llvm::Twine &what,
                             Code code = Code::ModelUnreadable) {
  return makeError(code, path + ": " + what);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readModelFile(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return fileError(path, "cannot be read: " + code.message());
  if (llvm::sys::fs::is_directory(status))
    return fileError(path, "is a directory, not an ONNX file");
  if (!llvm::sys::fs::is_regular_file(status))
    return fileError(path, "is not a regular file");
  if (status.getSize() > largestFile)
    return fileError(path, "is larger than 2 GiB, the most that an ONNX file can hold",
                     Code::NotAnOnnxModel);
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fileError(path, "cannot be read: " + buffer.getError().message());
  return std::move(*buffer);
}

namespace {
/// Walks the outermost fields of a serialised message to tell what is wrong with it.
struct FieldWalk {
  llvm::StringRef bytes;
  size_t position = 0;
  unsigned modelFields = 0; ///< Fields seen so far that a ModelProto has.

  /// False at the end of the bytes, or where the number is longer than 64 bits.
  bool varint(uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && position < bytes.size(); shift += 7) {
      uint8_t byte = bytes[position++];
      value |= uint64_t(byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
    return false;
  }

  /// One message for the user.
  std::string diagnose() {
    const auto *fields = onnx::ModelProto::descriptor();
    while (position < bytes.size()) {
      uint64_t tag = 0, length = 0;
      size_t start = position;
      bool complete = varint(tag);
      const auto *field = fields->FindFieldByNumber(int(std::min<uint64_t>(tag >> 3, INT32_MAX)));
      using google::protobuf::FieldDescriptor;
      bool number = field && (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64);
      if (complete && (!field || (tag & 7) != (number ? 0u : 2u)))
        break;
      complete = complete && varint(length);
      if (!complete && modelFields > 0)
        return "is cut off: it ends within a field";
      if (!complete)
        break;
      if (!number && length > bytes.size() - position)
        return ("is cut off: '" + field->name() + "' at byte " + llvm::Twine(start) +
                " should have " + llvm::Twine(length) + " bytes, but the file ends after " +
                llvm::Twine(bytes.size() - position))
            .str();
      position += number ? 0 : length;
      ++modelFields;
    }
    return modelFields > 0 ? "is a damaged ONNX file" : "is not an ONNX file";
  }
};
} // namespace

llvm::Error parseModel(llvm::StringRef bytes, onnx::ModelProto &model) {
  if (bytes.empty())
    return makeError(Code::NotAnOnnxModel, "is empty");
  if (bytes.size() > largestFile)
    return makeError(Code::NotAnOnnxModel,
                     "is larger than 2 GiB, the most that an ONNX file can hold");
  google::protobuf::LogSilencer silencer; // Our own message is the one that the user gets.
  if (!model.ParseFromArray(bytes.data(), int(bytes.size())))
    return makeError(Code::NotAnOnnxModel, FieldWalk{bytes}.diagnose());
  if (model.has_graph() && model.opset_import_size() > 0)
    return llvm::Error::success();
  if (!model.has_graph() && model.opset_import_size() == 0 && !model.has_ir_version())
    return makeError(Code::NotAnOnnxModel, "is not an ONNX file");
  return makeError(Code::NotAnOnnxModel, llvm::Twine("is cut off or damaged: it has no ") +
                                             (model.has_graph() ? "opset_import" : "graph"));
}

} // namespace bstc

#ifndef BSTC_FRONTEND_MODEL_FILE_H
#define BSTC_FRONTEND_MODEL_FILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace onnx {
class ModelProto;
}

namespace bstc {

/// The bytes of a regular file. Errors name the path: missing, unreadable, a directory, empty, or
/// larger than the 2 GiB that protobuf can hold.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readModelFile(llvm::StringRef path);

/// Parses a serialised onnx::ModelProto into `model`. Errors tell a file that is not ONNX from one
/// that is cut off or damaged; they do not name the file.
llvm::Error parseModel(llvm::StringRef bytes, onnx::ModelProto &model);

} // namespace bstc

#endif // BSTC_FRONTEND_MODEL_FILE_H

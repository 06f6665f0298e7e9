#ifndef BSTC_TOOLS_BSTC_FILES_ARRAY_FILE_H
#define BSTC_TOOLS_BSTC_FILES_ARRAY_FILE_H

#include "tools/bstc/files/npy.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// Reads a .npy file or an ONNX TensorProto (.pb), told apart by their contents. Errors name the
/// path, as parseNpy's and parseTensorProto's do.
llvm::Expected<Array> readArray(llvm::StringRef path);

/// Decodes a serialised ONNX TensorProto: float32, int8, uint8 or int32, data inside the message.
llvm::Expected<Array> parseTensorProto(llvm::StringRef contents, llvm::StringRef source);

/// Passes the elements of `tensor`, given as they lie in memory, to `take` in ONNX order, piece by
/// piece: row-major ones as they are, others through a small buffer. The first error ends it.
llvm::Error inOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> stored,
                        llvm::function_ref<llvm::Error(llvm::ArrayRef<std::byte>)> take);
/// The reverse, from all elements at once into memory of tensor.size bytes.
void fromOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> elements,
                   llvm::MutableArrayRef<std::byte> stored);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_FILES_ARRAY_FILE_H

#ifndef BSTC_TOOLS_BSTC_ARRAY_FILE_H
#define BSTC_TOOLS_BSTC_ARRAY_FILE_H

#include "tools/bstc/npy.h"

namespace bstc {

/// Reads a .npy file or an ONNX TensorProto (.pb), told apart by their contents. Errors name the
/// path, as parseNpy's and parseTensorProto's do.
llvm::Expected<Array> readArray(llvm::StringRef path);

/// Decodes a serialised ONNX TensorProto: float32, int8, uint8 or int32, data inside the message.
llvm::Expected<Array> parseTensorProto(llvm::StringRef contents, llvm::StringRef source);

/// The elements of `tensor`, given as they lie in memory, in ONNX order.
std::vector<std::byte> toOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> stored);
/// The reverse, into memory of tensor.size bytes.
void fromOnnxOrder(const bst::Tensor &tensor, llvm::ArrayRef<std::byte> elements,
                   llvm::MutableArrayRef<std::byte> stored);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_ARRAY_FILE_H

#ifndef BSTC_TOOLS_BSTC_FILES_NPY_H
#define BSTC_TOOLS_BSTC_FILES_NPY_H

#include "runtime/program/program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace bstc {

/// A whole tensor on the host: row-major, ONNX order.
struct Array {
  bst::DType dtype = bst::DType::F32;
  std::vector<int32_t> shape;
  llvm::ArrayRef<std::byte> bytes; ///< In `owner`: a file's contents are used where they are.
  std::shared_ptr<const void> owner;
};

/// Reads the contents of a .npy file (format versions 1 to 3, NumPy's numpy.lib.format): float32,
/// int8, uint8 or int32, little endian, C order. Errors name `source`: no .npy file, truncated or
/// too long data, an unreadable header, another dtype or order.
/// The array takes the file over; of a text, it takes a copy.
llvm::Expected<Array> parseNpy(std::unique_ptr<llvm::MemoryBuffer> file, llvm::StringRef source);
llvm::Expected<Array> parseNpy(llvm::StringRef contents, llvm::StringRef source);

/// What stands before the elements in a .npy file (version 1).
std::string npyHeader(bst::DType dtype, llvm::ArrayRef<int32_t> shape);
/// The contents of a .npy file (version 1) with these elements.
std::string npyBytes(bst::DType dtype, llvm::ArrayRef<int32_t> shape,
                     llvm::ArrayRef<std::byte> elements);

/// NumPy's name of a type: "float32".
const char *numpyName(bst::DType dtype);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_FILES_NPY_H

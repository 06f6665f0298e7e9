#ifndef BSTC_TOOLS_BSTC_NPY_H
#define BSTC_TOOLS_BSTC_NPY_H

#include "runtime/program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <string>
#include <vector>

namespace bstc {

/// A whole tensor on the host: row-major, ONNX order.
struct Array {
  bst::DType dtype = bst::DType::F32;
  std::vector<int32_t> shape;
  std::vector<std::byte> bytes;
};

/// Reads the contents of a .npy file (format versions 1 to 3, NumPy's numpy.lib.format): float32,
/// int8, uint8 or int32, little endian, C order. Errors name `source`: no .npy file, truncated or
/// too long data, an unreadable header, another dtype or order.
llvm::Expected<Array> parseNpy(llvm::StringRef contents, llvm::StringRef source);

/// The contents of a .npy file (version 1) with these elements.
std::string npyBytes(bst::DType dtype, llvm::ArrayRef<int32_t> shape,
                     llvm::ArrayRef<std::byte> elements);

/// NumPy's name of a type: "float32".
const char *numpyName(bst::DType dtype);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_NPY_H

#ifndef BSTC_TOOLS_BSTC_OUTPUT_H
#define BSTC_TOOLS_BSTC_OUTPUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstddef>

namespace bstc {

/// Writes a file whole or not at all: to a temporary file in the same folder, which then takes the
/// name. Nothing is left of it after an error or a signal (interrupt, kill request), and what was
/// there before stays. Devices and pipes are written directly. Errors name the path.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);
llvm::Error writeFile(llvm::StringRef path, llvm::ArrayRef<std::byte> contents);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_OUTPUT_H

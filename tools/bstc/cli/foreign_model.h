#ifndef BSTC_TOOLS_BSTC_CLI_FOREIGN_MODEL_H
#define BSTC_TOOLS_BSTC_CLI_FOREIGN_MODEL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace bstc {

/// "a PyTorch checkpoint ...; export it to ONNX: ..." for a network in the format of another tool,
/// by the first bytes of the file or else by its name; an empty text for everything else, and where
/// there is no such file. A file whose first bytes are those of an ONNX file is one, whatever its
/// name, but for ".mlmodel".
std::string foreignModelAdvice(llvm::StringRef path);

/// That, as an error that names the file.
llvm::Error checkNotForeign(llvm::StringRef path);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_FOREIGN_MODEL_H

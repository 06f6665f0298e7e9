#ifndef BSTC_TOOLS_BSTC_CLI_INPUTS_H
#define BSTC_TOOLS_BSTC_CLI_INPUTS_H

#include "runtime/program/program.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace bstc {

/// Reads the files (.npy, .pb) that `option` names, "[NAME=]FILE" once per input of the program,
/// into the memory of the inputs, which `memory` finds by tensor. Errors: an input that is missing,
/// given twice or of another type or shape.
llvm::Error
loadInputs(const bst::Program &program, llvm::StringRef option,
           llvm::ArrayRef<llvm::StringRef> arguments,
           llvm::function_ref<llvm::MutableArrayRef<std::byte>(uint32_t tensor)> memory);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_INPUTS_H

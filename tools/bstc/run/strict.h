#ifndef BSTC_TOOLS_BSTC_RUN_STRICT_H
#define BSTC_TOOLS_BSTC_RUN_STRICT_H

#include "runtime/run/session.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// Bytes of each of the program's inputs.
using InputBytes = std::vector<std::vector<std::byte>>;
InputBytes copyInputs(const bst::Program &program, const bst::Session &session);

/// Executes the tile program on modelled memories in every order (runtime/run/strict.h) and
/// compares its outputs with those of the session, which has run on the same inputs. Prints one
/// line. Errors: the first access that is not allowed, or output that differs.
llvm::Error runStrictly(const bst::Program &program, bst::Device &device, const InputBytes &inputs,
                        const bst::Session &expected, llvm::raw_ostream &stream);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_RUN_STRICT_H

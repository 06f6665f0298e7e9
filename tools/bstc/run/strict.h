#ifndef BSTC_TOOLS_BSTC_RUN_STRICT_H
#define BSTC_TOOLS_BSTC_RUN_STRICT_H

#include "runtime/api/program_session.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// Bytes of each of the program's inputs.
using InputBytes = std::vector<std::vector<std::byte>>;
InputBytes copyInputs(const bst::ProgramSession &session);

/// Executes the tile program on modelled memories in every order (backends/simulator/strict.h) and
/// compares its outputs with those of the session, which has run on the same inputs. Prints one
/// line. \p isa: the simulator's instruction set (createSimulator). Errors: the first access that
/// is not allowed, or output that differs.
llvm::Error runStrictly(const bst::ProgramSession &session, const std::string &isa,
                        const InputBytes &inputs, llvm::raw_ostream &stream);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_RUN_STRICT_H

#ifndef BST_RUNTIME_PROGRAM_BINDINGS_H
#define BST_RUNTIME_PROGRAM_BINDINGS_H

#include "runtime/program/program.h"

namespace bst {

/// The tensors that lie elsewhere when one input or output of a program is given memory of its own:
/// itself and its other names (a reshape is an alias). Empty where that cannot be told, as for an
/// output that is an input: those are copied.
using BoundTensors = std::vector<uint32_t>;

/// For every input and output of a program: what moves with it.
struct Bindings {
  std::vector<BoundTensors> inputs, outputs; ///< One per input or output of the program.
};

/// For a program that passed verifyProgram. A tensor's value is the one that was written last to
/// exactly its bytes (package.h); a tensor moves with the value that it stands for, if that is the
/// same one wherever it is read.
Bindings findBindings(const Program &program);

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_BINDINGS_H

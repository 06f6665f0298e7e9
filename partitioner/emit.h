#ifndef BSTC_PARTITIONER_EMIT_H
#define BSTC_PARTITIONER_EMIT_H

#include "partitioner/cost.h"

namespace bstc {

/// What a host can read of the cost without the compiler: Program::cost.
bst::CostSummary summaryOf(const CostReport &cost);

/// Errors: a network that is too large to run; a program that the runtime's own verifier refuses
/// (a bug of the compiler).
llvm::Error checkProgram(const bst::Program &program);

/// The .bst bytes of a program that checkProgram() takes. Errors: too large for a file.
llvm::Expected<std::vector<std::byte>> emitPackage(const bst::Program &program);

} // namespace bstc

#endif // BSTC_PARTITIONER_EMIT_H

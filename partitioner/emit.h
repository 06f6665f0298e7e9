#ifndef BSTC_PARTITIONER_EMIT_H
#define BSTC_PARTITIONER_EMIT_H

#include "partitioner/cost.h"
#include "partitioner/schedule.h"

namespace bstc {

/// The .bst bytes of a compiled program with the cost summary that a host can read without the
/// compiler. Errors: a program that the runtime's own verifier refuses (a bug of the compiler).
llvm::Expected<std::vector<std::byte>> emitPackage(CompiledProgram &compiled,
                                                   const CostReport &cost);

} // namespace bstc

#endif // BSTC_PARTITIONER_EMIT_H

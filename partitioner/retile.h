#ifndef BSTC_PARTITIONER_RETILE_H
#define BSTC_PARTITIONER_RETILE_H

#include "runtime/program/program.h"

#include "llvm/Support/Error.h"

namespace bstc {

struct Target;

/// Why a compilation for `target` would give other commands than `program` has, as a clause that
/// follows "the package": the engines and passes that depend on the device are those of edp.present
/// and dsp.host (Decides::Commands). Empty: it would give the same.
std::string whyOtherCommands(const bst::Program &program, const Target &target);

/// The program with the tiles and the arena that a compilation for `target` would give its commands
/// (whyOtherCommands() says whether they would be the same). For predictions: dependencies between
/// commands are not planned again. Errors: those of planSections.
llvm::Expected<bst::Program> retile(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_RETILE_H

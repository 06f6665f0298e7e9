#ifndef BSTC_TOOLS_BSTC_BLAME_MEASURE_INPUTS_H
#define BSTC_TOOLS_BSTC_BLAME_MEASURE_INPUTS_H

#include "diagnose/measure/measurement.h"
#include "tools/bstc/blame/blame_inputs.h"

namespace bstc {

/// Measures all inputs, `threads` of them side by side; sums do not depend on how many. Pictures
/// that cannot be read are warned of and counted in \p unreadable. Errors: those of measuring; not
/// one picture could be read.
llvm::Error measureInputs(const BlameInputs &inputs, const diagnose::Measurement &measurement,
                          unsigned threads, diagnose::Measures &measures, uint64_t &unreadable);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_BLAME_MEASURE_INPUTS_H

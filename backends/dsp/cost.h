#ifndef BSTC_BACKENDS_DSP_COST_H
#define BSTC_BACKENDS_DSP_COST_H

#include "backends/engine.h"

namespace bstc {

/// Cost of a command on the float vector processor: simple operations of its elements over
/// flopsPerCycle, where an exponential, division or root counts transcendentalFlops of them.
/// Moving an element counts one. Traffic: every tensor once.
Work dspCost(const bst::Program &program, const bst::Command &command, const Target &target);

} // namespace bstc

#endif // BSTC_BACKENDS_DSP_COST_H

#ifndef BSTC_BACKENDS_EDP_COST_H
#define BSTC_BACKENDS_EDP_COST_H

#include "backends/engine.h"

namespace bstc {

/// Cost of a pass through the element-wise data processor: `bytesPerCycle` element operations a
/// cycle, one for each output element, and one for each position of the window of a pooling.
/// Traffic: every tensor once.
Work edpCost(const bst::Program &program, const bst::Command &command, const Target &target);

/// The same for a part of the output, without traffic.
Work edpPartCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                 const Target &target);

} // namespace bstc

#endif // BSTC_BACKENDS_EDP_COST_H

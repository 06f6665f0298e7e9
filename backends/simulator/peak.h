#ifndef BST_BACKENDS_SIMULATOR_PEAK_H
#define BST_BACKENDS_SIMULATOR_PEAK_H

#include "backends/simulator/isa.h"

namespace bst {

/// int8 multiply-accumulates a second that one thread of this processor reaches with the best
/// multiply-add of `isa`, measured for some 20 ms on registers alone: what a convolution's speed
/// can be held against. Vector instructions only: 0 for Isa::Scalar.
double measurePeakMacs(Isa isa);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_PEAK_H

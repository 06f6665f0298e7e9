#ifndef BSTC_DRIVER_SAMPLE_INPUT_H
#define BSTC_DRIVER_SAMPLE_INPUT_H

#include "ir/types.h"

namespace bstc {

/// A picture-like f32 tensor of `type`'s shape: flat patches of 16x16 pixels with a little noise,
/// steps of 1/255 in [0, 1]. The same numbers on every machine. For when no real input is at hand.
TensorDataRef sampleInput(const TensorType &type);

} // namespace bstc

#endif // BSTC_DRIVER_SAMPLE_INPUT_H

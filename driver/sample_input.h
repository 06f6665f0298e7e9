#ifndef BSTC_DRIVER_SAMPLE_INPUT_H
#define BSTC_DRIVER_SAMPLE_INPUT_H

#include "ir/graph.h"

namespace bstc {

/// The real numbers that a sample of an input spans.
struct SampleRange {
  float low = 0, high = 1;
};

/// A picture-like tensor of `type`'s shape, f32 or, with all values of a byte, s8 or u8: flat
/// patches of 16x16 pixels (a quarter of what is smaller than 64) with a little noise, 256 levels
/// from `low` to `high`. The same numbers on every machine. For when no real input is at hand.
TensorDataRef sampleInput(const TensorType &type, SampleRange range = {});

/// What a sample of the graph input `input` should span: all codes of the QuantizeLinear that reads
/// it, so that nothing that the network can be given is left out; where nothing quantises it, the
/// numbers around 0 in which activations bend, -4 to 4.
SampleRange inputRange(const Value &input);

} // namespace bstc

#endif // BSTC_DRIVER_SAMPLE_INPUT_H

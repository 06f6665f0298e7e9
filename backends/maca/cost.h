#ifndef BSTC_BACKENDS_MACA_COST_H
#define BSTC_BACKENDS_MACA_COST_H

#include "backends/engine.h"

namespace bstc {

/// Cost of a convolution on the MAC array.
///
/// macSlots = ceil(out pixels, pixelQuantum) * strideFactor (where a stride is > 1)
///            * ceil(out channels, outChannelQuantum) * in channels of a group * kernelH * kernelW
/// with at least depthwiseGroup input channels per group; groups with fewer share an array block.
/// This is `mac_cnt` of the vendor's emulator (tests/cost holds it against published charts).
/// With channelAugmentation, as many kernel columns as fit beside fewer than inChannelQuantum
/// channels count as channels.
/// cycles = slots with the input channels rounded up to inChannelQuantum / (macsPerCycle *
/// efficiency), or the time to read the weights from their memory, whichever is longer. A depthwise
/// convolution on a unit of its own: ceil(out pixels, depthwiseMacsPerCycle / outChannelQuantum) *
/// ceil(out channels, outChannelQuantum) * kernelH * kernelW / depthwiseMacsPerCycle.
/// Traffic: input and output maps once, weights as the array's blocks, 4 bytes of bias per channel.
Work macaCost(const bst::Program &program, const bst::Command &command, const Target &target);

/// The same for a part of the output, without traffic.
Work macaPartCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                  const Target &target);

} // namespace bstc

#endif // BSTC_BACKENDS_MACA_COST_H

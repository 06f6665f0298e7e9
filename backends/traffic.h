#ifndef BSTC_BACKENDS_TRAFFIC_H
#define BSTC_BACKENDS_TRAFFIC_H

#include "backends/engine.h"

namespace bstc {

/// `value` rounded up to a multiple of `quantum` (> 0).
constexpr uint64_t roundUp(uint64_t value, uint64_t quantum) {
  return (value + quantum - 1) / quantum * quantum;
}

/// Bytes that `tensor` occupies in the device's DRAM: int8 feature maps (Nhwc) are stored in blocks
/// of maca.outChannelQuantum channels; everything else is dense.
uint64_t dramBytes(const bst::Tensor &tensor, const Target &target);

/// Adds the traffic of a command that reads each input and writes each output once, through
/// on-chip memory: its DRAM bytes, and twice as many SRAM bytes (in and out of it).
void addTensorTraffic(const bst::Program &program, const bst::Command &command,
                      const Target &target, Work &work);

} // namespace bstc

#endif // BSTC_BACKENDS_TRAFFIC_H

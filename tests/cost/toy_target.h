#ifndef BSTC_TESTS_COST_TOY_TARGET_H
#define BSTC_TESTS_COST_TOY_TARGET_H

#include "backends/target.h"

namespace bstc {

/// A device whose numbers are small and all different, so that a cost shows which of them it took.
inline Target toyTarget() {
  Target target;
  target.maca = {/*macsPerCycle=*/64,        /*pixelQuantum=*/4,
                 /*outChannelQuantum=*/2,
                 /*inChannelQuantum=*/8,     /*depthwiseGroup=*/2,
                 /*strideFactor=*/3,
                 /*clockMHz=*/100,           /*dataMemoryBytes=*/1024,
                 /*weightMemoryBytes=*/1024,
                 /*weightBytesPerCycle=*/5,  /*commandCycles=*/7};
  target.edp = {/*bytesPerCycle=*/10, /*clockMHz=*/50, /*commandCycles=*/11};
  target.dsp = {/*flopsPerCycle=*/4, /*transcendentalFlops=*/6, /*clockMHz=*/25,
                /*commandCycles=*/13};
  target.dram = {/*bytesPerCycle=*/8, /*gigabytesPerSecond=*/1};
  return target;
}

} // namespace bstc

#endif // BSTC_TESTS_COST_TOY_TARGET_H

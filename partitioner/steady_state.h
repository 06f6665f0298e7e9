#ifndef BSTC_PARTITIONER_STEADY_STATE_H
#define BSTC_PARTITIONER_STEADY_STATE_H

#include "partitioner/timeline.h"

#include <limits>

namespace bstc {

/// A time in which the pipeline is neither filling nor draining.
struct SteadyState {
  Interval window;     ///< From the end of a frame to the end of a later one.
  uint32_t frames = 1; ///< That end in it.
  /// The window is a whole number of repetitions: what happens in it happens again and again.
  bool repeats = false;
  double period() const { return window.seconds() / frames; } ///< From frame to frame.
};

/// Finds the steady state of a timeline: the last frames before it drains whose distances repeat,
/// one by one or in a pattern of some; where none do, those in its second half.
SteadyState steadyState(const Timeline &timeline);

/// Simulates as many frames as it takes until they repeat; where they never do, a hundred or more.
Timeline simulateSteady(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                        const Target &target);

/// The period of the steady state alone, seconds: as soon as frames repeat, no more are simulated.
/// \p wanted: what is far from this period with the first frames is left at these.
double steadyPeriod(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                    const Target &target, double wanted = std::numeric_limits<double>::infinity());

/// What the busiest resource needs for a frame, seconds: no frames follow each other faster. Where
/// they do not repeat, a mean over some of them can be below it.
double leastPeriod(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                   const Target &target);

/// What a resource waits for: the queue that is at work while the resource is idle, or no queue
/// ("other": the driver between jobs, the host).
constexpr size_t waitCauses = bst::queueNames.size() + 1;
constexpr size_t otherCause = bst::queueNames.size();
using Waits = std::array<double, waitCauses>; ///< Seconds by bst::Queue, then otherCause.

/// What one resource does in a frame of the steady state; adds up to the period, or leastPeriod().
struct ResourceUse {
  double compute = 0; ///< Arithmetic. Of DRAM: what it moves, at the full rate of memory and port.
  double starts = 0;  ///< Starting commands. Of DRAM: transfers start and nothing else moves.
  double memory = 0;  ///< Waiting for DRAM within operations. Of DRAM: less than its full rate.
  Waits waits{};      ///< Nothing to do, and why.
  double idle() const;
};

/// The use of every resource in the steady state: a mean over cores, or DSPs.
struct SteadyUse {
  std::array<ResourceUse, bst::engineNames.size()> engines; ///< By bst::Engine.
  ResourceUse dram;
};

/// An idle engine waits for the operation that it runs next; that one started when the last of
/// those ended that it had to wait for (dependencies, places on chip, its queue, a frame's arena, a
/// free DSP or DMA channel), which itself may have waited. So the idle time is cut, going
/// backwards, into times in which one operation after the other was at work: those of their queues.
SteadyUse steadyUse(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                    const Target &target, const Timeline &timeline);

} // namespace bstc

#endif // BSTC_PARTITIONER_STEADY_STATE_H

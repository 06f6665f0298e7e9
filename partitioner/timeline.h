#ifndef BSTC_PARTITIONER_TIMELINE_H
#define BSTC_PARTITIONER_TIMELINE_H

#include "partitioner/tile_demand.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

/// From when to when, in seconds from the start of the first frame.
struct Interval {
  double start = 0, end = 0;
  double seconds() const { return end - start; }
};

/// What a queue did, over all frames.
struct QueueUse {
  uint64_t ops = 0;
  double startSeconds = 0;   ///< Starting commands and transfers.
  double computeSeconds = 0; ///< Arithmetic; of a DMA queue, none.
  double busySeconds = 0;    ///< From the start to the end of its operations.
  /// Of an engine: for DRAM, where an operation reads or writes it directly. Of a DMA queue: the
  /// transfer itself.
  double memorySeconds() const { return busySeconds - startSeconds - computeSeconds; }
};

/// What happens when a tile program runs for some frames.
struct Timeline {
  uint32_t frames = 0;
  uint32_t inFlight = 0;            ///< Frames at one time, at most.
  std::vector<Interval> ops;        ///< [frame * number of operations + operation].
  std::vector<Interval> frameTimes; ///< First start to last end of a frame's operations.
  std::array<QueueUse, bst::queueNames.size()> queues;
  std::vector<Interval> moving; ///< When the memory moved something (not for a host), in order.
  double endSeconds = 0;        ///< End of the last frame.
};

/// Runs `frames` frames (at least 1) of `tiles` on `target`: a discrete-event simulation without
/// any wall clock; its cost is linear in the operations.
///
/// Resources. A core has the queues MACA, EDP, LoadData, LoadWeights and Store; frame f runs on
/// core f modulo device.cores. There are dsp.cores DSPs for all of them; a frame uses one at a
/// time. dma.channels bound the transfers of a core at one time. Of those that could start, the one
/// does that an engine needs soonest: with the fewest operations of its frame between those that
/// MACA and EDP run next and the first that waits for it. DRAM goes to what is needed soonest, what
/// is left to the next, within dram.gigabytes_per_second in all and the port's dram.bytes_per_cycle
/// in each direction; a host's processor (dsp.host) has a way of its own to the memory.
///
/// Order. A queue works through the operations of one frame in order; of TileProgram::contexts
/// frames on a core, MACA takes what is ready of the oldest and EDP what is shortest, as MACA is
/// mostly at work on another one and soon waits for it. A free DSP takes what is ready:
/// operations that another queue waits for in the end (quantising a frame's input) before those
/// that nobody waits for (decoding its output), or MACA would idle behind a backlog of decodes; of
/// either, the oldest frame's. It is not interrupted. An operation starts when those that it names
/// in dependsOn have ended.
///
/// Frames. DRAM arenas of frames in flight are separate: device.frames_in_flight of them per core,
/// and one more for each host processor; a frame starts when one that has ended leaves its own.
/// On-chip memories are shared by every TileProgram::contexts-th frame of a core: an operation that
/// writes a place waits for every use of that place by the frame that had it before. Where
/// frames_in_flight is 1, a frame is a job: all that the device does for it waits for the end of
/// the job before and then device.frame_microseconds; a host's work may overlap it.
///
/// An operation: `startSeconds`, then arithmetic and DRAM traffic side by side.
///
/// \p enough: asked with the ends of frames so far, in order; once it is true, nothing goes on.
Timeline simulate(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                  const Target &target, uint32_t frames,
                  llvm::function_ref<bool(llvm::ArrayRef<double> ends)> enough = nullptr);

/// Frames of `target` that are in flight at one time.
uint32_t framesInFlight(const Target &target);

/// Bytes in use of the on-chip memories from `seconds` on.
struct Occupancy {
  double seconds = 0;
  uint64_t dataBytes = 0, weightBytes = 0;
};
/// The occupancy over one frame, whose operations ran at `times`. A place is in use from the start
/// of the operation that writes it to the end of the last one that reads it; what stays for all
/// frames (TileProgram::keptBytes) always is.
std::vector<Occupancy> occupancy(const bst::TileProgram &tiles, llvm::ArrayRef<Interval> times);

} // namespace bstc

#endif // BSTC_PARTITIONER_TIMELINE_H

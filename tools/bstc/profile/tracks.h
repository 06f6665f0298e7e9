#ifndef BSTC_TOOLS_BSTC_PROFILE_TRACKS_H
#define BSTC_TOOLS_BSTC_PROFILE_TRACKS_H

#include "partitioner/timeline.h"

#include <string>
#include <vector>

namespace bstc {

/// An operation of a frame.
struct TrackEvent {
  uint32_t op = 0, frame = 0;
  Interval time;
};

/// A queue of a core, or a DSP: what a chart draws in one row. Its events are in order and do not
/// overlap.
struct Track {
  std::string name; ///< "maca"; "dsp 1" where there are several.
  bst::Queue queue = bst::Queue::Maca;
  uint32_t core = 0; ///< Of a DSP, which of them.
  std::vector<TrackEvent> events;
};

/// The first `frames` frames of a timeline, by core and queue; the DSPs, which serve all cores,
/// come last. The timeline says when a DSP works, not which: a frame's operation goes to the first
/// that is free.
std::vector<Track> tracksOf(const bst::TileProgram &tiles, const Timeline &timeline,
                            const Target &target, uint32_t frames);

/// A value from `seconds` on.
struct Sample {
  double seconds = 0, value = 0;
};

/// Bytes a second between DRAM and the device (not a host), every operation's traffic spread evenly
/// over its time after the start.
std::vector<Sample> dramRate(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                             const Target &target, const Timeline &timeline, uint32_t frames);

/// The occupancy of a core's on-chip memories over its frames among the first `frames`.
std::vector<Occupancy> coreOccupancy(const bst::TileProgram &tiles, const Timeline &timeline,
                                     const Target &target, uint32_t core, uint32_t frames);

/// "rows 0-31, channels 64-127"; empty for the whole of a tensor that has neither.
std::string partText(const bst::Part &part);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_PROFILE_TRACKS_H

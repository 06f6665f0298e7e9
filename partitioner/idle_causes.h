#ifndef BSTC_PARTITIONER_IDLE_CAUSES_H
#define BSTC_PARTITIONER_IDLE_CAUSES_H

#include "partitioner/steady_state.h"

#include <optional>

namespace bstc {

/// Follows operations of a timeline back to what they waited for (steady_state.h says how).
/// Operations are indices into Timeline::ops.
class IdleCauses {
public:
  IdleCauses(const bst::TileProgram &tiles, const Target &target, const Timeline &timeline);

  /// Adds the parts of `idle`, before operation `next` starts, to the queues that were at work.
  void add(uint32_t next, const Interval &idle, Waits &waits) const;

private:
  /// The operation whose end let this one start; none: it is the driver, or the first of all.
  std::optional<uint32_t> waitedFor(uint32_t index) const;
  std::optional<uint32_t> dependency(uint32_t index) const;
  /// Of another frame, as far as arenas and jobs are concerned.
  std::optional<uint32_t> admission(uint32_t index) const;
  /// One that ended then and made a DSP or a DMA channel free.
  std::optional<uint32_t> contender(uint32_t index) const;
  bool endsWhen(uint32_t before, uint32_t index) const {
    return timeline.ops[before].end == timeline.ops[index].start;
  }
  bst::Queue queueOf(uint32_t index) const { return tiles.ops[index % count].queue; }
  bool isHost(uint32_t index) const { return onHost(queueOf(index), target); }

  const bst::TileProgram &tiles;
  const Target &target;
  const Timeline &timeline;
  uint32_t count, cores, lanes;
  std::vector<std::vector<uint32_t>> users; ///< lastUsersOfPlaces().
  std::vector<int64_t> before;              ///< By operation of a frame: the one in its queue; -1.
  std::array<int64_t, bst::queueNames.size()> lastOfQueue; ///< -1: the queue has none.
  std::vector<uint32_t> lastOfFrame, lastOfJob; ///< By frame: the operation that ended last.
  std::vector<uint32_t> framesByEnd;
  std::vector<std::pair<double, uint32_t>> byEnd; ///< Operations with a duration.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_IDLE_CAUSES_H

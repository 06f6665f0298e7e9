#include "partitioner/idle_causes.h"

#include "partitioner/reuse.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc {

IdleCauses::IdleCauses(const bst::TileProgram &tiles, const Target &target,
                       const Timeline &timeline)
    : tiles(tiles), target(target), timeline(timeline), count(uint32_t(tiles.ops.size())),
      cores(uint32_t(target.device.cores)), lanes(cores * tiles.contexts),
      users(lastUsersOfPlaces(tiles)) {
  lastOfQueue.fill(-1);
  for (uint32_t op = 0; op < count; ++op) {
    int64_t &last = lastOfQueue[size_t(tiles.ops[op].queue)];
    before.push_back(last);
    last = op;
  }
  for (uint32_t frame = 0; frame < timeline.frames; ++frame) {
    uint32_t last = frame * count, lastJob = last;
    for (uint32_t index = frame * count; index < (frame + 1) * count; ++index) {
      const Interval &time = timeline.ops[index];
      if (time.end > timeline.ops[last].end)
        last = index;
      if (!isHost(index) && time.end > timeline.ops[lastJob].end)
        lastJob = index;
      if (time.seconds() > 0)
        byEnd.emplace_back(time.end, index);
    }
    lastOfFrame.push_back(last);
    lastOfJob.push_back(lastJob);
    framesByEnd.push_back(frame);
  }
  llvm::sort(byEnd);
  llvm::stable_sort(framesByEnd, [&](uint32_t a, uint32_t b) {
    return timeline.frameTimes[a].end < timeline.frameTimes[b].end;
  });
}

std::optional<uint32_t> IdleCauses::dependency(uint32_t index) const {
  const uint32_t op = index % count, first = index - op, frame = index / count;
  for (uint32_t earlier : tiles.ops[op].dependsOn)
    if (endsWhen(first + earlier, index))
      return first + earlier;
  const uint32_t back = lanes * count; // To the frame that had the memory before.
  if (frame >= lanes)
    for (uint32_t user : users[op])
      if (endsWhen(first - back + user, index))
        return first - back + user;
  if (before[op] >= 0) {
    if (endsWhen(first + uint32_t(before[op]), index))
      return first + uint32_t(before[op]);
  } else if (frame >= lanes && queueOf(index) != bst::Queue::Dsp) {
    const uint32_t last = first - back + uint32_t(lastOfQueue[size_t(queueOf(index))]);
    if (endsWhen(last, index))
      return last;
  }
  return std::nullopt;
}

std::optional<uint32_t> IdleCauses::admission(uint32_t index) const {
  const uint32_t frame = index / count;
  if (target.device.framesInFlight == 1 && !isHost(index) && frame >= cores &&
      endsWhen(lastOfJob[frame - cores], index))
    return lastOfJob[frame - cores];
  if (frame >= timeline.inFlight) {
    const uint32_t freed = lastOfFrame[framesByEnd[frame - timeline.inFlight]];
    if (endsWhen(freed, index))
      return freed;
  }
  return std::nullopt;
}

std::optional<uint32_t> IdleCauses::contender(uint32_t index) const {
  const double start = timeline.ops[index].start;
  const bool dsp = queueOf(index) == bst::Queue::Dsp;
  for (auto it = llvm::lower_bound(byEnd, std::pair(start, 0u));
       it != byEnd.end() && it->first == start; ++it) {
    const bst::Queue queue = queueOf(it->second);
    const bool sameCore = it->second / count % cores == index / count % cores;
    const bool transfers = !isEngine(queue) && !isEngine(queueOf(index));
    const bool sameQueue = queue == queueOf(index) && it->second != index;
    if (dsp ? queue == bst::Queue::Dsp : sameCore && (transfers || sameQueue))
      return it->second;
  }
  return std::nullopt;
}

std::optional<uint32_t> IdleCauses::waitedFor(uint32_t index) const {
  if (const auto found = dependency(index))
    return found;
  if (const auto found = admission(index))
    return found;
  return contender(index);
}

void IdleCauses::add(uint32_t next, const Interval &idle, Waits &waits) const {
  double until = idle.end;
  uint32_t at = next;
  // Each step goes back to an operation that ended before; there are no more than operations.
  for (size_t steps = 0; steps < timeline.ops.size() && until > idle.start; ++steps) {
    const std::optional<uint32_t> earlier = waitedFor(at);
    const uint32_t frame = at / count;
    if (!earlier && (target.device.framesInFlight > 1 || isHost(at) || frame < cores))
      break;
    // Without one it was the driver's time between two jobs.
    at = earlier ? *earlier : lastOfJob[frame - cores];
    const Interval &time = timeline.ops[at];
    if (!earlier && time.end < until) {
      const double from = std::max(time.end, idle.start);
      waits[otherCause] += until - from;
      until = from;
    }
    if (time.start < until) {
      const double from = std::max(time.start, idle.start);
      waits[size_t(queueOf(at))] += until - from;
      until = from;
    }
  }
  waits[otherCause] += std::max(until - idle.start, 0.0);
}

} // namespace bstc

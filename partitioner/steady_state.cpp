#include "partitioner/steady_state.h"

#include "partitioner/dram_port.h"
#include "partitioner/idle_causes.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace bstc {
namespace {

/// Distances that differ by less than this share of the greatest are the same.
constexpr double sameDistance = 1e-6;
/// The period of so many frames that do not repeat is hardly longer than that of many by this
/// share.
double longerBy(size_t frames) { return 2.0 / double(frames); }
/// So many are simulated where they never do.
uint32_t mostFrames(uint32_t inFlight) { return 8 * inFlight + 64; }

/// Do the `count` distances between frames' ends before `last` repeat with `step`?
bool repeatsWith(llvm::ArrayRef<double> ends, size_t last, size_t step, size_t count) {
  double greatest = 0;
  for (size_t i = last - count + 1; i <= last; ++i)
    greatest = std::max(greatest, ends[i] - ends[i - 1]);
  for (size_t i = last - count + 1 + step; i <= last; ++i) {
    const double here = ends[i] - ends[i - 1], before = ends[i - step] - ends[i - step - 1];
    if (std::abs(here - before) > sameDistance * greatest)
      return false;
  }
  return greatest > 0;
}

/// With how many frames the distances before `last` repeat, long enough for every frame in flight
/// to have been replaced; 0: they do not.
size_t repetition(llvm::ArrayRef<double> ends, size_t last, uint32_t inFlight) {
  for (size_t step = 1; 2 * step <= last; ++step) {
    const size_t span = std::max<size_t>(2 * step, inFlight + 2);
    if (span <= last && repeatsWith(ends, last, step, span))
      return step;
  }
  return 0;
}

bool movesByDevice(bst::Queue queue, const OpDemand &demand, const Target &target) {
  return !onHost(queue, target) && demand.readBytes + demand.writeBytes > 0;
}

/// Of a frame's traffic.
double leastDramSeconds(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                        const Target &target) {
  double read = 0, written = 0;
  for (size_t op = 0; op < demands.size(); ++op)
    if (movesByDevice(tiles.ops[op].queue, demands[op], target)) {
      read += double(demands[op].readBytes);
      written += double(demands[op].writeBytes);
    }
  return DramPort(target).leastSeconds(read, written);
}

double overlap(double from, double to, const Interval &window) {
  return std::max(std::min(to, window.end) - std::max(from, window.start), 0.0);
}

class UseCounter {
public:
  UseCounter(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands, const Target &target,
             const Timeline &timeline, const SteadyState &steady)
      : tiles(tiles), demands(demands), target(target), timeline(timeline), window(steady.window),
        frames(steady.frames), causes(tiles, target, timeline) {}

  ResourceUse engine(bst::Engine engine) {
    ResourceUse use;
    const bool dsp = engine == bst::Engine::Dsp;
    const auto copies = size_t(dsp ? target.dsp.cores : target.device.cores);
    std::vector<double> freeFrom(copies, window.start);
    for (uint32_t index : startedOn(bst::Queue(engine))) {
      const uint32_t frame = index / uint32_t(tiles.ops.size());
      size_t copy = frame % copies;
      if (dsp) // Any that is free.
        copy =
            size_t(llvm::find_if(freeFrom,
                                 [&](double from) {
                                   return from <= std::max(timeline.ops[index].start, window.start);
                                 }) -
                   freeFrom.begin());
      addOperation(index, freeFrom[copy], use);
      freeFrom[copy] = std::max(freeFrom[copy], timeline.ops[index].end);
    }
    for (double from : freeFrom)
      use.waits[otherCause] += overlap(from, window.end, window);
    takeDemands(bst::Queue(engine), use);
    return mean(use, double(copies));
  }

  ResourceUse dram() {
    ResourceUse use;
    use.compute = leastDramSeconds(tiles, demands, target) * frames;
    double moving = 0, from = window.start;
    const std::vector<uint32_t> first = firstToMove();
    for (size_t i = 0; i < timeline.moving.size(); ++i) {
      const Interval &now = timeline.moving[i];
      moving += overlap(now.start, now.end, window);
      const double start = timeline.ops[first[i]].start;
      use.starts += overlap(std::max(from, start), now.start, window);
      addIdle(first[i], from, start, use);
      from = std::max(from, now.end);
    }
    use.waits[otherCause] += overlap(from, window.end, window);
    use.memory = restOf(moving, use.compute);
    return mean(use, 1);
  }

private:
  const bst::TileProgram &tiles;
  llvm::ArrayRef<OpDemand> demands;
  const Target &target;
  const Timeline &timeline;
  Interval window;
  uint32_t frames;
  IdleCauses causes;

  const OpDemand &demandOf(uint32_t index) const { return demands[index % tiles.ops.size()]; }

  /// Operations of all frames, in the order in which a queue started them.
  std::vector<uint32_t> startedOn(bst::Queue queue) const {
    std::vector<uint32_t> list;
    for (uint32_t index = 0; index < timeline.ops.size(); ++index)
      if (tiles.ops[index % tiles.ops.size()].queue == queue)
        list.push_back(index);
    llvm::stable_sort(list, [&](uint32_t a, uint32_t b) {
      return timeline.ops[a].start < timeline.ops[b].start;
    });
    return list;
  }

  /// For each of Timeline::moving the operation whose traffic it begins with.
  std::vector<uint32_t> firstToMove() const {
    std::vector<std::pair<double, uint32_t>> begins;
    for (uint32_t index = 0; index < timeline.ops.size(); ++index)
      if (movesByDevice(tiles.ops[index % tiles.ops.size()].queue, demandOf(index), target))
        begins.emplace_back(timeline.ops[index].start + demandOf(index).startSeconds, index);
    llvm::sort(begins);
    std::vector<uint32_t> result;
    size_t next = 0;
    for (const Interval &moving : timeline.moving) {
      // Sums of the same times in another order differ in their last digits.
      while (next + 1 < begins.size() && begins[next].first < moving.start - 1e-12)
        ++next;
      result.push_back(begins[next].second);
    }
    return result;
  }

  void addIdle(uint32_t next, double from, double to, ResourceUse &use) {
    const Interval idle = {std::max(from, window.start), std::min(to, window.end)};
    if (idle.end > idle.start)
      causes.add(next, idle, use.waits);
  }

  void addOperation(uint32_t index, double freeFrom, ResourceUse &use) {
    const Interval &time = timeline.ops[index];
    const double started = std::min(time.start + demandOf(index).startSeconds, time.end);
    const double computed = std::min(started + demandOf(index).computeSeconds, time.end);
    use.starts += overlap(time.start, started, window);
    use.compute += overlap(started, computed, window);
    use.memory += overlap(computed, time.end, window);
    addIdle(index, freeFrom, time.start, use);
  }

  /// What an engine does for a frame is what its operations ask for; the window holds that but for
  /// rounding, or but for the frames at its ends where they do not repeat.
  void takeDemands(bst::Queue queue, ResourceUse &use) const {
    const double busy = use.compute + use.starts + use.memory;
    use.compute = use.starts = 0;
    for (size_t op = 0; op < demands.size(); ++op)
      if (tiles.ops[op].queue == queue) {
        use.compute += demands[op].computeSeconds * frames;
        use.starts += demands[op].startSeconds * frames;
      }
    use.memory = restOf(busy, use.compute + use.starts);
  }

  /// Without what is rounding.
  static double restOf(double all, double part) { return all - part > 1e-9 * all ? all - part : 0; }

  ResourceUse mean(ResourceUse use, double copies) const {
    const double shares = copies * frames;
    use.compute /= shares;
    use.starts /= shares;
    use.memory /= shares;
    for (double &wait : use.waits)
      wait /= shares;
    return use;
  }
};

} // namespace

double ResourceUse::idle() const {
  double sum = 0;
  for (double wait : waits)
    sum += wait;
  return sum;
}

double leastPeriod(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                   const Target &target) {
  std::array<double, bst::queueNames.size()> busy{};
  for (size_t op = 0; op < demands.size(); ++op)
    busy[size_t(tiles.ops[op].queue)] += demands[op].startSeconds + demands[op].computeSeconds;
  double least = leastDramSeconds(tiles, demands, target);
  for (bst::Queue queue : {bst::Queue::Maca, bst::Queue::Edp, bst::Queue::Dsp}) {
    const int64_t copies = queue == bst::Queue::Dsp ? target.dsp.cores : target.device.cores;
    least = std::max(least, busy[size_t(queue)] / double(copies));
  }
  return least;
}

SteadyState steadyState(const Timeline &timeline) {
  std::vector<double> ends;
  for (const Interval &frame : timeline.frameTimes)
    ends.push_back(frame.end);
  llvm::sort(ends);
  const size_t count = ends.size();
  if (count < 2)
    return {{0, timeline.endSeconds}};
  const size_t edge = std::min<size_t>(timeline.inFlight, (count - 2) / 2);
  const size_t last = count - 1 - edge;
  if (const size_t step = repetition(ends, last, timeline.inFlight))
    return {{ends[last - step], ends[last]}, uint32_t(step), true};
  const size_t first = std::min(std::max(edge, count / 2), last - 1);
  return {{ends[first], ends[last]}, uint32_t(last - first), false};
}

Timeline simulateSteady(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                        const Target &target) {
  const uint32_t window = framesInFlight(target), most = mostFrames(window);
  for (uint32_t frames = 2 * window + 6;; frames *= 2) {
    Timeline timeline = simulate(tiles, demands, target, std::min(frames, most));
    if (frames >= most || steadyState(timeline).repeats)
      return timeline;
  }
}

double steadyPeriod(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                    const Target &target, double wanted) {
  const uint32_t window = framesInFlight(target), first = 2 * window + 2;
  double period = 0;
  const auto enough = [&](llvm::ArrayRef<double> ends) {
    const size_t last = ends.size() - 1;
    if (last < first) // The pipeline is still filling.
      return false;
    if (const size_t step = repetition(ends, last, window)) {
      period = (ends[last] - ends[last - step]) / double(step);
      return true;
    }
    period = (ends[last] - ends[last / 2]) / double(last - last / 2);
    return last >= first + 4 && period > wanted * (1 + longerBy(last));
  };
  const Timeline timeline = simulate(tiles, demands, target, mostFrames(window), enough);
  return timeline.frameTimes.back().end > 0 ? steadyState(timeline).period() : period;
}

/// Where frames do not repeat, what is idle in a window is not quite what its frames leave idle.
static void addUpTo(double period, ResourceUse &use) {
  double left = std::max(period - use.compute, 0.0);
  for (double *part : {&use.starts, &use.memory}) {
    *part = std::min(*part, left);
    left -= *part;
  }
  const double idle = use.idle();
  for (double &wait : use.waits)
    wait *= idle > left ? left / idle : 1;
  use.waits[otherCause] += std::max(left - idle, 0.0);
}

SteadyUse steadyUse(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                    const Target &target, const Timeline &timeline) {
  SteadyUse use;
  if (tiles.ops.empty())
    return use;
  const SteadyState steady = steadyState(timeline);
  UseCounter counter(tiles, demands, target, timeline, steady);
  for (size_t engine = 0; engine < use.engines.size(); ++engine)
    use.engines[engine] = counter.engine(bst::Engine(engine));
  use.dram = counter.dram();
  if (!steady.repeats) {
    const double period = std::max(steady.period(), leastPeriod(tiles, demands, target));
    for (ResourceUse &engine : use.engines)
      addUpTo(period, engine);
    addUpTo(period, use.dram);
  }
  return use;
}

} // namespace bstc

// What the FPS depends on: resources (what bounds it) and uncertain numbers of the device (its
// range).
#include "partitioner/cost.h"
#include "partitioner/retile.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc {
namespace {

/// The device and what is asked of it, with twice as much of one resource.
struct Doubled {
  std::vector<OpDemand> demands;
  Target target;
};

Doubled doubled(const CostReport &report, const bst::TileProgram &tiles, const Target &target,
                Bound resource) {
  Doubled result = {report.demands, target};
  for (size_t op = 0; op < tiles.ops.size(); ++op) {
    OpDemand &demand = result.demands[op];
    if (resource == Bound::Overhead)
      demand.startSeconds /= 2;
    else if (size_t(tiles.ops[op].queue) == size_t(resource))
      demand.computeSeconds /= 2;
  }
  if (resource == Bound::Dram) {
    result.target.dram.bytesPerCycle *= 2;
    result.target.dram.gigabytesPerSecond *= 2;
    result.target.dram.coreGigabytesPerSecond *= 2;
    result.target.host.gigabytesPerSecond *= 2;
  } else if (resource == Bound::Overhead) {
    result.target.device.frameMicroseconds /= 2;
  } else if (resource == Bound::Dsp) {
    result.target.host.frameMilliseconds /= 2;
  }
  return result;
}
static_assert(size_t(Bound::Maca) == size_t(bst::Queue::Maca) &&
              size_t(Bound::Edp) == size_t(bst::Queue::Edp) &&
              size_t(Bound::Dsp) == size_t(bst::Queue::Dsp));

/// Does the frame use any of an engine? Of DRAM and starts it always may.
bool uses(const CostReport &report, size_t resource) {
  return resource >= std::size(report.engines) || report.engines[resource].commands > 0 ||
         resource == size_t(Bound::Dsp);
}

/// FPS of the program on a device that differs from the report's in fields that decide `tiles` or
/// not. Errors: the device is too small for it.
llvm::Expected<double> fpsOn(const bst::Program &program, const Target &other, bool newTiles) {
  if (!newTiles)
    return predictFps(program.tiles, tileDemands(program, program.tiles, other), other);
  llvm::Expected<bst::Program> again = retile(program, other);
  if (!again)
    return again.takeError();
  return predictFps(again->tiles, tileDemands(*again, again->tiles, other), other);
}

} // namespace

void nameBound(CostReport &report, const bst::TileProgram &tiles, const Target &target) {
  FasterFps &fps = report.faster;
  size_t most = 0;
  for (size_t resource = 0; resource < boundCount; ++resource) {
    fps[resource] = report.framesPerSecond;
    if (uses(report, resource)) {
      const Doubled faster = doubled(report, tiles, target, Bound(resource));
      fps[resource] = predictFps(tiles, faster.demands, faster.target);
    }
    // Rounding of sums of times is no gain.
    if (fps[resource] > fps[most] * (1 + 1e-9))
      most = resource;
  }
  report.gain = fps[most] / report.framesPerSecond - 1;
  report.bound = report.gain >= leastGain ? Bound(most) : Bound::Sync;
}

FpsRange predictRange(const bst::Program &program, const Target &target, const CostReport &report) {
  FpsRange range;
  range.low = range.high = report.framesPerSecond;
  if (range.low == 0)
    return range;
  std::string refusal;
  const auto fps = [&](const Target &other, bool newTiles) {
    llvm::Expected<double> found = fpsOn(program, other, newTiles);
    if (!found)
      refusal = llvm::toString(found.takeError());
    const double value = refusal.empty() ? *found : 0;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
    return value;
  };
  Target allWorse = target, allBetter = target;
  bool known = true, newTiles = false;
  for (size_t i = 0; i < target.fields.size(); ++i) {
    const TargetField &field = target.fields[i];
    if (!field.uncertain())
      continue;
    known = false;
    const bool decides = field.decides != Decides::Times;
    newTiles |= decides;
    const auto fpsAt = [&](double value, Target &all) {
      setField(all, i, value);
      if (value == field.value)
        return report.framesPerSecond;
      Target other = target;
      setField(other, i, value);
      return fps(other, decides);
    };
    refusal.clear();
    FpsRange::Effect effect = {i, 0, 0, ""};
    effect.low = fpsAt(field.moreIsFaster ? field.low : field.high, allWorse);
    effect.high = fpsAt(field.moreIsFaster ? field.high : field.low, allBetter);
    effect.refusal = std::exchange(refusal, "");
    if (std::abs(effect.high - effect.low) > 1e-3 * report.framesPerSecond)
      range.effects.push_back(std::move(effect));
  }
  if (known)
    return range;
  fps(allWorse, newTiles);
  refusal.clear();
  fps(allBetter, newTiles);
  llvm::stable_sort(range.effects, [](const FpsRange::Effect &a, const FpsRange::Effect &b) {
    return std::abs(a.high - a.low) > std::abs(b.high - b.low);
  });
  return range;
}

} // namespace bstc

// What the FPS depends on: resources (what bounds it) and uncertain numbers of the device (its
// range).
#include "partitioner/cost.h"
#include "partitioner/draws.h"
#include "partitioner/retile.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>

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

/// Tile programs of a device's draws: one for each choice of the fields that decide tiles.
class DrawnPlans {
public:
  explicit DrawnPlans(const bst::Program &program) : program(program) {}

  /// FPS on a device; 0 where the network does not run on it. A dozen frames are simulated, of
  /// which the later ones are taken: what a period is wrong by is little beside what draws differ
  /// by.
  double fpsOn(const Target &other) {
    std::vector<double> key;
    for (const TargetField &field : other.fields)
      if (field.uncertain() && field.decides != Decides::Times)
        key.push_back(field.value);
    const bst::Program *planned = key.empty() ? &program : planFor(key, other);
    if (!planned)
      return 0;
    const std::vector<OpDemand> demands = tileDemands(*planned, planned->tiles, other);
    return predictFpsRoughly(planned->tiles, demands, other);
  }

private:
  const bst::Program *planFor(const std::vector<double> &key, const Target &other) {
    auto [plan, isNew] = plans.try_emplace(key);
    if (isNew) {
      llvm::Expected<bst::Program> again = retile(program, other);
      if (again)
        plan->second = std::move(*again);
      else
        llvm::consumeError(again.takeError()); // It does not run there.
    }
    return plan->second ? &*plan->second : nullptr;
  }

  const bst::Program &program;
  std::map<std::vector<double>, std::optional<bst::Program>> plans;
};

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

std::vector<double> predictDraws(const bst::Program &program, const Target &target) {
  std::vector<double> fps;
  if (program.tiles.ops.empty())
    return fps;
  DrawnPlans plans(program);
  for (const Target &device : drawTargets(target))
    fps.push_back(plans.fpsOn(device));
  return fps;
}

FpsRange predictRange(const bst::Program &program, const Target &target, const CostReport &report) {
  FpsRange range;
  range.low = range.high = report.framesPerSecond;
  if (range.low == 0)
    return range;
  for (size_t i = 0; i < target.fields.size(); ++i) {
    const TargetField &field = target.fields[i];
    if (!field.uncertain())
      continue;
    FpsRange::Effect effect = {i, 0, 0, ""};
    const auto fpsAt = [&](double value) {
      if (value == field.value)
        return report.framesPerSecond;
      Target other = target;
      setField(other, i, value);
      llvm::Expected<double> fps = fpsOn(program, other, field.decides != Decides::Times);
      if (fps)
        return *fps;
      effect.refusal = llvm::toString(fps.takeError());
      return 0.0;
    };
    effect.low = fpsAt(field.moreIsFaster ? field.low : field.high);
    effect.high = fpsAt(field.moreIsFaster ? field.high : field.low);
    if (std::abs(effect.high - effect.low) > 1e-3 * report.framesPerSecond)
      range.effects.push_back(std::move(effect));
  }
  llvm::stable_sort(range.effects, [](const FpsRange::Effect &a, const FpsRange::Effect &b) {
    return std::abs(a.high - a.low) > std::abs(b.high - b.low);
  });
  range.draws = predictDraws(program, target);
  if (range.draws.empty())
    return range;
  range.low = quantile(range.draws, bandTail);
  range.high = quantile(range.draws, 1 - bandTail);
  return range;
}

} // namespace bstc

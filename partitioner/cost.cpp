#include "partitioner/cost.h"

#include "partitioner/tiling.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>

namespace bstc {
namespace {

constexpr Bound engineBounds[] = {Bound::Maca, Bound::Edp, Bound::Dsp};
constexpr size_t engineCount = bst::engineNames.size();

/// Traffic at the full rate of memory and port, seconds.
double memorySeconds(uint64_t read, uint64_t write, const Target &target) {
  const double port = double(target.dram.bytesPerCycle) * target.maca.clockMHz * 1e6;
  return std::max(double(std::max(read, write)) / port,
                  double(read + write) / (target.dram.gigabytesPerSecond * 1e9));
}

double peakMacs(const Target &target) {
  return double(target.maca.macsPerCycle) * clockHz(bst::Engine::Maca, target);
}

/// How many of an engine work at one time.
double copies(bst::Engine engine, const Target &target) {
  return double(engine == bst::Engine::Dsp ? target.dsp.cores : target.device.cores);
}

void addDemand(CommandCost &cost, const bst::TileOp &op, const OpDemand &demand) {
  cost.work.dramRead += demand.readBytes;
  cost.work.dramWrite += demand.writeBytes;
  cost.work.sramBytes += 2 * (demand.readBytes + demand.writeBytes);
  if (!isEngine(op.queue))
    return;
  ++cost.tiles;
  cost.work.macs += demand.work.macs;
  cost.work.macSlots += demand.work.macSlots;
  cost.work.elements += demand.work.elements;
  cost.work.cycles += demand.work.cycles;
  cost.work.overheadCycles += demand.work.overheadCycles;
  cost.computeSeconds += demand.computeSeconds;
  cost.overheadSeconds += demand.startSeconds;
}

/// What a command is bound by: the greatest of its demands, if that fills half of its time.
Bound boundOf(const CommandCost &cost, bst::Engine engine) {
  const double greatest = std::max({cost.computeSeconds, cost.memorySeconds, cost.overheadSeconds});
  if (greatest == 0)
    return Bound::None;
  if (greatest < cost.seconds / 2)
    return Bound::Sync;
  return greatest == cost.computeSeconds  ? engineBounds[size_t(engine)]
         : greatest == cost.memorySeconds ? Bound::Dram
                                          : Bound::Overhead;
}

/// What each command adds to the time of a frame alone.
void shareLatency(CostReport &report) {
  std::vector<CommandCost *> byEnd;
  for (CommandCost &cost : report.commands)
    byEnd.push_back(&cost);
  llvm::stable_sort(byEnd, [](const CommandCost *a, const CommandCost *b) {
    return a->active.end < b->active.end;
  });
  double front = report.alone.frameTimes.empty() ? 0 : report.alone.frameTimes[0].start;
  for (CommandCost *cost : byEnd) {
    cost->seconds = std::max(cost->active.end - front, 0.0);
    front = std::max(front, cost->active.end);
  }
}

void costCommands(CostReport &report, const bst::Program &program, const Target &target) {
  report.commands.resize(program.commands.size());
  for (uint32_t i = 0; i < report.commands.size(); ++i)
    report.commands[i].command = i;
  for (size_t i = 0; i < report.tiles.ops.size(); ++i) {
    const bst::TileOp &op = report.tiles.ops[i];
    // A sum that rides on a convolution ends with it.
    for (uint32_t index : op.commands) {
      CommandCost &cost = report.commands[index];
      const Interval &time = report.alone.ops[i];
      const bool first = cost.active.end == 0 && cost.tiles == 0 && cost.active.start == 0;
      cost.active.start = first ? time.start : std::min(cost.active.start, time.start);
      cost.active.end = std::max(cost.active.end, time.end);
    }
    addDemand(report.commands[op.commands.front()], op, report.demands[i]);
  }
  shareLatency(report);
  for (CommandCost &cost : report.commands) {
    const bst::Engine engine = program.commands[cost.command].engine;
    cost.memorySeconds = memorySeconds(cost.work.dramRead, cost.work.dramWrite, target);
    cost.bound = boundOf(cost, engine);
    if (engine == bst::Engine::Maca && cost.seconds > 0)
      cost.utilisation = double(cost.work.macs) / (cost.seconds * peakMacs(target));
    report.macs += cost.work.macs;
    report.macSlots += cost.work.macSlots;
    report.dramRead += cost.work.dramRead;
    report.dramWrite += cost.work.dramWrite;
    ++report.engines[size_t(engine)].commands;
  }
}

/// Seconds from frame to frame. A host's own work counts where its processors are the slowest.
double periodOf(const CostReport &report, const Target &target) {
  double period = report.steady.period();
  if (target.dsp.host) {
    const double busy = report.steady.queues[size_t(bst::Queue::Dsp)].busySeconds /
                        std::max(1u, report.steady.frames);
    period =
        std::max(period, (busy + target.host.frameMilliseconds * 1e-3) / double(target.dsp.cores));
  }
  return period;
}

void costEngines(CostReport &report, const Target &target, double period) {
  for (size_t i = 0; i < engineCount; ++i) {
    const QueueUse &use = report.steady.queues[i];
    const double shares = double(report.steady.frames) * copies(bst::Engine(i), target);
    EngineTime &time = report.engines[i];
    time.computeSeconds = use.computeSeconds / shares;
    time.overheadSeconds = use.startSeconds / shares;
    time.waitSeconds = std::max(use.memorySeconds(), 0.0) / shares;
    time.idleSeconds = std::max(period - time.seconds(), 0.0);
  }
  report.dramSeconds = report.steady.dramWorkSeconds / std::max(1u, report.steady.frames);
}

/// Bytes that must pass: constants, and inputs and outputs of the network.
uint64_t leastTraffic(const bst::Program &program) {
  uint64_t bytes = 0;
  for (const bst::Tensor &tensor : program.tensors)
    bytes += tensor.storage == bst::Storage::Weights ? storedSize(tensor) : 0;
  for (uint32_t tensor : program.inputs)
    bytes += storedSize(program.tensors[tensor]);
  for (uint32_t tensor : program.outputs)
    bytes += storedSize(program.tensors[tensor]);
  return bytes;
}

Roofline rooflineOf(const CostReport &report, const bst::Program &program, const Target &target) {
  Roofline roofline;
  for (const CommandCost &cost : report.commands) {
    const bst::Engine engine = program.commands[cost.command].engine;
    double seconds = 0;
    if (engine == bst::Engine::Maca)
      seconds = double(cost.work.macs) / peakMacs(target);
    else if (engine == bst::Engine::Edp)
      seconds =
          double(cost.work.elements) / (double(target.edp.bytesPerCycle) * clockHz(engine, target));
    else
      seconds =
          double(cost.work.elements) / (double(target.dsp.flopsPerCycle) * clockHz(engine, target));
    roofline.engines[size_t(engine)] += seconds / copies(engine, target);
  }
  roofline.dramBytes = leastTraffic(program);
  roofline.dram = double(roofline.dramBytes) / (target.dram.gigabytesPerSecond * 1e9);
  roofline.seconds = roofline.dram;
  roofline.bound = roofline.dram > 0 ? Bound::Dram : Bound::None;
  for (size_t i = 0; i < engineCount; ++i)
    if (roofline.engines[i] > roofline.seconds) {
      roofline.seconds = roofline.engines[i];
      roofline.bound = engineBounds[i];
    }
  return roofline;
}

/// The busiest resource and what its time goes into.
Breakdown breakdownOf(const CostReport &report, double period) {
  Breakdown result;
  double busiest = report.dramSeconds;
  size_t engine = engineCount;
  for (size_t i = 0; i < engineCount; ++i)
    if (report.engines[i].seconds() > busiest) {
      busiest = report.engines[i].seconds();
      engine = i;
    }
  if (busiest == 0)
    return result;
  if (engine == engineCount) {
    result.resource = Bound::Dram;
    result.minimum = std::min(report.roofline.dram, busiest);
    result.excess = busiest - result.minimum;
  } else {
    const EngineTime &time = report.engines[engine];
    result.resource = engineBounds[engine];
    result.minimum = std::min(report.roofline.engines[engine], time.computeSeconds);
    result.excess = time.computeSeconds - result.minimum;
    result.starts = time.overheadSeconds;
    result.waits = time.waitSeconds;
  }
  result.idle = std::max(period - busiest, 0.0);
  return result;
}

Bound boundOf(const Breakdown &breakdown) {
  const double work = breakdown.minimum + breakdown.excess;
  if (breakdown.idle > std::max({work, breakdown.starts, breakdown.waits}))
    return Bound::Sync;
  if (breakdown.waits > std::max(work, breakdown.starts))
    return Bound::Dram;
  return breakdown.starts > work ? Bound::Overhead : breakdown.resource;
}

/// The program's own tiles where they were made for this device.
bst::TileProgram tilesFor(const bst::Program &program, const Target &target) {
  const bool own = !program.tiles.ops.empty() && program.target == target.name;
  return own ? program.tiles : planTiles(program, target);
}

/// Seconds from frame to frame, nothing else.
double periodOn(const bst::Program &program, const CostReport &report, const Target &target) {
  CostReport other;
  other.steady = simulate(report.tiles, tileDemands(program, report.tiles, target), target,
                          std::min(report.steady.frames, steadyFrames));
  return periodOf(other, target);
}

} // namespace

const char *boundName(Bound bound) {
  switch (bound) {
  case Bound::Maca:
    return "maca";
  case Bound::Edp:
    return "edp";
  case Bound::Dsp:
    return "dsp";
  case Bound::Dram:
    return "dram";
  case Bound::Overhead:
    return "overhead";
  case Bound::Sync:
    return "sync";
  case Bound::None:
    break;
  }
  return "none";
}

CostReport predictCost(const bst::Program &program, const Target &target, uint32_t frames) {
  CostReport report;
  report.tiles = tilesFor(program, target);
  report.demands = tileDemands(program, report.tiles, target);
  report.alone = simulate(report.tiles, report.demands, target, 1);
  report.steady = simulate(report.tiles, report.demands, target, frames);
  report.occupancy = occupancy(report.tiles, report.alone.ops);
  costCommands(report, program, target);
  report.latencySeconds = report.alone.endSeconds + target.host.frameMilliseconds * 1e-3;
  const double period = periodOf(report, target);
  costEngines(report, target, period);
  report.roofline = rooflineOf(report, program, target);
  report.breakdown = breakdownOf(report, period);
  report.bound = boundOf(report.breakdown);
  if (period > 0 && !report.tiles.ops.empty()) {
    report.framesPerSecond = 1 / period;
    report.shareOfPeak = double(report.macs) / period / (peakMacs(target) * target.device.cores);
    report.shareOfRoofline = report.roofline.seconds / period;
  }
  return report;
}

FpsRange predictRange(const bst::Program &program, const Target &target, const CostReport &report) {
  FpsRange range;
  range.low = range.high = report.framesPerSecond;
  if (range.low == 0)
    return range;
  const auto fps = [&](const Target &other) { return 1 / periodOn(program, report, other); };
  Target allWorse = target, allBetter = target;
  for (size_t i = 0; i < target.fields.size(); ++i) {
    const TargetField &field = target.fields[i];
    if (!field.uncertain())
      continue;
    const double worse = field.moreIsFaster ? field.low : field.high;
    const double better = field.moreIsFaster ? field.high : field.low;
    setField(allWorse, i, worse);
    setField(allBetter, i, better);
    Target other = target;
    setField(other, i, worse);
    FpsRange::Effect effect = {i, fps(other), 0};
    setField(other, i, better);
    effect.high = fps(other);
    if (effect.high - effect.low > 1e-3 * report.framesPerSecond)
      range.effects.push_back(effect);
  }
  range.low = std::min(range.low, fps(allWorse));
  range.high = std::max(range.high, fps(allBetter));
  llvm::stable_sort(range.effects, [](const FpsRange::Effect &a, const FpsRange::Effect &b) {
    return a.high - a.low > b.high - b.low;
  });
  return range;
}

} // namespace bstc

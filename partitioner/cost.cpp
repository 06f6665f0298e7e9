#include "partitioner/cost.h"

#include "partitioner/dram_port.h"
#include "runtime/program/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bstc {
namespace {

constexpr Bound engineBounds[] = {Bound::Maca, Bound::Edp, Bound::Dsp};
constexpr size_t engineCount = bst::engineNames.size();

/// Traffic at the full rate of memory and port, seconds; a host's, at the rate that it has.
double memorySeconds(const CommandCost &cost, const Target &target) {
  const double port = double(target.dram.bytesPerCycle) * target.maca.clockMHz * 1e6;
  const uint64_t read = cost.work.dramRead, write = cost.work.dramWrite;
  return std::max(double(std::max(read, write)) / port,
                  double(read + write) / coreRate(target) +
                      double(cost.hostBytes) / hostRate(target));
}

double peakMacs(const Target &target) {
  return double(target.maca.macsPerCycle) * clockHz(bst::Engine::Maca, target);
}

/// How many of an engine work at one time.
double copies(bst::Engine engine, const Target &target) {
  return double(engine == bst::Engine::Dsp ? target.dsp.cores : target.device.cores);
}

void addDemand(CommandCost &cost, const bst::TileOp &op, const OpDemand &demand,
               const Target &target) {
  const uint64_t bytes = demand.readBytes + demand.writeBytes;
  if (onHost(op.queue, target)) {
    cost.hostBytes += bytes;
  } else {
    cost.work.dramRead += demand.readBytes;
    cost.work.dramWrite += demand.writeBytes;
    cost.work.sramBytes += 2 * bytes;
  }
  if (!isEngine(op.queue))
    return;
  ++cost.tiles;
  cost.work.macs += demand.work.macs;
  cost.work.elements += demand.work.elements;
  cost.work.macSlots += demand.work.macSlots;
  cost.work.cycles += demand.work.cycles;
  cost.work.overheadCycles += demand.work.overheadCycles;
  cost.computeSeconds += demand.computeSeconds;
  cost.overheadSeconds += demand.startSeconds;
}

/// Where the time of a frame alone goes: to the command whose operation is at work, MACA's before
/// EDP's before DSP's before loads and stores, and there to what the operation does.
class TimeShares {
public:
  TimeShares(CostReport &report, const bst::TileProgram &tiles)
      : report(report), tiles(tiles), spent(report.commands.size()) {}

  void run() {
    // One operation of a queue runs at a time, so a frame is a sequence of intervals.
    std::vector<std::pair<double, uint32_t>> starts;
    for (uint32_t op = 0; op < tiles.ops.size(); ++op)
      starts.emplace_back(report.alone.ops[op].start, op);
    llvm::stable_sort(starts, [](const auto &a, const auto &b) { return a.first < b.first; });
    std::array<uint32_t, bst::queueNames.size()> running;
    running.fill(nobody);
    size_t next = 0;
    double now = 0;
    while (true) {
      double until = next < starts.size() ? starts[next].first : never;
      uint32_t at = nobody;
      for (uint32_t &op : running) {
        if (op != nobody && report.alone.ops[op].end <= now)
          op = nobody;
        if (op != nobody)
          until = std::min(until, report.alone.ops[op].end);
        if (at == nobody)
          at = op;
      }
      if (until == never)
        return;
      if (at != nobody)
        spend(at, now, until);
      else // A frame alone waits for nothing else.
        report.driverSeconds += until - now;
      now = until;
      for (; next < starts.size() && starts[next].first <= now; ++next)
        running[size_t(tiles.ops[starts[next].second].queue)] = starts[next].second;
    }
  }

  /// What most of a command's time goes into; of one without any, its greatest demand.
  Bound bound(const CommandCost &cost, bst::Engine engine) const {
    Spent parts = spent[cost.command];
    if (cost.seconds == 0)
      parts = {cost.computeSeconds, cost.memorySeconds, cost.overheadSeconds};
    const auto most = std::max_element(parts.begin(), parts.end());
    if (*most == 0)
      return Bound::None;
    const Bound names[] = {engineBounds[size_t(engine)], Bound::Dram, Bound::Overhead};
    return names[most - parts.begin()];
  }

private:
  using Spent = std::array<double, 3>; ///< Arithmetic, DRAM, starts.
  static constexpr uint32_t nobody = ~uint32_t(0);
  static constexpr double never = std::numeric_limits<double>::infinity();

  void spend(uint32_t op, double from, double to) {
    const uint32_t command = tiles.ops[op].commands.front();
    report.commands[command].seconds += to - from;
    Spent &parts = spent[command];
    const OpDemand &demand = report.demands[op];
    const double start = report.alone.ops[op].start + demand.startSeconds;
    const double end = start + demand.computeSeconds;
    const auto within = [&](double first, double last) {
      return std::max(std::min(to, last) - std::max(from, first), 0.0);
    };
    parts[2] += within(report.alone.ops[op].start, start);
    parts[0] += within(start, end);
    parts[1] += within(end, never);
  }

  CostReport &report;
  const bst::TileProgram &tiles;
  std::vector<Spent> spent;
};

/// Splits the work of a command's operations into what the network asks for and halos.
void separateHalos(CommandCost &cost, const bst::Program &program, const Target &target) {
  const bst::Command &command = program.commands[cost.command];
  const bst::Part all = bst::wholePart(program.tensors[command.outputs[0]]);
  const Work whole = backendOf(command.engine).partCost(program, command, all, target);
  const auto split = [&](uint64_t &spent, uint64_t asked, uint64_t &recomputed) {
    recomputed = std::max(spent, asked) - asked;
    const double share = spent > 0 ? double(recomputed) / double(spent) : 0;
    cost.haloSeconds = std::max(cost.haloSeconds, share * cost.computeSeconds);
    spent = asked;
  };
  split(cost.work.macs, whole.macs, cost.recomputedMacs);
  split(cost.work.elements, whole.elements, cost.recomputedElements);
}

void costCommands(CostReport &report, const bst::Program &program, const Target &target) {
  report.commands.resize(program.commands.size());
  for (uint32_t i = 0; i < report.commands.size(); ++i)
    report.commands[i].command = i;
  for (size_t i = 0; i < program.tiles.ops.size(); ++i) {
    const bst::TileOp &op = program.tiles.ops[i];
    // A sum that rides on a convolution ends with it.
    for (uint32_t index : op.commands) {
      CommandCost &cost = report.commands[index];
      const Interval &time = report.alone.ops[i];
      const bool first = cost.active.end == 0 && cost.tiles == 0 && cost.active.start == 0;
      cost.active.start = first ? time.start : std::min(cost.active.start, time.start);
      cost.active.end = std::max(cost.active.end, time.end);
    }
    addDemand(report.commands[op.commands.front()], op, report.demands[i], target);
  }
  TimeShares shares(report, program.tiles);
  shares.run();
  for (CommandCost &cost : report.commands) {
    const bst::Command &command = program.commands[cost.command];
    const bst::Engine engine = command.engine;
    if (cost.computeSeconds > 0)
      separateHalos(cost, program, target);
    cost.memorySeconds = memorySeconds(cost, target);
    cost.bound = shares.bound(cost, engine);
    if (engine == bst::Engine::Maca && cost.seconds > 0)
      cost.utilisation = double(cost.work.macs) / (cost.seconds * peakMacs(target));
    report.macs += cost.work.macs;
    report.recomputedMacs += cost.recomputedMacs;
    report.macSlots += cost.work.macSlots;
    report.dramRead += cost.work.dramRead;
    report.dramWrite += cost.work.dramWrite;
    report.hostBytes += cost.hostBytes;
    EngineTime &time = report.engines[size_t(engine)];
    ++time.commands;
    time.haloSeconds += cost.haloSeconds / copies(engine, target);
  }
}

/// Seconds from frame to frame: as simulated, but no less than a host's processors need for their
/// commands and their own work beside them.
double periodOf(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                const Timeline &timeline, const Target &target) {
  double period = std::max(steadyState(timeline).period(), leastPeriod(tiles, demands, target));
  if (target.dsp.host) {
    const double commands = timeline.queues[size_t(bst::Queue::Dsp)].busySeconds;
    const double host = commands / timeline.frames + target.host.frameMilliseconds * 1e-3;
    period = std::max(period, host / copies(bst::Engine::Dsp, target));
  }
  return period;
}

void costEngines(CostReport &report, const SteadyUse &use, double period) {
  for (size_t i = 0; i < engineCount; ++i) {
    EngineTime &time = report.engines[i];
    time.computeSeconds = use.engines[i].compute;
    time.haloSeconds = std::min(time.haloSeconds, time.computeSeconds);
    time.overheadSeconds = use.engines[i].starts;
    time.waitSeconds = use.engines[i].memory;
    time.waits = use.engines[i].waits;
    // Beyond the simulated time: the host's own work.
    time.idleSeconds = std::max(period - time.seconds(), 0.0);
    time.waits[otherCause] += std::max(time.idleSeconds - use.engines[i].idle(), 0.0);
  }
  report.dram = use.dram;
  const double rest = period - use.dram.compute - use.dram.memory - use.dram.starts;
  report.dram.waits[otherCause] += std::max(rest - use.dram.idle(), 0.0);
}

/// Bytes that must pass: constants that do not stay on chip, and inputs and outputs of the network.
struct Traffic {
  uint64_t read = 0, written = 0;
};

Traffic leastTraffic(const bst::Program &program, const Target &target) {
  // What is a host's own does not pass through the device's port.
  std::vector<bool> device(program.tensors.size(), !target.dsp.host);
  for (const bst::Command &command : program.commands)
    if (command.engine != bst::Engine::Dsp) {
      for (uint32_t tensor : command.inputs)
        device[tensor] = true;
      for (uint32_t tensor : command.outputs)
        device[tensor] = true;
    }
  const auto bytesOf = [&](uint32_t tensor) {
    return device[tensor] ? storedSize(program.tensors[tensor]) : 0;
  };
  Traffic bytes;
  const std::vector<bool> kept = keptConstants(program);
  for (uint32_t tensor = 0; tensor < program.tensors.size(); ++tensor)
    if (program.tensors[tensor].storage == bst::Storage::Weights && !kept[tensor])
      bytes.read += bytesOf(tensor);
  for (uint32_t tensor : program.inputs)
    bytes.read += bytesOf(tensor);
  for (uint32_t tensor : program.outputs)
    bytes.written += bytesOf(tensor);
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
  const Traffic least = leastTraffic(program, target);
  roofline.dramBytes = least.read + least.written;
  roofline.dram = DramPort(target).leastSeconds(double(least.read), double(least.written));
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
Breakdown breakdownOf(const CostReport &report) {
  Breakdown result;
  double busiest = report.dram.compute;
  size_t engine = engineCount;
  for (size_t i = 0; i < engineCount; ++i)
    if (report.engines[i].seconds() > busiest) {
      busiest = report.engines[i].seconds();
      engine = i;
    }
  if (busiest == 0)
    return result;
  if (engine == engineCount) {
    const ResourceUse &dram = report.dram;
    result.resource = Bound::Dram;
    result.minimum = std::min(report.roofline.dram, dram.compute);
    result.excess = dram.compute - result.minimum;
    result.starts = dram.starts;
    result.waits = dram.memory;
    result.waitsFor = dram.waits;
    result.idle = dram.idle();
  } else {
    const EngineTime &time = report.engines[engine];
    result.resource = engineBounds[engine];
    result.minimum = std::min(report.roofline.engines[engine], time.computeSeconds);
    result.excess = time.computeSeconds - result.minimum;
    result.halos = std::min(time.haloSeconds, result.excess);
    result.starts = time.overheadSeconds;
    result.waits = time.waitSeconds;
    result.waitsFor = time.waits;
    result.idle = time.idleSeconds;
  }
  return result;
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

CostReport predictCost(const bst::Program &program, const Target &target) {
  CostReport report;
  report.demands = tileDemands(program, program.tiles, target);
  report.alone = simulate(program.tiles, report.demands, target, 1);
  report.steady = simulateSteady(program.tiles, report.demands, target);
  report.occupancy = occupancy(program.tiles, report.alone.ops);
  costCommands(report, program, target);
  report.latencySeconds = report.alone.endSeconds + target.host.frameMilliseconds * 1e-3;
  const double period = periodOf(program.tiles, report.demands, report.steady, target);
  costEngines(report, steadyUse(program.tiles, report.demands, target, report.steady), period);
  report.roofline = rooflineOf(report, program, target);
  report.least = lowerBoundOf(program, target);
  report.breakdown = breakdownOf(report);
  if (period > 0 && !program.tiles.ops.empty()) {
    report.framesPerSecond = 1 / period;
    report.shareOfPeak = double(report.macs) / period / (peakMacs(target) * target.device.cores);
    report.shareOfRoofline = report.roofline.seconds / period;
    report.shareOfLeast = report.least.seconds() / period;
    nameBound(report, program.tiles, target);
  }
  return report;
}

double predictFps(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                  const Target &target) {
  return 1 / periodOf(tiles, demands, simulateSteady(tiles, demands, target), target);
}

double predictFpsRoughly(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                         const Target &target) {
  const uint32_t frames = 2 * framesInFlight(target) + 6;
  return 1 / periodOf(tiles, demands, simulate(tiles, demands, target, frames), target);
}

} // namespace bstc

#include "partitioner/cost.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc {
namespace {

double clockHz(bst::Engine engine, const Target &target) {
  switch (engine) {
  case bst::Engine::Maca:
    return target.maca.clockMHz * 1e6;
  case bst::Engine::Edp:
    return target.edp.clockMHz * 1e6;
  case bst::Engine::Dsp:
    return target.dsp.clockMHz * 1e6;
  }
  return 0;
}

constexpr Bound engineBounds[] = {Bound::Maca, Bound::Edp, Bound::Dsp};

/// The port moves whole words in each direction at its own clock; the memory serves both
/// directions.
double memorySeconds(const Work &work, const Target &target) {
  const uint64_t word = target.dram.bytesPerCycle;
  const uint64_t portCycles =
      std::max((work.dramRead + word - 1) / word, (work.dramWrite + word - 1) / word);
  return std::max(double(portCycles) / (target.maca.clockMHz * 1e6),
                  double(work.dramRead + work.dramWrite) / (target.dram.gigabytesPerSecond * 1e9));
}

CommandCost costOf(const bst::Program &program, uint32_t index, const Target &target) {
  const bst::Command &command = program.commands[index];
  const EngineBackend *const *backend =
      llvm::find_if(engineBackends(), [&](const EngineBackend *candidate) {
        return candidate->engine() == command.engine;
      });
  CommandCost cost;
  cost.command = index;
  cost.work = (*backend)->cost(program, command, target);
  const double clock = clockHz(command.engine, target);
  const double overhead = double(cost.work.overheadCycles) / clock;
  cost.computeSeconds = double(cost.work.cycles) / clock;
  cost.memorySeconds = memorySeconds(cost.work, target);
  const double busy = std::max(cost.computeSeconds, cost.memorySeconds);
  cost.seconds = busy + overhead;
  cost.bound = overhead > busy                            ? Bound::Overhead
               : cost.memorySeconds > cost.computeSeconds ? Bound::Dram
                                                          : engineBounds[size_t(command.engine)];
  if (command.engine == bst::Engine::Maca && cost.seconds > 0)
    cost.utilisation =
        double(cost.work.macs) / (cost.seconds * clock * double(target.maca.macsPerCycle));
  return cost;
}

/// FPS and its bound from the busiest resource: an engine, or DRAM when engines compete for it.
void boundBy(CostReport &report) {
  double busiest = report.dramSeconds;
  report.bound = busiest > 0 ? Bound::Dram : Bound::None;
  for (size_t engine = 0; engine < bst::engineNames.size(); ++engine) {
    const EngineTime &time = report.engines[engine];
    if (time.seconds() <= busiest)
      continue;
    busiest = time.seconds();
    report.bound = engineBounds[engine];
    if (time.waitSeconds > std::max(time.computeSeconds, time.overheadSeconds))
      report.bound = Bound::Dram;
    else if (time.overheadSeconds > time.computeSeconds)
      report.bound = Bound::Overhead;
  }
  if (busiest > 0)
    report.framesPerSecond = 1 / busiest;
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
  case Bound::None:
    break;
  }
  return "none";
}

CostReport predictCost(const bst::Program &program, const Target &target) {
  CostReport report;
  report.commands.reserve(program.commands.size());
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const bst::Engine engine = program.commands[i].engine;
    const CommandCost &cost = report.commands.emplace_back(costOf(program, i, target));
    EngineTime &time = report.engines[size_t(engine)];
    ++time.commands;
    time.computeSeconds += cost.computeSeconds;
    time.waitSeconds += std::max(cost.memorySeconds - cost.computeSeconds, 0.0);
    time.overheadSeconds += double(cost.work.overheadCycles) / clockHz(engine, target);
    report.dramSeconds += cost.memorySeconds;
    report.latencySeconds += cost.seconds;
    report.macs += cost.work.macs;
    report.macSlots += cost.work.macSlots;
    report.dramRead += cost.work.dramRead;
    report.dramWrite += cost.work.dramWrite;
  }
  boundBy(report);
  if (report.framesPerSecond > 0)
    report.shareOfPeak = double(report.macs) * report.framesPerSecond /
                         (target.maca.clockMHz * 1e6 * double(target.maca.macsPerCycle));
  return report;
}

} // namespace bstc

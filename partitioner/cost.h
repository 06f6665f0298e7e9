#ifndef BSTC_PARTITIONER_COST_H
#define BSTC_PARTITIONER_COST_H

#include "backends/engine.h"
#include "backends/target.h"

namespace bstc {

/// What the time of a command is spent on.
enum class Bound : uint8_t { Maca, Edp, Dsp, Dram, Overhead, None };
const char *boundName(Bound bound);

/// One row of the report: a command and its predicted cost.
struct CommandCost {
  uint32_t command = 0;
  Work work;
  double computeSeconds = 0, memorySeconds = 0;
  double seconds = 0;     ///< max(compute, memory) + the overhead of starting it.
  double utilisation = 0; ///< macs / (cycles of the command's time * peak MACs a cycle); MACA only.
  Bound bound = Bound::None;
};

/// What an engine is busy with during one frame.
struct EngineTime {
  uint32_t commands = 0;
  double computeSeconds = 0;
  double waitSeconds = 0; ///< For DRAM: what its transfers take longer than its arithmetic.
  double overheadSeconds = 0;
  double seconds() const { return computeSeconds + waitSeconds + overheadSeconds; }
};

/// Cost of a whole program on a target. First version: commands of one frame in sequence for the
/// latency; frames overlapped across engines for the FPS (the busiest resource bounds it).
struct CostReport {
  std::vector<CommandCost> commands;
  EngineTime engines[bst::engineNames.size()]; ///< By bst::Engine.
  double dramSeconds = 0;                      ///< Transfers of all commands.
  uint64_t macs = 0, macSlots = 0, dramRead = 0, dramWrite = 0;
  double latencySeconds = 0;
  double framesPerSecond = 0;
  double shareOfPeak = 0;    ///< macs * FPS over the array's peak MACs a second.
  Bound bound = Bound::None; ///< What the busiest resource spends most of its time on.
};

/// Predicts the cost of `program` on `target`. Same input, same numbers.
CostReport predictCost(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_COST_H

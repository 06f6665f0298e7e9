#ifndef BSTC_PARTITIONER_COST_H
#define BSTC_PARTITIONER_COST_H

#include "partitioner/lower_bound.h"
#include "partitioner/steady_state.h"

namespace bstc {

/// What time is spent on. Sync: operations wait for each other.
enum class Bound : uint8_t { Maca, Edp, Dsp, Dram, Overhead, Sync, None };
const char *boundName(Bound bound);

/// One row of the report: a command in a frame that runs alone.
struct CommandCost {
  uint32_t command = 0;
  uint32_t tiles = 0; ///< Operations of its engine.
  /// MACs and elements as the network asks for them; slots, cycles and traffic as its operations
  /// spend them, halos included.
  Work work;
  /// Halos: what bands compute once more, beyond `work`.
  uint64_t recomputedMacs = 0, recomputedElements = 0;
  double computeSeconds = 0, overheadSeconds = 0;
  double haloSeconds = 0; ///< The part of computeSeconds that recomputes.
  uint64_t hostBytes = 0; ///< What a host moves for it, past the device; `work` counts none of it.
  /// How long its traffic takes at the full rate of memory and port; a host's traffic at the rate
  /// of the memory.
  double memorySeconds = 0;
  Interval active; ///< Its first start to its last end.
  /// The part of the frame's time that is charged to this command. Where several work at once, the
  /// one on MACA is charged, else one on EDP, else one on DSP, else loads and stores; what is
  /// hidden behind others costs nothing. The sum over all commands is the latency without the
  /// driver's and the host's time.
  double seconds = 0;
  double utilisation = 0; ///< MACs over what the array could do in `seconds`; MACA only.
  Bound bound = Bound::None;
};

/// What an engine does in a frame of the steady state, a mean over the cores (DSPs); adds up to the
/// period.
struct EngineTime {
  uint32_t commands = 0;
  double computeSeconds = 0;
  double haloSeconds = 0; ///< The part of it that recomputes halos.
  double waitSeconds = 0; ///< For DRAM that its operations read and write directly.
  double overheadSeconds = 0;
  Waits waits{};          ///< Idle: at work instead was an operation of this queue.
  double idleSeconds = 0; ///< The sum of these.
  double seconds() const { return computeSeconds + waitSeconds + overheadSeconds; }
};

/// The least time of a frame on this device, whatever the schedule: each engine's work at its peak
/// (MACs over the array's peak, elements over the rate of EDP, float operations over the DSPs'),
/// and the least DRAM traffic (weights once, inputs and outputs of the network once) within the
/// rates of memory and port.
struct Roofline {
  std::array<double, bst::engineNames.size()> engines{}; ///< Seconds, by bst::Engine.
  double dram = 0;                                       ///< Seconds.
  uint64_t dramBytes = 0;
  double seconds = 0; ///< The greatest.
  Bound bound = Bound::None;
};

/// The resources whose speed can bound the FPS: Bound::Maca to Bound::Overhead.
constexpr size_t boundCount = size_t(Bound::Overhead) + 1;

/// FPS with twice as much of one resource, by Bound, the others and the tiles as they are:
/// - of an engine, its arithmetic takes half the time (of DSP, so does what a host does beside it);
/// - of DRAM, memory and port move twice as much a second;
/// - Overhead: starts of commands and transfers, and the driver's time between jobs, are halved.
using FasterFps = std::array<double, boundCount>;
/// A resource bounds the FPS where twice as much of it gains at least this share.
constexpr double leastGain = 0.01;

/// Where the time from frame to frame goes, as its busiest resource sees it. Adds up to 1 / FPS.
struct Breakdown {
  Bound resource = Bound::None;
  double minimum = 0; ///< The resource's entry in the roofline.
  /// Work beyond: block quanta, strides and efficiency of the array and the halos of bands; of
  /// DRAM, feature maps that pass through it, and data that is loaded more than once.
  double excess = 0;
  double halos = 0;  ///< The part of `excess` that recomputes halos; 0 for DRAM.
  double starts = 0; ///< Starting commands or transfers.
  double waits = 0;  ///< Waiting for DRAM within commands; of DRAM, moving at less than full rate.
  double idle = 0;   ///< Waiting for other operations:
  Waits waitsFor{};  ///< which.
};

/// Cost of a program on a target, from the timeline of its tile program (docs/cost-model.md).
struct CostReport {
  std::vector<CommandCost> commands;
  EngineTime engines[bst::engineNames.size()]; ///< By bst::Engine.
  ResourceUse dram; ///< Of the memory: `compute` is a frame's traffic at its full rate.
  uint64_t macs = 0, recomputedMacs = 0, macSlots = 0;
  uint64_t dramRead = 0, dramWrite = 0; ///< Through the device.
  uint64_t hostBytes = 0;               ///< What a host moves, past the device.
  double latencySeconds = 0;            ///< Of one frame alone.
  double driverSeconds = 0;             ///< Of it, in which the driver starts the job.
  double framesPerSecond = 0;           ///< In the steady state.
  double shareOfPeak = 0;               ///< macs * FPS over the arrays' peak MACs a second.
  /// What bounds the FPS: the resource that gains most when there is twice as much of it, the first
  /// of equal ones. Sync where none gains leastGain: operations wait for each other, or resources
  /// are in balance. None where nothing runs.
  Bound bound = Bound::None;
  double gain = 0; ///< Of it, over `framesPerSecond`: 0.74 for 74% more; of Sync, the most.
  FasterFps faster{};
  Roofline roofline;
  double shareOfRoofline = 0; ///< FPS over that of the roofline.
  LowerBound least;           ///< What even the deployed form of the network cannot do without.
  double shareOfLeast = 0;    ///< FPS over those of this bound.
  Breakdown breakdown;

  std::vector<OpDemand> demands;    ///< Of the operations of Program::tiles.
  Timeline alone;                   ///< One frame.
  Timeline steady;                  ///< Several, overlapped: simulateSteady().
  std::vector<Occupancy> occupancy; ///< On-chip memory over the one frame.
};

/// Predicts the cost of `program`, whose tiles were made for `target` (or see retile()). Same
/// input, same numbers.
CostReport predictCost(const bst::Program &program, const Target &target);

/// CostReport::framesPerSecond alone.
double predictFps(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                  const Target &target);
/// CostReport::bound, gain and faster, for predictCost() (sensitivity.cpp).
void nameBound(CostReport &report, const bst::TileProgram &tiles, const Target &target);

/// The same of a dozen frames, whether they repeat or not: within a percent or two.
double predictFpsRoughly(const bst::TileProgram &tiles, llvm::ArrayRef<OpDemand> demands,
                         const Target &target);

/// FPS over what is not certain of the device: the fields with a range (TargetField::low, high).
struct FpsRange {
  /// The band that holds 8 of 10 draws (quantile() of bandTail, and of the rest). Of a device of
  /// which nothing is uncertain both are the report's FPS.
  double low = 0, high = 0;
  std::vector<double> draws; ///< predictDraws().
  /// What one uncertain field does to the FPS.
  struct Effect {
    size_t field;     ///< Index in Target::fields.
    double low, high; ///< FPS with this field alone at its worse and at its better end.
    /// Why the network does not run at an end, whose FPS is 0 then; empty: it runs at both.
    std::string refusal;
  };
  std::vector<Effect> effects; ///< Greatest first; those below 0.1% are left out.
};
/// `report` is predictCost's. The tile program stays as it is but for fields that decide what it
/// may be (Decides::Tiles): there it is planned again.
FpsRange predictRange(const bst::Program &program, const Target &target, const CostReport &report);

/// FPS of the program on each of drawTargets(), by predictFpsRoughly(); 0 where it does not run.
std::vector<double> predictDraws(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_COST_H

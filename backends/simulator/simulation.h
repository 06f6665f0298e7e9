#ifndef BST_BACKENDS_SIMULATOR_SIMULATION_H
#define BST_BACKENDS_SIMULATOR_SIMULATION_H

#include "backends/maca/kernels/conv.h"
#include "backends/simulator/ranges.h"
#include "backends/simulator/simulator.h"
#include "backends/simulator/tail.h"
#include "runtime/support/memory.h"
#include "runtime/support/workers.h"

// A program on the simulator. Internal to it.
namespace bst {

/// A command made ready.
struct Step {
  const Command *command = nullptr;
  const char *kernel = nullptr;
  Owned<PreparedConv> conv;   ///< Or null.
  Owned<ChainTail> tail;      ///< Of the convolution, or null.
  const Step *pass = nullptr; ///< The convolution in whose pass this command runs, or null.
};

class Simulation;

/// What a frame needs while it is computed: where its tensors are, scratch memory, and threads. Of
/// several frames side by side, each has one.
class Lane {
public:
  /// What it keeps comes from the simulation's memory. \p simulation: prepared. \p tensors: as
  /// there, until bind() is called. \p workers: as many threads as it was prepared for, at most.
  Lane(const Simulation &simulation, std::span<const TensorView> tensors, Workers &workers);
  /// To be called once. OutOfMemory.
  Status allocate();
  /// See Execution::bind. \p tensors: one per tensor of the program.
  void bind(void *const *tensors);

private:
  friend class Simulation;
  /// A step's operands in this frame's memory.
  struct Operands {
    std::span<TensorView> inputs;
    TensorView output;
    Owned<ChainTail> tail; ///< The step's, for this memory; or null.
  };
  const Simulation &simulation;
  Workers &workers;
  AlignedMemory scratch;
  std::pmr::vector<TensorView> inputs; ///< Of all steps.
  std::pmr::vector<Operands> operands; ///< One per step.
};

/// A program on the simulator: what all frames share. Constant once it is prepared.
class Simulation {
public:
  /// Everything that it keeps comes from `memory`. \p threads: that may work on a command.
  Simulation(const Program &program, Isa isa, unsigned threads, Memory *memory);

  /// To be called once. May throw std::bad_alloc (runtime/support/guard.h).
  Status prepare(std::span<const TensorView> tensors, bool keepTensors);
  /// Runs command `index` on the lane's memory.
  void run(uint32_t index, Lane &lane) const;
  void refusals(uint32_t index, TextSink &out) const;
  /// The command in whose pass it runs, or itself.
  uint32_t passOf(uint32_t index) const {
    const Step *pass = steps[index].pass;
    return pass ? uint32_t(pass - steps.data()) : index;
  }
  /// Of the command, or of the convolution in whose pass it runs.
  const char *kernelName(uint32_t index) const {
    const Step &step = steps[index];
    return step.pass ? step.pass->kernel : step.kernel;
  }

private:
  friend class Lane;
  void join(const Chain &chain, std::span<const TensorView> tensors);
  Status prepareConv(Step &step, const std::byte *weights);
  ConvProblem problemOf(const Step &step) const;

  const Program &program;
  const Isa isa;
  const unsigned threads;
  Memory *const memory;
  const std::pmr::vector<ValueRange> ranges;
  uint64_t scratchSize = 0;     ///< Of a lane.
  std::pmr::vector<Step> steps; ///< One per command.
  /// Inputs that a convolution with a tail leaves where they belong, by command and number: there
  /// is nothing to read.
  std::pmr::vector<std::pair<uint32_t, uint32_t>> inPlace;
};

/// The supported instruction set of that name (null or empty: the best). InvalidArgument where
/// there is none, with the names that there are.
Status findIsa(const char *name, Isa &isa);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_SIMULATION_H

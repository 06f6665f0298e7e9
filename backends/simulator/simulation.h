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

/// A command with its operands, and a convolution's kernel made ready.
struct Step {
  const Command *command = nullptr;
  std::span<TensorView> inputs;
  TensorView output;
  const char *kernel = nullptr;
  Owned<PreparedConv> conv;   ///< Or null.
  Owned<ChainTail> tail;      ///< Of the convolution, or null.
  const Step *pass = nullptr; ///< The convolution in whose pass this command runs, or null.
};

class Simulation final : public Execution {
public:
  /// Everything that it keeps comes from `memory`.
  Simulation(const Program &program, Isa isa, unsigned threads, Memory *memory);

  /// To be called once. May throw std::bad_alloc (runtime/support/guard.h).
  Status prepare(std::span<const TensorView> tensors, bool keepTensors);
  void bind(std::span<std::byte *const> tensors) override;
  Status run(uint32_t index) override;
  std::string kernel(uint32_t index) const override;
  std::string refusals(uint32_t index) const override;
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
  void join(const Chain &chain, std::span<const TensorView> tensors);
  Status prepareConv(Step &step);
  ConvProblem problemOf(const Step &step) const;

  const Program &program;
  const Isa isa;
  Memory *const memory;
  Workers workers;
  const std::pmr::vector<ValueRange> ranges;
  AlignedMemory scratch;
  std::pmr::vector<TensorView> operands; ///< Inputs of all steps.
  std::pmr::vector<Step> steps;          ///< One per command.
};

/// The supported instruction set of that name (null or empty: the best). InvalidArgument where
/// there is none, with the names that there are.
Status findIsa(const char *name, Isa &isa);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_SIMULATION_H

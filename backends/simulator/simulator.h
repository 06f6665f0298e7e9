#ifndef BST_BACKENDS_SIMULATOR_SIMULATOR_H
#define BST_BACKENDS_SIMULATOR_SIMULATOR_H

#include "runtime/program/tensor_view.h"
#include "runtime/support/status.h"

#include <memory>
#include <span>
#include <string>

// The simulator from within: it runs programs that are no packages, on memory of the caller's. For
// strict runs, tests of kernels and benchmarks. Hosts and tools run packages in a bst_session
// (bst/bst.h), on bst_simulator_driver().
namespace bst {

/// How a program is to be run.
struct ExecutionOptions {
  unsigned threads = 1; ///< Threads that may work on a command. Results do not depend on it.
  /// Whether every command leaves its output in memory, and may be run alone. Otherwise several
  /// commands may be computed in one pass, and what lies between them stays unwritten.
  bool keepTensors = false;
};

/// A program made ready and bound to memory. Used by one thread at a time; run() allocates nothing.
class Execution {
public:
  virtual ~Execution() = default;
  /// From now on the program's tensors lie at these addresses, one per tensor in their order;
  /// before the first call, they lie where prepare() was told. They may only overlap where they did
  /// there. What lies in the weights stays where it is. Allocates nothing.
  virtual void bind(std::span<std::byte *const> tensors) = 0;
  /// Runs command `index` to its end; commands are run in the program's order.
  virtual Status run(uint32_t index) = 0;
  /// What runs the command: a kernel's name, or of which command it is a part.
  virtual std::string kernel(uint32_t index) const = 0;
  /// Why kernels that would be better did not take the command: "NAME: reason; ...". Empty where
  /// the best one runs it.
  virtual std::string refusals(uint32_t) const { return {}; }
};

/// The host simulator of MACA, EDP and DSP, made of backends/*/kernels, bit-exact to
/// backends/NUMERICS.md; in tests, also a reference in its place. It keeps nothing that a result
/// depends on, so executions may share one.
class Simulator {
public:
  virtual ~Simulator() = default;
  virtual const char *name() const = 0;
  /// Makes `program` ready: chooses kernels, allocates what they need beside the tensors.
  /// \p tensors: a view of each of the program's tensors, in their order; a view without data
  /// belongs to no command. Program and memory must outlive the execution, as must the simulator.
  /// Errors: OutOfMemory; Unsupported where a command is not there.
  virtual Status prepare(const Program &program, std::span<const TensorView> tensors,
                         const ExecutionOptions &options,
                         std::unique_ptr<Execution> &execution) = 0;
};

/// With the best instruction set of this processor. Null where there is no memory.
std::unique_ptr<Simulator> createSimulator();

/// The same with the kernels of one instruction set, named as isaName() does ("scalar" is portable
/// C++). Results of the 8-bit engines are identical on all of them. Null or empty: the best.
/// InvalidArgument when the name is unknown or this processor lacks it; the message lists what it
/// has. OutOfMemory.
Status createSimulator(const char *isa, std::unique_ptr<Simulator> &simulator);

/// int8 multiply-accumulates a second that one thread can reach with the instruction set of that
/// name (null or empty: the best), measured now for some 20 ms; 0 for "scalar".
double simulatorPeakMacs(const char *isa);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_SIMULATOR_H

#ifndef BSTC_DRIVER_FIDELITY_H
#define BSTC_DRIVER_FIDELITY_H

#include "driver/end_to_end.h"
#include "ir/graph.h"
#include "runtime/program/program.h"

#include <string>
#include <vector>

namespace bstc {

/// How one tensor, written by a command that is fed the file's own numbers, agrees with what the
/// file computes there. Compared are real numbers: the program's bytes by the tensor's own scale,
/// zero point and layout, the file's as its own DequantizeLinear reads them.
struct TensorFidelity {
  std::string tensor, command;
  /// The tensor is another name, and another form, of bytes that a command wrote under a first one;
  /// `command` is the node that gives it.
  bool isAlias = false;
  bool quantised = false;
  uint64_t elements = 0;
  uint64_t equal = 0;       ///< Quantised: the same number. Float: within floatTolerance.
  double maxDifference = 0; ///< Quantised: in steps. Float: |a - b| / max(1, |b|).
  /// Values of the file that lie half-way between two steps, where the int8 engines round up and
  /// ONNX rounds to even; and how many of those differ for it, by one step.
  uint64_t halves = 0, ties = 0;
  /// Values farther off than rounding can make them, given the file's own numbers: more than one
  /// step, or farFloat.
  uint64_t far = 0;
  double equalShare() const { return elements ? double(equal) / double(elements) : 1; }
  bool onlyTiesDiffer() const { return ties > 0 && equal + ties == elements; }
  /// Whether it is what every compilation promises: int8 values at most one step off, and 99.9% of
  /// all values equal, ties aside.
  bool keepsPromise() const {
    return (!quantised || maxDifference <= 1) &&
           double(elements - equal - ties) <= 0.001 * double(elements);
  }
  /// Whether it cannot be right: more than 0.1% of the values are far off.
  bool isWrong() const { return double(far) > 0.001 * double(elements); }
  static constexpr double farFloat = 1e-2;
};

/// What quantisation parameters became on their way into the program, and how exactly the program
/// computes what the exported file says.
struct FidelityReceipt {
  uint64_t scalesKept = 0;    ///< Q/DQ pairs whose scale and zero point are used as they are.
  uint64_t scalesMerged = 0;  ///< Pairs that repeat another pair's parameters and needed no step.
  uint64_t scalesRounded = 0; ///< Rescales by multiplier and shift with a relative error > 0.
  double worstScaleError = 0; ///< Largest relative error of multiplier / 2^shift.
  std::vector<TensorFidelity> tensors;  ///< In program order, aliases behind what they name.
  uint64_t elements = 0, equal = 0;     ///< Sums over all of them.
  double maxSteps = 0, maxRelative = 0; ///< Of those that are quantised; of those that are float.
  std::vector<OutputFidelity> outputs;  ///< End to end.
  bool anyQuantised = false, anyFloat = false; ///< Among the tensors.
  const TensorFidelity *worst() const; ///< Least equal share, then largest difference; or null.
};

constexpr double floatTolerance = 1e-5;

/// Runs every command of `package` on the simulator with the inputs that the float evaluation of
/// `imported` gives (on `inputs`, or sampleInput() where empty), and compares; then the whole
/// package once from its inputs to its outputs. `placed` is the graph that its program was lowered
/// from: it says which node gives an alias, never a number. `imported` is the network as the file
/// has it.
llvm::Expected<FidelityReceipt> checkFidelity(const Graph &imported, const Graph &placed,
                                              const bstrt::Package &package,
                                              llvm::ArrayRef<TensorDataRef> inputs = {});

} // namespace bstc

#endif // BSTC_DRIVER_FIDELITY_H

#ifndef BSTC_DRIVER_FIDELITY_H
#define BSTC_DRIVER_FIDELITY_H

#include "ir/graph.h"
#include "runtime/program.h"

#include <string>
#include <vector>

namespace bstc {

/// How one command's output agrees with the float evaluation of the imported graph when the
/// command is fed that evaluation's own inputs.
struct TensorFidelity {
  std::string tensor, command;
  bool quantised = false;
  uint64_t elements = 0;
  uint64_t equal = 0;       ///< Quantised: same step. Float: within floatTolerance.
  double maxDifference = 0; ///< Quantised: steps. Float: |a - b| / max(1, |b|).
  double equalShare() const { return elements ? double(equal) / double(elements) : 1; }
  /// Whether it is what every compilation promises: int8 values at most one step off, and 99.9% of
  /// all values equal.
  bool keepsPromise() const { return (!quantised || maxDifference <= 1) && equalShare() >= 0.999; }
};

/// What quantisation parameters became on their way into the program, and how exactly the program
/// computes what the exported file says.
struct FidelityReceipt {
  uint64_t scalesKept = 0;    ///< Q/DQ pairs whose scale and zero point are used as they are.
  uint64_t scalesMerged = 0;  ///< Pairs that repeat another pair's parameters and needed no step.
  uint64_t scalesRounded = 0; ///< Rescales by multiplier and shift with a relative error > 0.
  double worstScaleError = 0; ///< Largest relative error of multiplier / 2^shift.
  std::vector<TensorFidelity> tensors; ///< In program order.
  uint64_t elements = 0, equal = 0;    ///< Sums over quantised tensors.
  double maxSteps = 0;
  const TensorFidelity *worst() const; ///< Least equal share, then largest difference; or null.
};

constexpr double floatTolerance = 1e-5;

/// Runs every command of `program` on the simulator with the inputs that the float evaluation of
/// `imported` gives (on `input`, or sampleInput() where empty), and compares.
/// `placed` is the graph that `program` was lowered from.
llvm::Expected<FidelityReceipt> checkFidelity(const Graph &imported, const Graph &placed,
                                              const bst::Program &program,
                                              llvm::ArrayRef<TensorDataRef> inputs = {});

} // namespace bstc

#endif // BSTC_DRIVER_FIDELITY_H

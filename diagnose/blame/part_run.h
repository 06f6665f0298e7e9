#ifndef BSTC_DIAGNOSE_BLAME_PART_RUN_H
#define BSTC_DIAGNOSE_BLAME_PART_RUN_H

#include "diagnose/blame/part_plan.h"
#include "driver/package_run.h"
#include "driver/tensor_meaning.h"

#include <span>

namespace bstc::diagnose {

/// Runs a network on one picture after the other, whole and with parts of it in float. What lies
/// before a part is computed once per picture, the part with its readers by the float evaluator,
/// the rest by the simulator's int8 kernels. One thread each; several may share a network and
/// plans.
class PartRun {
public:
  /// \p package is that of network.program(). Errors: the simulator's.
  static llvm::Expected<std::unique_ptr<PartRun>> create(const RunnableNetwork &network,
                                                         const bstrt::Package &package);

  /// Memory of an input or output of the program.
  std::span<std::byte> data(uint32_t tensor);
  /// Runs the quantised network on what the inputs' memory holds.
  llvm::Error run();
  /// Then, any number of times: the same with a part in float. Outputs are those of that part until
  /// the next call of anything here but data().
  llvm::Error run(const PartPlan &plan);

private:
  explicit PartRun(const RunnableNetwork &network) : network(network) {}
  void restore();
  llvm::Error compute(const PartPlan &plan, const PartPlan::Step &step);
  TensorDataRef known(const PartPlan &plan, const Value &value) const;
  TensorDataRef read(const Value &value, uint32_t tensor) const;
  void write(uint32_t tensor, const Value &value, const TensorData &data);

  const RunnableNetwork &network;
  std::vector<MapForm> forms;
  std::vector<AlignedBytes> values, kept; ///< By owner: what commands work on; the quantised run's.
  std::unique_ptr<CommandSteps> steps;
  std::vector<uint32_t> changed; ///< By the last part.
};

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_BLAME_PART_RUN_H

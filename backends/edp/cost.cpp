#include "backends/edp/cost.h"

#include "backends/edp/edp.h"
#include "backends/target.h"
#include "backends/traffic.h"

namespace bstc {

Work edpCost(const bst::Program &program, const bst::Command &command, const Target &target) {
  Work work;
  for (uint32_t output : command.outputs)
    work.elements += elementCount(program.tensors[output]);
  if (const auto *pool = std::get_if<bst::MaxPoolParams>(&command.params))
    work.elements *= uint64_t(pool->window.kernelH) * pool->window.kernelW;
  if (const auto *pool = std::get_if<bst::AveragePoolParams>(&command.params))
    work.elements *= uint64_t(pool->window.kernelH) * pool->window.kernelW;
  work.cycles = roundUp(work.elements, target.edp.bytesPerCycle) / target.edp.bytesPerCycle;
  work.overheadCycles = target.edp.commandCycles;
  addTensorTraffic(program, command, target, work);
  return work;
}

Work EdpBackend::cost(const bst::Program &program, const bst::Command &command,
                      const Target &target) const {
  return edpCost(program, command, target);
}

} // namespace bstc

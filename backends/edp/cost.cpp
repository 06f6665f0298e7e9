#include "backends/edp/cost.h"

#include "backends/edp/edp.h"
#include "backends/target.h"
#include "backends/traffic.h"
#include "runtime/program/tile_parts.h"

namespace bstc {

/// Cost of `elements` values of the output.
static Work workOf(const bst::Command &command, uint64_t elements, const Target &target) {
  Work work;
  work.elements = elements;
  if (const auto *pool = std::get_if<bst::MaxPoolParams>(&command.params))
    work.elements *= uint64_t(pool->window.kernelH) * pool->window.kernelW;
  if (const auto *pool = std::get_if<bst::AveragePoolParams>(&command.params))
    work.elements *= uint64_t(pool->window.kernelH) * pool->window.kernelW;
  work.cycles = roundUp(work.elements, target.edp.bytesPerCycle) / target.edp.bytesPerCycle;
  work.overheadCycles = target.edp.commandCycles;
  return work;
}

Work edpPartCost(const bst::Program &program, const bst::Command &command, const bst::Part &part,
                 const Target &target) {
  const bst::Tensor &output = program.tensors[command.outputs[0]];
  uint64_t elements = elementCount(output);
  if (const bst::Part whole = bst::wholePart(output); whole.rows > 0)
    elements = elements / whole.rows / whole.channels * part.rows * part.channels;
  return workOf(command, elements, target);
}

Work edpCost(const bst::Program &program, const bst::Command &command, const Target &target) {
  uint64_t elements = 0;
  for (uint32_t output : command.outputs)
    elements += elementCount(program.tensors[output]);
  Work work = workOf(command, elements, target);
  addTensorTraffic(program, command, target, work);
  return work;
}

Work EdpBackend::cost(const bst::Program &program, const bst::Command &command,
                      const Target &target) const {
  return edpCost(program, command, target);
}

Work EdpBackend::partCost(const bst::Program &program, const bst::Command &command,
                          const bst::Part &part, const Target &target) const {
  return edpPartCost(program, command, part, target);
}

} // namespace bstc

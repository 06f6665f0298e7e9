#include "backends/traffic.h"

#include "backends/target.h"

#include <algorithm>

namespace bstc {

uint64_t dramBytes(const bst::Tensor &tensor, const Target &target) {
  if (tensor.layout != bst::Layout::Nhwc || tensor.shape.size() != 4)
    return elementCount(tensor) * bst::elementSize(tensor.dtype);
  const uint64_t channels = roundUp(tensor.shape[1], target.maca.outChannelQuantum);
  return uint64_t(tensor.shape[0]) * tensor.shape[2] * tensor.shape[3] * channels *
         bst::elementSize(tensor.dtype);
}

void addTensorTraffic(const bst::Program &program, const bst::Command &command,
                      const Target &target, Work &work) {
  for (uint32_t input : command.inputs)
    work.dramRead += dramBytes(program.tensors[input], target);
  work.dramRead = std::min(work.dramRead, work.mostRead);
  for (uint32_t output : command.outputs)
    work.dramWrite += dramBytes(program.tensors[output], target);
  work.sramBytes = 2 * (work.dramRead + work.dramWrite);
}

} // namespace bstc

// What the loader looks at in the weights themselves: that panels are filled up with zeros.
#include "runtime/verify/checks.h"
#include "runtime/verify/verify.h"

#include <algorithm>

namespace bst {

namespace {

bool allZero(const std::byte *bytes, uint64_t count) {
  return std::all_of(bytes, bytes + count, [](std::byte b) { return b == std::byte(0); });
}

/// The fill of a kernel row of one panel: the end of the last quad of every lane, and the lanes
/// from `lanes` on.
bool rowIsFilled(const std::byte *row, uint64_t quads, uint64_t inputs, uint64_t lanes) {
  const uint64_t used = inputs - (quads - 1) * panelDepth; // Of the last quad.
  for (uint64_t quad = 0; quad < quads; ++quad, row += panelLanes * panelDepth) {
    if (!allZero(row + lanes * panelDepth, (panelLanes - lanes) * panelDepth))
      return false;
    for (uint64_t lane = 0; quad + 1 == quads && lane < lanes; ++lane)
      if (!allZero(row + lane * panelDepth + used, panelDepth - used))
        return false;
  }
  return true;
}

bool isFilled(const Program &program, const Tensor &w) {
  const uint64_t outputs = uint64_t(w.shape[0]), quads = quadsPerRow(w);
  const uint64_t inputs = uint64_t(w.shape[3]) * uint64_t(w.shape[1]);
  const std::byte *row = program.weights + w.offset;
  for (uint64_t first = 0; first < outputs; first += panelLanes) {
    const uint64_t lanes = std::min<uint64_t>(panelLanes, outputs - first);
    if (lanes == panelLanes && inputs % panelDepth == 0)
      row += uint64_t(w.shape[2]) * quads * panelLanes * panelDepth; // There is no fill.
    else
      for (int32_t h = 0; h < w.shape[2]; ++h, row += quads * panelLanes * panelDepth)
        if (!rowIsFilled(row, quads, inputs, lanes))
          return false;
  }
  return true;
}

} // namespace

Status verifyWeights(const Program &program) {
  constexpr uint64_t mostSharing = 16; // Many tensors on the same bytes would take their product.
  uint64_t left = mostSharing * program.weightsSize;
  for (const Tensor &tensor : program.tensors) {
    if (tensor.layout != Layout::Panels || tensor.storage != Storage::Weights)
      continue;
    if (tensor.size > left)
      return corrupt("{}: tensors up to here share their bytes more than {} times",
                     TensorLabel(program, tensor), mostSharing);
    left -= tensor.size;
    if (!isFilled(program, tensor))
      return corrupt("{}: its panels are not filled up with zeros", TensorLabel(program, tensor));
  }
  return Status();
}

} // namespace bst

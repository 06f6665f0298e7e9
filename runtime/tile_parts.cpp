#include "runtime/tile_parts.h"

namespace bst {

Part wholePart(const Tensor &tensor) {
  if (tensor.layout == Layout::Nhwc && tensor.shape.size() == 4)
    return {0, tensor.shape[2], 0, tensor.shape[1]};
  if (tensor.layout == Layout::Panels || tensor.layout == Layout::Ohwi)
    return {0, 0, 0, tensor.shape[0]};
  return {};
}

} // namespace bst

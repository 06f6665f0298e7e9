#ifndef BST_RUNTIME_TILE_PARTS_H
#define BST_RUNTIME_TILE_PARTS_H

#include "runtime/program.h"

namespace bst {

/// All of a tensor. Rows and channels are those of Nhwc maps; constants of a convolution have
/// channels alone; anything else has neither.
Part wholePart(const Tensor &tensor);

} // namespace bst

#endif // BST_RUNTIME_TILE_PARTS_H

#ifndef BST_RUNTIME_PROGRAM_TENSOR_VIEW_H
#define BST_RUNTIME_PROGRAM_TENSOR_VIEW_H

#include "runtime/program/program.h"

#include <cstddef>

namespace bst {

/// A tensor with its memory: what a kernel sees.
struct TensorView {
  const Tensor *tensor = nullptr;
  std::byte *data = nullptr; ///< tensor->size bytes, 64-byte aligned; inputs must not be written.
};

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_TENSOR_VIEW_H

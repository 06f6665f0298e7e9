#ifndef BST_RUNTIME_SUPPORT_GUARD_H
#define BST_RUNTIME_SUPPORT_GUARD_H

#include "runtime/support/status.h"

#include <new>
#include <stdexcept>

namespace bst {

/// Calls `function` (returns Status) at a boundary of the API: containers report a failed
/// allocation by throwing, the runtime's callers get OutOfMemory.
template <class Function> Status withoutThrowing(Function &&function) noexcept {
  try {
    return function();
  } catch (const std::bad_alloc &) {
  } catch (const std::length_error &) {
  }
  return Status::outOfMemory();
}

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_GUARD_H

#ifndef BST_BACKENDS_SIMULATOR_CONTEXT_H
#define BST_BACKENDS_SIMULATOR_CONTEXT_H

#include "backends/simulator/isa.h"
#include "runtime/support/workers.h"

#include <cstddef>

namespace bst {

/// What a kernel runs with.
struct KernelContext {
  Isa isa;
  Workers &workers;
  std::byte *scratch; ///< 64-byte aligned; as much as the kernel's scratchSize function says.
};

/// Calls body(first, count) for parts of [0, total), several per thread; parts are of at least
/// `least`.
template <class Body>
void forParts(Workers &workers, int64_t total, int64_t least, const Body &body) {
  int64_t parts = workers.threads() > 1 ? int64_t(workers.threads()) * 4 : 1;
  int64_t each = (total + parts - 1) / parts;
  each = each < least ? least : each;
  workers.forEach((total + each - 1) / each, [&](int64_t part, unsigned) {
    int64_t first = part * each, left = total - first;
    body(first, left < each ? left : each);
  });
}

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_CONTEXT_H

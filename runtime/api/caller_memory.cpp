#include "runtime/api/caller_memory.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace bst::api {

void *CallerMemory::do_allocate(size_t size, size_t alignment) {
  void *memory = allocator.allocate(allocator.user, size, alignment);
  if (!memory)
    throw std::bad_alloc(); // How containers are told; withoutThrowing makes OutOfMemory of it.
  return memory;
}

static void *allocate(void *, size_t size, size_t alignment) {
  void *memory = nullptr;
  return posix_memalign(&memory, std::max(alignment, sizeof(void *)), size) == 0 ? memory : nullptr;
}

static void deallocate(void *, void *memory, size_t, size_t) { std::free(memory); }

const bst_allocator libraryAllocator = {nullptr, allocate, deallocate};

} // namespace bst::api

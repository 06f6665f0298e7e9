#ifndef BST_RUNTIME_API_CALLER_MEMORY_H
#define BST_RUNTIME_API_CALLER_MEMORY_H

#include "runtime/support/memory.h"

#include <bst/bst.h>

namespace bst::api {

/// A bst_allocator as containers take it.
class CallerMemory final : public Memory {
public:
  explicit CallerMemory(const bst_allocator &allocator) : allocator(allocator) {}
  const bst_allocator &functions() const { return allocator; }

private:
  void *do_allocate(size_t size, size_t alignment) override;
  void do_deallocate(void *memory, size_t size, size_t alignment) override {
    allocator.deallocate(allocator.user, memory, size, alignment);
  }
  bool do_is_equal(const Memory &other) const noexcept override { return this == &other; }

  const bst_allocator allocator;
};

/// The C library's memory.
extern const bst_allocator libraryAllocator;

} // namespace bst::api

#endif // BST_RUNTIME_API_CALLER_MEMORY_H

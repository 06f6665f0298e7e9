#include "tests/hostile/failing_heap.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

static thread_local long allocationsLeft = -1;
static std::atomic<long> live = 0;

extern "C" {
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
void __real_free(void *memory);
}

template <class Allocate> static void *counted(Allocate &&allocate) {
  if (allocationsLeft == 0)
    return nullptr;
  if (allocationsLeft > 0)
    --allocationsLeft;
  void *memory = allocate();
  live += memory != nullptr;
  return memory;
}

extern "C" {
void *__wrap_malloc(size_t size) {
  return counted([&] { return __real_malloc(size); });
}
void *__wrap_calloc(size_t count, size_t size) {
  return counted([&] { return __real_calloc(count, size); });
}
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return counted([&] { return __real_aligned_alloc(alignment, size); });
}
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
  int status = ENOMEM;
  void *allocated = counted([&]() -> void * {
    status = __real_posix_memalign(memory, alignment, size);
    return status == 0 ? *memory : nullptr;
  });
  return allocated ? 0 : status;
}
void __wrap_free(void *memory) {
  live -= memory != nullptr;
  __real_free(memory);
}
}

// Not inlined: GCC would take malloc and free of different operators for a mismatch.
[[gnu::noinline]] void *operator new(size_t size) {
  if (void *memory = counted([&] { return __real_malloc(size ? size : 1); }))
    return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void *operator new(size_t size, const std::nothrow_t &) noexcept {
  return counted([&] { return __real_malloc(size ? size : 1); });
}
[[gnu::noinline]] void *operator new(size_t size, std::align_val_t alignment) {
  const size_t unit = size_t(alignment);
  if (void *memory =
          counted([&] { return __real_aligned_alloc(unit, (size + unit - 1) / unit * unit); }))
    return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void *memory) noexcept { __wrap_free(memory); }
[[gnu::noinline]] void operator delete(void *memory, size_t) noexcept { __wrap_free(memory); }
[[gnu::noinline]] void operator delete(void *memory, std::align_val_t) noexcept {
  __wrap_free(memory);
}
[[gnu::noinline]] void operator delete(void *memory, size_t, std::align_val_t) noexcept {
  __wrap_free(memory);
}

void bst::testing::limitAllocations(long allocations) { allocationsLeft = allocations; }

long bst::testing::liveBlocks() { return live; }

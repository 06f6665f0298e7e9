// The C library's allocation functions, in place of its own: glibc lets a program do that, and
// keeps what they stand for under other names.
#include "tests/hostile/counting_heap.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include <unistd.h>

static std::atomic<long> calls = 0;

long bst::testing::allocationCalls() { return calls; }

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void *malloc(size_t size) {
  ++calls;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++calls;
  return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
  ++calls;
  return __libc_realloc(memory, size);
}
void *memalign(size_t alignment, size_t size) {
  ++calls;
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
void *valloc(size_t size) { return memalign(size_t(sysconf(_SC_PAGESIZE)), size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *allocated = memalign(alignment, size);
  if (!allocated)
    return ENOMEM;
  *memory = allocated;
  return 0;
}
void free(void *memory) { __libc_free(memory); }
}

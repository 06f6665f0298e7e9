#ifndef BST_RUNTIME_SUPPORT_WORKERS_H
#define BST_RUNTIME_SUPPORT_WORKERS_H

#include "runtime/support/memory.h"
#include "runtime/support/thread.h"

#include <atomic>
#include <cstdint>
#include <vector>

namespace bst {

/// A few threads that work through the items of one loop together. Each begins with a share of
/// consecutive items, the same in every loop of as many: what it wrote in one is in its cache in
/// the next. What a loop computes must not depend on which thread does an item, or when. Used by
/// one thread at a time; nothing allocates after the constructor.
class Workers {
public:
  /// Starts `threads` - 1 threads, or as many of them as the system grants: the caller is one too.
  explicit Workers(unsigned threads, Memory *memory = heap());
  ~Workers();
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;

  unsigned threads() const { return unsigned(pool.size()) + 1; }

  /// Calls body(item, thread) once for each item in [0, items), with thread in [0, threads()) the
  /// one that calls, and returns when all have returned. The body must not throw.
  template <class Body> void forEach(int64_t items, const Body &body) {
    if (pool.empty() || items <= 1) {
      for (int64_t item = 0; item < items; ++item)
        body(item, 0U);
      return;
    }
    run(
        items,
        [](const void *erased, int64_t item, unsigned thread) {
          (*static_cast<const Body *>(erased))(item, thread);
        },
        &body);
  }

private:
  using Call = void (*)(const void *body, int64_t item, unsigned thread);
  void run(int64_t items, Call call, const void *body);
  void work(unsigned thread);
  static void *workAs(void *helper);
  void takeItems(unsigned thread);

  /// Items of one thread's own, which the others help with when theirs are done.
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };

  Call call = nullptr;
  const void *body = nullptr;
  std::pmr::vector<Share> shares;            ///< One per thread, in the order of items.
  alignas(64) std::atomic<uint32_t> loop{0}; ///< Counts the loops; a change starts one.
  alignas(64) std::atomic<uint32_t> busy{0}; ///< Threads of the pool that are not done with it.
  std::atomic<bool> stopping{false};
  struct Helper {
    Workers *of;
    unsigned number; ///< From 1.
    Thread thread;
  };
  std::pmr::vector<Helper> pool;
};

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_WORKERS_H

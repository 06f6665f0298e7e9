#ifndef BST_RUNTIME_SUPPORT_WORKERS_H
#define BST_RUNTIME_SUPPORT_WORKERS_H

#include "runtime/support/memory.h"
#include "runtime/support/thread.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace bst {

/// Threads that do what they are given: jobs, one per thread, from a queue; and shares of the loops
/// of those that are at a job (Workers), for as long as no job waits. Nothing allocates after the
/// constructor.
class Crew {
public:
  /// Something to do, by one member. Belongs to who submits it, and must stay until it is run.
  struct Job {
    void (*run)(Job &job, unsigned member) = nullptr;
    Job *next = nullptr;
  };

  /// Starts the members number `first` to `end` - 1, or as many of them as the system grants.
  Crew(unsigned first, unsigned end, Memory *memory);
  /// Nothing may be in the queue, or under way.
  ~Crew();
  Crew(const Crew &) = delete;
  Crew &operator=(const Crew &) = delete;

  unsigned size() const { return unsigned(members.size()); }
  /// Members have smaller numbers.
  unsigned end() const { return first + size(); }

  /// Has the job done as soon as a member is free; those before it come first. Any thread.
  void submit(Job &job);
  /// Takes a job out of the queue; false where it is not there (any more). Any thread.
  bool withdraw(const Job &job);

private:
  friend class Workers;
  /// Idle ─reserve─► Taken ─assign─► Assigned ─(done)─► Idle
  enum State : uint32_t { Idle, Taken, Assigned };
  struct Member {
    Crew *of;
    unsigned number;
    Thread thread;
    class Workers *loop = nullptr; ///< To help with; null: to look into the queue, or to stop.
    unsigned share = 0;            ///< Of the loop.
    alignas(64) std::atomic<uint32_t> state{Idle};
    Member(Crew *of, unsigned number) : of(of), number(number) {}
  };

  /// True where it was idle, and now waits to be assigned something.
  static bool reserve(Member &member);
  static void assign(Member &member, Workers *loop, unsigned share);
  static void *workAs(void *member);
  void work(Member &member);
  void runQueue(unsigned member);

  const unsigned first;
  std::pmr::vector<Owned<Member>> members;
  std::mutex mutex; ///< Of the queue.
  Job *queue = nullptr, **queueEnd = &queue;
  std::atomic<uint32_t> queued{0};
  std::atomic<bool> stopping{false};
};

/// A few threads that work through the items of one loop together. Each begins with a share of
/// consecutive items, the same in every loop of as many: what it wrote in one is in its cache in
/// the next. What a loop computes must not depend on which thread does an item, or when. Used by
/// one thread at a time; nothing allocates after the constructor.
class Workers {
public:
  /// Starts `threads` - 1 threads, or as many of them as the system grants: the caller is one too.
  explicit Workers(unsigned threads, Memory *memory = heap());
  /// Members of `crew` help that have nothing else to do; so may several Workers share one.
  Workers(Crew &crew, Memory *memory);
  ~Workers() { own.reset(); } // Its members may be on their way out of this object.
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;

  unsigned threads() const { return crew.end(); }
  /// Who calls forEach from now on: a member of the crew; or 0, where that is not one.
  void setCaller(unsigned member) { caller = member; }

  /// Calls body(item, thread) once for each item in [0, items), with thread in [0, threads()) the
  /// one that calls, and returns when all have returned. The body must not throw.
  template <class Body> void forEach(int64_t items, const Body &body) {
    if (threads() == 1 || items <= 1) {
      for (int64_t item = 0; item < items; ++item)
        body(item, caller);
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
  friend class Crew;
  using Call = void (*)(const void *body, int64_t item, unsigned thread);
  void run(int64_t items, Call call, const void *body);
  void takeItems(unsigned share, unsigned thread);
  /// A member's part of the loop; afterwards the member is idle.
  void help(Crew::Member &member);

  /// Items of one thread's own, which the others help with when theirs are done.
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
    Crew::Member *helper = nullptr; ///< Whose it is; null: the caller's.
  };

  Owned<Crew> own; ///< Where there is no other.
  Crew &crew;
  unsigned caller = 0;
  Call call = nullptr;
  const void *body = nullptr;
  std::pmr::vector<Share> shares;            ///< One per thread, in the order of items.
  unsigned sharers = 1;                      ///< Those of this loop.
  alignas(64) std::atomic<uint32_t> busy{0}; ///< Helpers that are not done with it.
};

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_WORKERS_H

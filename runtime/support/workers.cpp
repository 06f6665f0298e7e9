#include "runtime/support/workers.h"

namespace bst {
namespace {

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` is no longer `old`. Spins first: the next loop of a network mostly starts
/// within microseconds, and a thread that sleeps takes tens of them to wake up.
uint32_t waitForChange(const std::atomic<uint32_t> &value, uint32_t old) {
  constexpr int spins = 4000;
  for (int spin = 0; spin < spins; ++spin) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old)
      return now;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

} // namespace

Workers::Workers(unsigned threads, Memory *memory) : shares(threads, memory), pool(memory) {
  pool.reserve(threads);
  for (unsigned number = 1; number < threads; ++number) {
    pool.push_back({this, number, {}});
    if (pool.back().thread.start(workAs, &pool.back()))
      continue;
    pool.pop_back(); // The system's limit on threads: results are the same with fewer.
    break;
  }
}

void *Workers::workAs(void *argument) {
  auto &helper = *static_cast<Helper *>(argument);
  helper.of->work(helper.number);
  return nullptr;
}

Workers::~Workers() {
  stopping = true;
  loop.fetch_add(1, std::memory_order_release);
  loop.notify_all();
  for (Helper &helper : pool)
    helper.thread.join();
}

void Workers::run(int64_t count, Call function, const void *argument) {
  call = function;
  body = argument;
  const auto sharers = int64_t(threads());
  for (int64_t i = 0; i < sharers; ++i) {
    shares[size_t(i)].next.store(count * i / sharers, std::memory_order_relaxed);
    shares[size_t(i)].end = count * (i + 1) / sharers;
  }
  busy.store(uint32_t(pool.size()), std::memory_order_relaxed);
  loop.fetch_add(1, std::memory_order_release);
  loop.notify_all();
  takeItems(0);
  for (uint32_t left = busy.load(std::memory_order_acquire); left != 0;)
    left = waitForChange(busy, left);
}

void Workers::takeItems(unsigned thread) {
  const unsigned sharers = threads();
  for (unsigned i = 0; i < sharers; ++i) {
    Share &share = shares[(thread + i) % sharers];
    for (int64_t item = share.next.fetch_add(1, std::memory_order_relaxed); item < share.end;
         item = share.next.fetch_add(1, std::memory_order_relaxed))
      call(body, item, thread);
  }
}

void Workers::work(unsigned thread) {
  for (uint32_t seen = 0;;) {
    seen = waitForChange(loop, seen);
    if (stopping)
      return;
    takeItems(thread);
    busy.fetch_sub(1, std::memory_order_acq_rel);
    busy.notify_all();
  }
}

} // namespace bst

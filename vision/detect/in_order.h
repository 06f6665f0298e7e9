#ifndef BSTC_VISION_DETECT_IN_ORDER_H
#define BSTC_VISION_DETECT_IN_ORDER_H

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace bstc {

/// How items are worked on.
struct InOrderOptions {
  unsigned workers = 1; ///< Threads that work, besides the one that takes the results.
  size_t ahead = 8;     ///< Items begun whose results are not taken yet; at least one per worker.
  /// When it becomes true, no further item is begun. Null: all are.
  const std::atomic<bool> *stop = nullptr;
};

/// Works on items 0 to \p count - 1 in several threads and takes the results in order, in constant
/// memory for any number of items.
///
/// work(item, worker) returns a Result; it is called in the thread of `worker`, 0 to workers - 1,
/// so that each may have tools of its own. take(item, Result) is called in the calling thread, for
/// every item that was begun, in order; it returns whether to go on. Returns the number of items
/// that were taken. Neither may throw.
template <class Result, class Work, class Take>
size_t workInOrder(size_t count, const InOrderOptions &options, const Work &work,
                   const Take &take) {
  const size_t window = std::max({options.ahead, size_t(options.workers), size_t(1)});
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Result>> results(window); ///< Of item i in [i % window].
  size_t begun = 0, taken = 0;
  bool ended = false; ///< take() wants no more.
  const auto mayBegin = [&] {
    return !ended && begun < count && !(options.stop && options.stop->load());
  };
  const auto run = [&](unsigned worker) {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return !mayBegin() || begun < taken + window; });
      if (!mayBegin())
        break;
      const size_t item = begun++;
      lock.unlock();
      Result result = work(item, worker);
      lock.lock();
      results[item % window] = std::move(result);
      changed.notify_all();
    }
    changed.notify_all(); // Nothing more comes: the others see why.
  };

  std::vector<std::thread> threads;
  try {
    for (unsigned worker = 0; worker < std::max(1u, options.workers); ++worker)
      threads.emplace_back(run, worker);
  } catch (const std::system_error &) {
    // The system grants no more threads: those that there are do the work.
  }
  const bool alone = threads.empty();
  std::unique_lock lock(mutex);
  while (!ended && (taken < begun || mayBegin())) {
    if (alone)
      results[begun++ % window] = work(taken, 0);
    std::optional<Result> &next = results[taken % window];
    changed.wait(lock, [&] { return next.has_value() || (taken == begun && !mayBegin()); });
    if (!next)
      break;
    Result result = std::move(*next);
    next.reset();
    const size_t item = taken++;
    changed.notify_all();
    lock.unlock();
    const bool goesOn = take(item, std::move(result));
    lock.lock();
    ended = !goesOn;
  }
  changed.notify_all();
  lock.unlock();
  for (std::thread &thread : threads)
    thread.join();
  return taken;
}

} // namespace bstc

#endif // BSTC_VISION_DETECT_IN_ORDER_H

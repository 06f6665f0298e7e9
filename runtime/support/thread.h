#ifndef BST_RUNTIME_SUPPORT_THREAD_H
#define BST_RUNTIME_SUPPORT_THREAD_H

#include <pthread.h>

namespace bst {

/// A thread without the allocation of std::thread: its function and argument belong to who starts
/// it. Must be joined (or never started) before it goes away.
class Thread {
public:
  /// False where the system grants none.
  bool start(void *(*function)(void *), void *argument) {
    started = pthread_create(&handle, nullptr, function, argument) == 0;
    return started;
  }
  void join() {
    if (started)
      pthread_join(handle, nullptr);
    started = false;
  }

private:
  pthread_t handle = {};
  bool started = false;
};

} // namespace bst

#endif // BST_RUNTIME_SUPPORT_THREAD_H

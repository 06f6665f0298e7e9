#ifndef BST_TESTS_CAPI_STUB_DEVICE_H
#define BST_TESTS_CAPI_STUB_DEVICE_H

#include "fixture.h"

namespace bst::testing {

/// A device that computes nothing, and ends frames when the test says so. One at a time.
class StubDevice {
public:
  /// A frame that has begun.
  struct Begun {
    StubDevice *of;
    void *execution;
    uint32_t frame;
    int32_t priority; ///< Its session's, as prepare was told.
    const bst_completion *completion;
  };

  StubDevice();
  ~StubDevice();
  StubDevice(const StubDevice &) = delete;
  StubDevice &operator=(const StubDevice &) = delete;

  bst_device *device(); ///< Opened by the first call; `table`, `capacity` hold from then on.
  /// Frames in flight, in the order of their begin. Waits until there are `count`.
  std::vector<Begun> begun(size_t count);
  size_t inFlight();
  /// Ends the frame that began first of those in flight, or number `index` of them.
  void end(size_t index = 0, const bst_error *failure = nullptr, uint32_t command = BST_NO_COMMAND);
  std::vector<uint32_t> events(char what); ///< Frames of calls, by 'b', 'c', 'f', 'w'.

  bst_device_driver table;
  uint32_t capacity = 0;
  /// Called within begin and cancel, after the frame has been written down.
  std::function<void(const Begun &)> onBegin, onCancel;

private:
  static bst_status begin(void *execution, uint32_t frame, void *const *tensors,
                          const bst_completion *completion, bst_error *error);
  static void cancel(void *execution, uint32_t frame);
  void note(char what, uint32_t frame);

  struct Execution {
    StubDevice *of;
    int32_t priority;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Begun> flying;
  std::vector<std::pair<char, uint32_t>> calls;
  Held<bst_device> opened;
};

} // namespace bst::testing

#endif // BST_TESTS_CAPI_STUB_DEVICE_H

// No allocation after a session is created, by no thread: the whole process's heap is counted while
// frames are written, bound, run, submitted, waited for, cancelled, read, and refused.
#include "tests/hostile/counting_heap.h"
#include "tests/hostile/subjects.h"

#include <bst/bst.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

namespace bst::testing {

bool exhaustive() { return false; }

namespace {

struct Release {
  void operator()(bst_package *package) const { bst_package_release(package); }
  void operator()(bst_device *device) const { bst_device_release(device); }
  void operator()(bst_session *session) const { bst_session_destroy(session); }
  void operator()(void *memory) const { std::free(memory); }
};
template <class Handle> using Held = std::unique_ptr<Handle, Release>;

/// A port, described as the session does, with memory of the host's own.
struct Port {
  bst_buffer buffer = BST_INIT(bst_buffer);
  Held<void> memory;
};

class Host {
public:
  Host(const Host &) = delete;
  Host &operator=(const Host &) = delete;
  Host(const Subject &subject, uint32_t threads, uint32_t keepTensors) {
    bst_package *opened = nullptr;
    EXPECT_EQ(bst_package_open_memory(subject.package.data(), subject.package.size(),
                                      BST_MEMORY_COPY, &opened, &error),
              BST_OK)
        << error.message;
    package.reset(opened);
    bst_device *device = nullptr;
    EXPECT_EQ(bst_device_open(bst_simulator_driver(), nullptr, &device, &error), BST_OK);
    bst_session_options options = BST_INIT(bst_session_options);
    options.threads = threads;
    options.frames = frames;
    options.keep_tensors = keepTensors;
    options.on_command = [](void *user, uint32_t, uint32_t, double) {
      auto &host = *static_cast<Host *>(user);
      ++host.commandsRun;
      while (host.held) // What is in flight stays there.
        std::this_thread::yield();
    };
    options.on_command_user = this;
    bst_session *created = nullptr;
    EXPECT_EQ(bst_session_create(opened, device, &options, &created, &error), BST_OK)
        << error.message;
    session.reset(created);
    bst_device_release(device);
    addPorts(inputs, bst_session_get_input);
    addPorts(outputs, bst_session_get_output);
  }

  /// Everything that a host does with frames. No expectation in here: they allocate.
  void work() {
    for (uint32_t frame = 0; frame < frames; ++frame) {
      for (uint32_t i = 0; i < inputs.size(); ++i)
        expect(bst_session_write_input(session.get(), frame, i, &inputs[i].buffer, &error));
      for (uint32_t i = 0; i < outputs.size() && frame == 0; ++i)
        expect(bst_session_bind_output(session.get(), frame, i, &outputs[i].buffer, &error));
      expect(bst_session_run(session.get(), frame, &error));
    }
    held = true;
    for (uint32_t frame = 0; frame < frames; ++frame)
      expect(bst_session_submit(session.get(), frame, &error));
    busy = bst_session_run(session.get(), frames - 1, &error);
    held = false;
    for (uint32_t frame = 0; frame < frames; ++frame) {
      expect(bst_session_wait(session.get(), frame, -1, &error));
      for (uint32_t i = 0; i < outputs.size(); ++i)
        expect(bst_session_read_output(session.get(), frame, i, &outputs[i].buffer, &error));
    }
    held = true;
    for (uint32_t frame = 0; frame < frames; ++frame)
      expect(bst_session_submit(session.get(), frame, &error));
    expect(bst_session_cancel(session.get(), BST_ALL_FRAMES, &error));
    held = false;
    for (uint32_t frame = 0; frame < frames; ++frame)
      cancelled = bst_session_wait(session.get(), frame, -1, &error);
    bst_buffer wrong = inputs[0].buffer;
    wrong.rank = 1;
    invalid = bst_session_write_input(session.get(), 0, 0, &wrong, &error);
  }

  static constexpr uint32_t frames = 3;
  bst_error error = {};
  std::atomic<long> commandsRun = 0;
  std::atomic<bool> held = false; ///< The session's thread, after its next command.
  long refused = 0;
  bst_status busy = BST_OK, cancelled = BST_OK, invalid = BST_OK;
  Held<bst_package> package;
  Held<bst_session> session;
  std::vector<Port> inputs, outputs;

private:
  void expect(bst_status status) { refused += status != BST_OK; } ///< That it is BST_OK.

  void addPorts(std::vector<Port> &ports, decltype(&bst_session_get_input) get) {
    for (uint32_t i = 0;; ++i) {
      Port port;
      if (get(session.get(), 0, i, &port.buffer, nullptr) != BST_OK)
        return;
      const size_t size = (port.buffer.size + BST_ALIGNMENT - 1) / BST_ALIGNMENT * BST_ALIGNMENT;
      port.memory.reset(std::aligned_alloc(BST_ALIGNMENT, size));
      port.buffer.data = port.memory.get();
      for (size_t k = 0; k < port.buffer.size / sizeof(float); ++k)
        static_cast<float *>(port.buffer.data)[k] = float(k % 101) / 50;
      ports.push_back(std::move(port));
    }
  }
};

} // namespace

TEST(Running, AllocatesNothingInAnyThread) {
  for (const Subject &subject : subjects())
    for (const uint32_t threads : {1U, 3U})
      for (const uint32_t keepTensors : {0U, 1U}) {
        Host host(subject, threads, keepTensors);
        const long before = allocationCalls();
        host.work();
        const long calls = allocationCalls() - before;
        EXPECT_EQ(calls, 0) << subject.name << ", " << threads << " threads, keep_tensors "
                            << keepTensors;
        EXPECT_EQ(host.refused, 0) << host.error.message;
        EXPECT_GT(host.commandsRun, 0);
        EXPECT_EQ(host.busy, BST_ERROR_BUSY);
        EXPECT_EQ(host.cancelled, BST_ERROR_CANCELLED);
        EXPECT_EQ(host.invalid, BST_ERROR_INVALID_ARGUMENT);
      }
}

// That the count counts: each way to allocate, in another thread too.
TEST(Running, TheCountSeesEveryAllocation) {
  const auto countOf = [](auto &&allocate) {
    const long before = allocationCalls();
    void *volatile memory = allocate();
    const long calls = allocationCalls() - before;
    std::free(memory);
    return calls;
  };
  EXPECT_EQ(countOf([] { return std::malloc(100); }), 1);
  EXPECT_EQ(countOf([] { return std::calloc(10, 10); }), 1);
  EXPECT_EQ(countOf([] { return std::realloc(nullptr, 100); }), 1);
  EXPECT_EQ(countOf([] { return std::aligned_alloc(64, 128); }), 1);
  EXPECT_EQ(countOf([] {
              void *memory = nullptr;
              return posix_memalign(&memory, 64, 100) == 0 ? memory : nullptr;
            }),
            1);
  EXPECT_EQ(countOf([] { return ::operator new(100); }), 1);
  EXPECT_EQ(countOf([] { return ::operator new(100, std::align_val_t(64)); }), 1);
  long elsewhere = 0;
  std::thread([&] { elsewhere = countOf([] { return std::malloc(100); }); }).join();
  EXPECT_EQ(elsewhere, 1);
}

} // namespace bst::testing

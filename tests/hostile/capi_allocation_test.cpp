// No memory, at any moment, through the C interface: BST_ERROR_OUT_OF_MEMORY and a message, nothing
// thrown, nothing leaked, and the next attempt gives the same bytes as the first. Where memory runs
// out: the heap, or the caller's allocator.
#include "tests/hostile/failing_heap.h"
#include "tests/hostile/subjects.h"

#include <bst/bst.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include <unistd.h>

namespace bst::testing {

bool exhaustive() {
  const char *set = std::getenv("BSTC_EXHAUSTIVE");
  return set && *set && *set != '0';
}

namespace {

struct Release {
  void operator()(bst_package *package) const { bst_package_release(package); }
  void operator()(bst_device *device) const { bst_device_release(device); }
  void operator()(bst_session *session) const { bst_session_destroy(session); }
};
template <class Handle> using Held = std::unique_ptr<Handle, Release>;

/// A caller's allocator that fails after `left` allocations (negative: never).
struct Pool {
  long left = -1, live = 0;
  bst_allocator functions() {
    return {this,
            [](void *user, size_t size, size_t alignment) -> void * {
              auto &pool = *static_cast<Pool *>(user);
              if (pool.left == 0)
                return nullptr;
              pool.left -= pool.left > 0;
              ++pool.live;
              return ::operator new(size, std::align_val_t(alignment));
            },
            [](void *user, void *memory, size_t, size_t alignment) {
              --static_cast<Pool *>(user)->live;
              ::operator delete(memory, std::align_val_t(alignment));
            }};
  }
};

/// A host's way to outputs. `allocator` may be null; `path`: of a file, else `bytes` are opened.
struct Host {
  const std::vector<std::byte> *bytes = nullptr;
  const char *path = nullptr;
  uint32_t threads = 1, frames = 1;
  const bst_allocator *allocator = nullptr;
  Held<bst_package> package;
  Held<bst_device> device;
  Held<bst_session> session;
  bst_error error = {};

  bst_status load() {
    bst_package *opened = nullptr;
    const bst_status status = path ? bst_package_open(path, &opened, &error)
                                   : bst_package_open_memory(bytes->data(), bytes->size(),
                                                             BST_MEMORY_COPY, &opened, &error);
    package.reset(opened);
    return status;
  }
  bst_status create() {
    bst_device *opened = nullptr;
    const bst_status status = bst_device_open_by_name("simulator", nullptr, &opened, &error);
    device.reset(opened);
    if (status != BST_OK)
      return status;
    bst_session_options options = BST_INIT(bst_session_options);
    options.allocator = allocator;
    options.threads = threads;
    options.frames = frames;
    bst_session *created = nullptr;
    const bst_status made =
        bst_session_create(package.get(), device.get(), &options, &created, &error);
    session.reset(created);
    return made;
  }
  bst_status start() {
    const bst_status status = load();
    return status == BST_OK ? create() : status;
  }
  /// What the last frame's outputs hold after a run.
  std::vector<std::byte> outputs() {
    const uint32_t frame = frames - 1;
    bst_buffer buffer = BST_INIT(bst_buffer);
    EXPECT_EQ(bst_session_get_input(session.get(), frame, 0, &buffer, &error), BST_OK);
    for (size_t i = 0; i < buffer.size / sizeof(float); ++i)
      static_cast<float *>(buffer.data)[i] = float(i % 101) / 50;
    EXPECT_EQ(bst_session_run(session.get(), frame, &error), BST_OK) << error.message;
    std::vector<std::byte> result;
    for (uint32_t i = 0;
         bst_session_get_output(session.get(), frame, i, &buffer, nullptr) == BST_OK; ++i) {
      const auto *data = static_cast<const std::byte *>(buffer.data);
      result.insert(result.end(), data, data + buffer.size);
    }
    return result;
  }
};

/// Calls attempt(n), which allows n allocations and returns the status and whether nothing leaked,
/// for n from 0 on until it succeeds; a sample of some `tries` but for an exhaustive run. Calls
/// retry() now and then, and at the end.
template <class Attempt, class Retry>
void failEverywhere(const std::string &what, size_t tries, Attempt &&attempt, Retry &&retry) {
  long most = 1; // As many allocations as are enough.
  for (bst_status status = attempt(most); status != BST_OK; status = attempt(most)) {
    ASSERT_EQ(status, BST_ERROR_OUT_OF_MEMORY) << what;
    most *= 2;
  }
  const long step = exhaustive() ? 1 : std::max<long>(1, most / long(tries));
  long failed = 0;
  for (long allocations = 0;; allocations += step) {
    const long before = liveBlocks();
    const bst_status status = attempt(allocations);
    ASSERT_EQ(liveBlocks(), before) << what << ": leaked at allocation " << allocations;
    if (status == BST_OK)
      break;
    ASSERT_EQ(status, BST_ERROR_OUT_OF_MEMORY) << what << ", allocation " << allocations;
    if (++failed % 64 == 1)
      retry();
    if (::testing::Test::HasFailure())
      return;
  }
  EXPECT_GT(failed, 2) << what;
  retry();
  std::cout << what << ": failed at " << failed << " of some " << failed * step << " allocations"
            << std::endl;
}

void expectMessage(const bst_error &error, bst_status status) {
  EXPECT_EQ(error.code, status);
  EXPECT_EQ(std::string(error.message).empty(), status == BST_OK) << error.message;
}

Host hostOf(const Subject &subject, uint32_t threads = 1, uint32_t frames = 1) {
  Host host;
  host.bytes = &subject.package;
  host.threads = threads;
  host.frames = frames;
  return host;
}

} // namespace

TEST(HostileAllocationC, TheHeapFailsWhileAHostLoadsAndCreates) {
  for (const Subject &subject : subjects())
    for (const uint32_t parallel : {1U, 3U}) {
      std::vector<std::byte> expected;
      const auto retry = [&] {
        Host host = hostOf(subject, parallel, parallel);
        ASSERT_EQ(host.start(), BST_OK) << host.error.message;
        const std::vector<std::byte> outputs = host.outputs();
        if (expected.empty())
          expected = outputs;
        ASSERT_FALSE(outputs.empty());
        EXPECT_EQ(outputs, expected) << subject.name;
      };
      retry();
      failEverywhere(
          subject.name + ", heap, " + std::to_string(parallel) + " threads", subject.sample,
          [&](long allocations) {
            Host host = hostOf(subject, parallel, parallel);
            limitAllocations(allocations);
            const bst_status status = host.start();
            limitAllocations(-1);
            expectMessage(host.error, status);
            EXPECT_EQ(host.session != nullptr, status == BST_OK);
            return status;
          },
          retry);
    }
}

TEST(HostileAllocationC, TheHeapFailsWhileAFileIsOpened) {
  for (const Subject &subject : subjects()) {
    char path[] = "/tmp/bst-hostile-XXXXXX";
    const int file = mkstemp(path);
    ASSERT_EQ(write(file, subject.package.data(), subject.package.size()),
              ssize_t(subject.package.size()));
    close(file);
    Host host;
    host.path = path;
    failEverywhere(
        subject.name + ", file", subject.sample,
        [&](long allocations) {
          limitAllocations(allocations);
          const bst_status status = host.load();
          limitAllocations(-1);
          expectMessage(host.error, status);
          host.package.reset();
          return status;
        },
        [&] {
          EXPECT_EQ(host.load(), BST_OK) << host.error.message;
          host.package.reset();
        });
    unlink(path);
  }
}

TEST(HostileAllocationC, TheCallersAllocatorFailsWhileASessionIsCreated) {
  for (const Subject &subject : subjects()) {
    Host plain = hostOf(subject, 3, 3);
    ASSERT_EQ(plain.start(), BST_OK) << plain.error.message;
    const std::vector<std::byte> expected = plain.outputs();
    Pool pool;
    const bst_allocator allocator = pool.functions();
    Host host = hostOf(subject, 3, 3);
    host.allocator = &allocator;
    ASSERT_EQ(host.load(), BST_OK) << host.error.message;
    failEverywhere(
        subject.name + ", caller's allocator", subject.sample,
        [&](long allocations) {
          pool.left = allocations;
          const bst_status status = host.create();
          pool.left = -1;
          expectMessage(host.error, status);
          host.session.reset();
          host.device.reset();
          EXPECT_EQ(pool.live, 0);
          return status;
        },
        [&] {
          ASSERT_EQ(host.create(), BST_OK) << host.error.message;
          EXPECT_EQ(host.outputs(), expected) << subject.name;
          host.session.reset();
          host.device.reset();
        });
  }
}

// It is the one function of a session that allocates.
TEST(HostileAllocationC, TheHeapFailsInASelfTest) {
  for (const Subject &subject : subjects()) {
    Host host = hostOf(subject, 2, 2);
    ASSERT_EQ(host.start(), BST_OK) << host.error.message;
    bst_package_info info = BST_INIT(bst_package_info);
    ASSERT_EQ(bst_package_get_info(host.package.get(), &info, nullptr), BST_OK);
    if (!info.has_self_test)
      continue;
    const std::vector<std::byte> expected = host.outputs();
    failEverywhere(
        subject.name + ", self-test", subject.sample,
        [&](long allocations) {
          limitAllocations(allocations);
          const bst_status status = bst_session_selftest(host.session.get(), nullptr, &host.error);
          limitAllocations(-1);
          expectMessage(host.error, status);
          return status;
        },
        [&] { EXPECT_EQ(host.outputs(), expected) << subject.name; });
  }
}

} // namespace bst::testing

// No memory, at any moment: OutOfMemory, nothing thrown, nothing leaked, and a retry works.
#include "test_programs.h"
#include "tests/support/sessions.h"

#include "runtime/package/package.h"
#include "runtime/verify/verify.h"

#include <bst/device.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

// Allocations of this thread that still succeed; negative: all.
static thread_local long allocationsLeft = -1;

static bool mayAllocate() {
  if (allocationsLeft == 0)
    return false;
  if (allocationsLeft > 0)
    --allocationsLeft;
  return true;
}

// Not inlined: GCC would take malloc and free of different operators for a mismatch.
[[gnu::noinline]] void *operator new(size_t size) {
  void *memory = mayAllocate() ? std::malloc(size ? size : 1) : nullptr;
  if (!memory)
    throw std::bad_alloc();
  return memory;
}
// The sanitizer's own would not go with the operator delete of this file.
[[gnu::noinline]] void *operator new(size_t size, const std::nothrow_t &) noexcept {
  return mayAllocate() ? std::malloc(size ? size : 1) : nullptr;
}
[[gnu::noinline]] void operator delete(void *memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void *memory, size_t) noexcept { std::free(memory); }

namespace bst::testing {

namespace {

/// A device that has nothing to do.
bstrt::Device idleDevice() {
  static const bst_device_driver driver = [] {
    bst_device_driver idle = {};
    idle.abi_version = BST_DEVICE_ABI_VERSION;
    idle.struct_size = sizeof(idle);
    idle.name = "idle";
    idle.open = [](const char *, void **, bst_error *) { return bst_status(BST_OK); };
    idle.close = [](void *) {};
    idle.prepare = [](void *, const bst_package *, const bst_prepare_options *, void **,
                      bst_error *) { return bst_status(BST_OK); };
    idle.release = [](void *, void *) {};
    idle.begin = [](void *, uint32_t, void *const *, const bst_completion *completion,
                    bst_error *) {
      completion->done(completion->cookie, nullptr, BST_NO_COMMAND);
      return bst_status(BST_OK);
    };
    return idle;
  }();
  return *bstrt::Device::open(driver);
}

} // namespace

// Calls `function` with 0, 1, 2, ... allocations until it succeeds; it must fail before.
template <class Function> static void failEverywhere(Function function) {
  for (long allocations = 0;; ++allocations) {
    ASSERT_LT(allocations, 100000);
    allocationsLeft = allocations;
    const Status status = function();
    allocationsLeft = -1;
    if (status.ok()) {
      EXPECT_GT(allocations, 0);
      return;
    }
    ASSERT_EQ(status.getCode(), StatusCode::OutOfMemory) << status.message();
  }
}

TEST(Allocation, FailureWhileWriting) {
  const TestProgram test = completeProgram();
  const std::vector<std::byte> expected = packageOf(test.program);
  std::vector<std::byte> bytes;
  failEverywhere([&] {
    bytes = {};
    return writePackage(test.program, bytes);
  });
  EXPECT_EQ(bytes, expected);
}

TEST(Allocation, FailureWhileLoading) {
  const std::vector<std::byte> bytes = packageOf(completeProgram().program);
  std::unique_ptr<Package> package;
  failEverywhere([&] { return Package::fromMemory(bytes, package); });
  EXPECT_TRUE(package->program().commands == completeProgram().program.commands);
}

TEST(Allocation, FailureWhileVerifying) {
  const TestProgram test = completeProgram();
  failEverywhere([&] { return verifyProgram(test.program); });
}

TEST(Allocation, FailureWhileCreatingASession) {
  const bstrt::Package package = openProgram(completeProgram().program);
  const bstrt::Device device = idleDevice();
  std::unique_ptr<ProgramSession> session;
  failEverywhere([&] { return ProgramSession::create(package, device, session); });
  EXPECT_TRUE(session->run().ok());
}

TEST(Allocation, RunningAllocatesNothing) {
  const auto session = sessionOf(openProgram(completeProgram().program), idleDevice());
  allocationsLeft = 0;
  const Status status = session->run();
  allocationsLeft = -1;
  EXPECT_TRUE(status.ok());
}

} // namespace bst::testing

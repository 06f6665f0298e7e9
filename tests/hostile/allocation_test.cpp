// No memory, at any moment of loading a package and creating a session on the simulator:
// OutOfMemory, nothing leaked, and the next attempt gives the same bytes as the first.
#include "tests/hostile/failing_heap.h"
#include "tests/hostile/subjects.h"

#include "runtime/api/program_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace bst::testing {

bool exhaustive() {
  const char *set = std::getenv("BSTC_EXHAUSTIVE");
  return set && *set && *set != '0';
}

namespace {

/// Everything that a host keeps of a network.
struct Loaded {
  std::optional<bstrt::Device> device;
  std::optional<bstrt::Package> package;
  std::unique_ptr<ProgramSession> session;
};

Status load(const std::vector<std::byte> &bytes, Loaded &to, unsigned threads) {
  bstrt::Result<bstrt::Device> device = bstrt::Device::simulator();
  if (!device)
    return statusOf(device.error());
  to.device = *device;
  bstrt::Result<bstrt::Package> package = bstrt::Package::fromMemory(
      {reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()});
  if (!package)
    return statusOf(package.error());
  to.package = *package;
  return ProgramSession::create(*to.package, *to.device, to.session, {.threads = threads});
}

/// Loads with room for `allocations` (negative: no limit). Returns the code; keeps nothing.
StatusCode codeOf(const std::vector<std::byte> &bytes, long allocations, unsigned threads) {
  Loaded loaded;
  limitAllocations(allocations);
  const Status status = load(bytes, loaded, threads);
  limitAllocations(-1);
  return status.getCode();
}

std::vector<std::byte> outputsOf(const std::vector<std::byte> &bytes, unsigned threads) {
  Loaded loaded;
  std::vector<std::byte> result;
  if (!load(bytes, loaded, threads).ok())
    return result;
  const Program &program = loaded.session->program();
  for (uint32_t input : program.inputs) {
    const std::span<std::byte> data = loaded.session->data(input);
    auto *values = reinterpret_cast<float *>(data.data());
    for (size_t i = 0; i < data.size() / sizeof(float); ++i)
      values[i] = float(i % 101) / 50;
  }
  limitAllocations(0); // A run allocates nothing.
  const bool ran = loaded.session->run().ok();
  limitAllocations(-1);
  EXPECT_TRUE(ran);
  for (uint32_t output : program.outputs) {
    const std::span<const std::byte> data = std::as_const(*loaded.session).data(output);
    result.insert(result.end(), data.begin(), data.end());
  }
  return result;
}

void failEverywhere(unsigned threads) {
  for (const Subject &subject : subjects()) {
    const std::vector<std::byte> expected = outputsOf(subject.package, threads);
    ASSERT_FALSE(expected.empty());
    long most = 1; // As many allocations as are enough.
    while (codeOf(subject.package, most, threads) != StatusCode::Ok)
      most *= 2;
    const long step = exhaustive() ? 1 : std::max<long>(1, most / long(subject.sample));
    long failed = 0;
    for (long allocations = 0;; allocations += step) {
      const long before = liveBlocks();
      const StatusCode code = codeOf(subject.package, allocations, threads);
      ASSERT_EQ(liveBlocks(), before) << subject.name << ": leaked at allocation " << allocations;
      if (code == StatusCode::Ok)
        break;
      ASSERT_EQ(code, StatusCode::OutOfMemory) << subject.name << ", " << allocations;
      ++failed;
      if (failed % 64 == 1) {
        ASSERT_EQ(outputsOf(subject.package, threads), expected) << subject.name;
      }
    }
    EXPECT_GT(failed, 10) << subject.name;
    EXPECT_EQ(outputsOf(subject.package, threads), expected) << subject.name;
    std::cout << subject.name << ": failed at " << failed << " of some " << failed * step
              << " allocations" << std::endl;
  }
}

} // namespace

TEST(HostileAllocation, FailsCleanlyEverywhere) { failEverywhere(1); }

TEST(HostileAllocation, FailsCleanlyWithWorkerThreads) { failEverywhere(3); }

} // namespace bst::testing

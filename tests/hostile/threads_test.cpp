// Many sessions on one package, each in a thread of its own: every run gives the same bytes. Worth
// most under ThreadSanitizer (scripts/test-threads.sh).
//
//   BSTC_TEST_RUNS  of each thread (default 100)
#include "tests/runtime/test_programs.h"
#include "tests/support/runs.h"
#include "tests/support/sessions.h"

#include "runtime/package/package.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>

namespace bst::testing {
namespace {

using Outputs = std::vector<std::vector<std::byte>>;

/// Runs once, on an input that depends on `frame`.
Outputs runOnce(ProgramSession &session, int frame) {
  const Program &program = session.program();
  for (uint32_t input : program.inputs) {
    const std::span<std::byte> bytes = session.data(input);
    for (size_t i = 0; i + 4 <= bytes.size(); i += 4) {
      const float value = float((int(i) * 7 + frame * 13) % 200 - 100) / 50;
      std::memcpy(bytes.data() + i, &value, 4);
    }
  }
  EXPECT_TRUE(session.run().ok());
  Outputs outputs;
  for (uint32_t output : program.outputs) {
    const std::span<const std::byte> bytes = std::as_const(session).data(output);
    outputs.emplace_back(bytes.begin(), bytes.end());
  }
  return outputs;
}

void expectEqualRuns(unsigned sessionThreads, unsigned long runs) {
  constexpr int threads = 8, frames = 10;
  const bstrt::Package package = openProgram(completeProgram().program);
  const bstrt::Device device = simulatorDevice();
  std::vector<Outputs> expected;
  const std::unique_ptr<ProgramSession> alone = sessionOf(package, device);
  for (int frame = 0; frame < frames; ++frame)
    expected.push_back(runOnce(*alone, frame));
  ASSERT_NE(expected[0], expected[1]);

  std::atomic<unsigned long> wrong = 0, done = 0;
  std::vector<std::thread> pool;
  for (int thread = 0; thread < threads; ++thread)
    pool.emplace_back([&, thread] {
      std::unique_ptr<ProgramSession> session; // Created while others run.
      if (!ProgramSession::create(package, device, session, {.threads = sessionThreads}).ok())
        return;
      for (unsigned long run = 0; run < runs; ++run, ++done) {
        const int frame = int((unsigned(thread) + run) % frames);
        wrong += runOnce(*session, frame) != expected[size_t(frame)];
      }
    });
  for (std::thread &thread : pool)
    thread.join();
  EXPECT_EQ(done, threads * runs);
  EXPECT_EQ(wrong, 0u);
}

} // namespace

TEST(SharedPackage, SessionsOfOnePackageGiveTheSameBytes) {
  expectEqualRuns(1, runsOfAThread(100));
}

TEST(SharedPackage, SessionsWithThreadsOfTheirOwnToo) { expectEqualRuns(3, runsOfAThread(100)); }

TEST(SharedPackage, PackagesAreOpenedSideBySide) {
  const std::vector<std::byte> bytes = packageOf(tiledProgram().program);
  std::atomic<int> loaded = 0;
  std::vector<std::thread> pool;
  for (int thread = 0; thread < 8; ++thread)
    pool.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        std::unique_ptr<Package> package;
        loaded += Package::fromMemory(bytes, package).ok();
      }
    });
  for (std::thread &thread : pool)
    thread.join();
  EXPECT_EQ(loaded, 160);
}

} // namespace bst::testing

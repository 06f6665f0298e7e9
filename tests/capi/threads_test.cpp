// Many threads: sessions of one package compute the same bits, a session's frames are waited for
// and cancelled from anywhere, handles come and go. Worth most under ThreadSanitizer
// (scripts/test-threads.sh).
//
//   BSTC_TEST_RUNS  of each thread (default 50)
#include "fixture.h"

#include "tests/support/runs.h"

#include <array>
#include <atomic>
#include <thread>

namespace bst::testing {
namespace {

constexpr uint32_t pictures = 4;
using Outputs = std::vector<std::vector<std::byte>>;

/// What a session of one frame and one thread computes from pictures 0 to `pictures` - 1, which is
/// close to what the reference does.
std::vector<Outputs> computedAlone(const Program &program, bst_package *package,
                                   bst_device *device) {
  const Held<bst_session> session = createSession(package, device);
  std::vector<Outputs> computed;
  for (uint32_t seed = 0; seed < pictures; ++seed) {
    writePicture(session.get(), package, 0, seed);
    EXPECT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
    computed.push_back(readOutputs(session.get(), package, 0));
    const Outputs expected = expectedOutputs(program, seed);
    EXPECT_EQ(computed[seed].size(), expected.size());
    for (size_t output = 0; output < expected.size(); ++output)
      expectClose(computed[seed][output], expected[output]);
  }
  EXPECT_NE(computed[0], computed[1]);
  return computed;
}

/// Calls body(thread) in `count` threads at a time, and waits for them.
template <class Body> void inThreads(uint32_t count, const Body &body) {
  std::vector<std::thread> pool;
  for (uint32_t thread = 0; thread < count; ++thread)
    pool.emplace_back([&body, thread] { body(thread); });
  for (std::thread &thread : pool)
    thread.join();
}

} // namespace

TEST(Threads, EightSessionsOfOnePackageAgreeInEveryRun) {
  constexpr uint32_t threads = 8;
  const unsigned long runs = runsOfAThread(50);
  const TestProgram test = completeProgram();
  Held<bst_package> package = openPackage(test.program);
  Held<bst_device> device = openSimulator();
  const std::vector<Outputs> expected = computedAlone(test.program, package.get(), device.get());
  std::array<unsigned long, threads> equal = {};
  std::atomic<uint32_t> created = 0;
  std::thread releases([&, packageOf = package.get(), deviceOf = device.get()] {
    inThreads(threads, [&](uint32_t thread) {
      bst_session_options options = BST_INIT(bst_session_options);
      options.frames = 1 + thread % 3; // With and without a thread of the session's own.
      options.threads = 1 + thread % 2;
      const Held<bst_session> session = createSession(packageOf, deviceOf, options);
      ++created;
      created.notify_all();
      for (unsigned long run = 0; run < runs; ++run) {
        const uint32_t seed = uint32_t(run + thread) % pictures, frame = run % options.frames;
        writePicture(session.get(), packageOf, frame, seed);
        if (bst_session_run(session.get(), frame, nullptr) == BST_OK &&
            readOutputs(session.get(), packageOf, frame) == expected[seed])
          ++equal[thread];
      }
    });
  });
  for (uint32_t now = created; now < threads; now = created)
    created.wait(now);
  package.reset(); // The sessions hold what they need: the last one frees it.
  device.reset();
  releases.join();
  for (uint32_t thread = 0; thread < threads; ++thread)
    EXPECT_EQ(equal[thread], runs) << "thread " << thread;
}

TEST(Threads, SessionsWithFramesInFlightAgreeToo) {
  constexpr uint32_t threads = 4, frames = 3;
  const unsigned long runs = runsOfAThread(50);
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  const std::vector<Outputs> expected = computedAlone(test.program, package.get(), device.get());
  std::array<unsigned long, threads> equal = {};
  inThreads(threads, [&](uint32_t thread) {
    bst_session_options options = BST_INIT(bst_session_options);
    options.frames = frames;
    options.threads = 1 + thread % 2;
    const Held<bst_session> session = createSession(package.get(), device.get(), options);
    for (unsigned long run = 0; run < runs + frames; ++run) { // `frames` runs are in flight.
      const uint32_t frame = uint32_t(run) % frames;
      if (run >= frames && bst_session_wait(session.get(), frame, -1, nullptr) == BST_OK)
        equal[thread] += readOutputs(session.get(), package.get(), frame) ==
                         expected[(run - frames + thread) % pictures];
      if (run >= runs)
        continue;
      writePicture(session.get(), package.get(), frame, uint32_t(run + thread) % pictures);
      EXPECT_EQ(bst_session_submit(session.get(), frame, nullptr), BST_OK);
    }
  });
  for (uint32_t thread = 0; thread < threads; ++thread)
    EXPECT_EQ(equal[thread], runs) << "thread " << thread;
}

TEST(Threads, EachThreadMayHaveAFrameOfOneSession) {
  constexpr uint32_t frames = 4;
  const unsigned long runs = runsOfAThread(50);
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  bst_device *opened = nullptr;
  ASSERT_EQ(bst_device_open(bst_simulator_driver(), "frames=3", &opened, nullptr), BST_OK);
  const Held<bst_device> device(opened);
  const std::vector<Outputs> expected = computedAlone(test.program, package.get(), device.get());
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = frames;
  options.threads = 3;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  std::array<unsigned long, frames> equal = {};
  inThreads(frames, [&](uint32_t frame) {
    for (unsigned long run = 0; run < runs; ++run) {
      const uint32_t seed = uint32_t(run + frame) % pictures;
      writePicture(session.get(), package.get(), frame, seed);
      const bst_status status = run % 2 ? bst_session_run(session.get(), frame, nullptr)
                                        : bst_session_submit(session.get(), frame, nullptr);
      if (status == BST_OK && bst_session_wait(session.get(), frame, -1, nullptr) == BST_OK)
        equal[frame] += readOutputs(session.get(), package.get(), frame) == expected[seed];
    }
  });
  for (uint32_t frame = 0; frame < frames; ++frame)
    EXPECT_EQ(equal[frame], runs) << "frame " << frame;
}

TEST(Threads, OneSessionIsWaitedForAndCancelledFromAnywhere) {
  constexpr uint32_t frames = 4, others = 4;
  const unsigned long runs = frames * runsOfAThread(50);
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  const std::vector<Outputs> expected = computedAlone(test.program, package.get(), device.get());
  bst_session_options options = BST_INIT(bst_session_options);
  options.frames = frames;
  options.threads = 2;
  const Held<bst_session> session = createSession(package.get(), device.get(), options);
  for (uint32_t frame = 0; frame < frames; ++frame) { // So that there is something to wait for.
    writePicture(session.get(), package.get(), frame, frame % pictures);
    ASSERT_EQ(bst_session_submit(session.get(), frame, nullptr), BST_OK);
  }
  std::atomic<bool> stop = false;
  std::atomic<unsigned long> unexpected = 0;
  std::thread elsewhere([&] {
    inThreads(others, [&](uint32_t thread) {
      for (uint32_t call = 0; !stop; ++call) {
        const uint32_t frame = (call + thread) % frames;
        const bool all = call % 8 == 7;
        if (thread % 2 == 0) {
          const bst_status status = bst_session_wait(session.get(), frame, 0.001, nullptr);
          unexpected +=
              status != BST_OK && status != BST_ERROR_CANCELLED && status != BST_ERROR_TIMEOUT;
        } else {
          unexpected +=
              bst_session_cancel(session.get(), all ? BST_ALL_FRAMES : frame, nullptr) != BST_OK;
          std::this_thread::sleep_for(std::chrono::microseconds(50 * (1 + call % 16)));
        }
      }
    });
  });
  // A picture is computed in full, or cancelled: there is nothing in between.
  unsigned long run = 0, equal = 0, cancelled = 0;
  for (; run < runs || ((!equal || !cancelled) && run < 1000 * runs); ++run) {
    const uint32_t frame = run % frames, next = uint32_t(run / frames + frame + 1) % pictures;
    const bst_status status = bst_session_wait(session.get(), frame, -1, nullptr);
    cancelled += status == BST_ERROR_CANCELLED;
    equal += status == BST_OK && readOutputs(session.get(), package.get(), frame) ==
                                     expected[(run / frames + frame) % pictures];
    writePicture(session.get(), package.get(), frame, next);
    EXPECT_EQ(bst_session_submit(session.get(), frame, nullptr), BST_OK);
  }
  stop = true;
  elsewhere.join();
  EXPECT_EQ(unexpected, 0u);
  EXPECT_EQ(equal + cancelled, run);
  EXPECT_GT(equal, 0u);
  EXPECT_GT(cancelled, 0u);
  EXPECT_EQ(bst_session_cancel(session.get(), BST_ALL_FRAMES, nullptr), BST_OK);
  bst_session_wait(session.get(), 0, -1, nullptr);
  for (uint32_t seed = 0; seed < pictures; ++seed) { // The session is as good as new.
    writePicture(session.get(), package.get(), 0, seed);
    EXPECT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
    EXPECT_EQ(readOutputs(session.get(), package.get(), 0), expected[seed]);
  }
}

TEST(Threads, PackagesDevicesAndSessionsComeAndGo) {
  constexpr uint32_t threads = 8;
  const unsigned long rounds = runsOfAThread(50) / 5 + 1;
  const TestProgram test = smallProgram();
  const std::vector<std::byte> bytes = packageOf(test.program);
  const Held<bst_package> shared = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  const std::vector<Outputs> expected = computedAlone(test.program, shared.get(), device.get());
  std::array<unsigned long, threads> equal = {};
  inThreads(threads, [&](uint32_t thread) {
    for (unsigned long round = 0; round < rounds; ++round) {
      bst_package *opened = nullptr;
      bst_device *named = nullptr;
      EXPECT_EQ(
          bst_package_open_memory(bytes.data(), bytes.size(), BST_MEMORY_COPY, &opened, nullptr),
          BST_OK);
      EXPECT_EQ(bst_device_open_by_name("simulator", nullptr, &named, nullptr), BST_OK);
      const Held<bst_package> ownPackage(opened);
      const Held<bst_device> ownDevice(named);
      bst_session_options options = BST_INIT(bst_session_options);
      options.frames = 1 + thread % 2;
      options.threads = 2;
      const Held<bst_session> session = createSession(round % 2 ? shared.get() : opened,
                                                      round % 3 ? device.get() : named, options);
      const uint32_t seed = uint32_t(round) % pictures;
      writePicture(session.get(), shared.get(), 0, seed);
      if (bst_session_run(session.get(), 0, nullptr) == BST_OK)
        equal[thread] += readOutputs(session.get(), shared.get(), 0) == expected[seed];
    }
  });
  for (uint32_t thread = 0; thread < threads; ++thread)
    EXPECT_EQ(equal[thread], rounds) << "thread " << thread;
}

} // namespace bst::testing

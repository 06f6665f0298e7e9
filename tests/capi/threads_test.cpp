// Many threads, one package: each has a session of its own, all compute the same bits.
//
//   BSTC_TEST_RUNS  of each thread (default 50)
#include "fixture.h"

#include <cstdlib>
#include <thread>

namespace bst::testing {

TEST(Threads, EightSessionsOfOnePackageAgreeInEveryRun) {
  const char *text = std::getenv("BSTC_TEST_RUNS");
  const unsigned long runs = text ? std::strtoul(text, nullptr, 10) : 50;
  ASSERT_GT(runs, 0u);
  constexpr uint32_t threads = 8, pictures = 4;
  const TestProgram test = completeProgram();
  const Held<bst_package> package = openPackage(test.program);
  const Held<bst_device> device = openSimulator();
  std::vector<std::vector<std::vector<std::byte>>> expected;
  {
    const Held<bst_session> session = createSession(package.get(), device.get());
    for (uint32_t seed = 0; seed < pictures; ++seed) {
      writePicture(session.get(), package.get(), 0, seed);
      ASSERT_EQ(bst_session_run(session.get(), 0, nullptr), BST_OK);
      expected.push_back(readOutputs(session.get(), package.get(), 0));
    }
  }
  std::vector<unsigned long> equal(threads);
  std::vector<std::thread> pool;
  for (uint32_t thread = 0; thread < threads; ++thread)
    pool.emplace_back([&, thread] {
      bst_session_options options = BST_INIT(bst_session_options);
      options.frames = 1 + thread % 3; // With and without a thread of the session's own.
      options.threads = 1 + thread % 2;
      const Held<bst_session> session = createSession(package.get(), device.get(), options);
      for (unsigned long run = 0; run < runs; ++run) {
        const uint32_t seed = uint32_t(run + thread) % pictures, frame = run % options.frames;
        writePicture(session.get(), package.get(), frame, seed);
        if (bst_session_run(session.get(), frame, nullptr) == BST_OK &&
            readOutputs(session.get(), package.get(), frame) == expected[seed])
          ++equal[thread];
      }
    });
  for (std::thread &thread : pool)
    thread.join();
  for (uint32_t thread = 0; thread < threads; ++thread)
    EXPECT_EQ(equal[thread], runs) << "thread " << thread;
}

} // namespace bst::testing

// A crew of threads: jobs, and the loops of those that are at one.
#include "runtime/support/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <vector>

namespace bst::testing {
namespace {

/// Jobs that write down where they ran, and wait for each other.
struct Counted : Crew::Job {
  explicit Counted(std::function<void(unsigned member)> body) : body(std::move(body)) {
    run = [](Job &job, unsigned member) { static_cast<Counted &>(job).body(member); };
  }
  std::function<void(unsigned member)> body;
};

/// Counts to zero.
class Latch {
public:
  explicit Latch(int count) : left(count) {}
  void arrive() {
    const std::lock_guard lock(mutex);
    --left;
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return left <= 0; });
  }

private:
  std::mutex mutex;
  std::condition_variable changed;
  int left;
};

} // namespace

TEST(Workers, DoEachItemOnce) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    Workers workers(threads);
    for (const int64_t items : {0, 1, 2, 3, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<size_t>(items));
      workers.forEach(items, [&](int64_t item, unsigned thread) {
        EXPECT_LT(thread, workers.threads());
        ++done[size_t(item)];
      });
      for (const auto &count : done)
        EXPECT_EQ(count, 1);
    }
  }
}

TEST(Crew, DoesJobsInTheirOrder) {
  std::vector<int> order;
  Latch latch(5);
  std::vector<std::unique_ptr<Counted>> jobs;
  Crew crew(0, 1, heap());
  for (int i = 0; i < 5; ++i)
    jobs.push_back(std::make_unique<Counted>([&, i](unsigned) {
      order.push_back(i);
      latch.arrive();
    }));
  for (const auto &job : jobs)
    crew.submit(*job);
  latch.wait();
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(Crew, GivesBackWhatNobodyHasBegun) {
  Latch begun(1), gate(1), last(1);
  int ran = 0;
  Counted first([&](unsigned) { begun.arrive(), gate.wait(); });
  Counted second([&](unsigned) { ++ran; }), third([&](unsigned) { ++ran, last.arrive(); });
  Crew crew(0, 1, heap());
  crew.submit(first);
  begun.wait();
  crew.submit(second);
  EXPECT_TRUE(crew.withdraw(second));
  EXPECT_FALSE(crew.withdraw(second));
  EXPECT_FALSE(crew.withdraw(first)) << "it runs";
  crew.submit(second);
  crew.submit(third);
  EXPECT_TRUE(crew.withdraw(second));
  gate.arrive();
  last.wait();
  EXPECT_EQ(ran, 1);
}

TEST(Crew, HelpsWithTheLoopsOfItsMembers) {
  constexpr unsigned members = 4, jobCount = 8;
  constexpr int64_t items = 500;
  std::vector<std::unique_ptr<Workers>> lanes;
  std::vector<std::vector<std::atomic<int>>> done(jobCount);
  std::vector<std::unique_ptr<Counted>> jobs;
  Latch latch(jobCount);
  Crew crew(0, members, heap());
  ASSERT_EQ(crew.size(), members);
  for (unsigned i = 0; i < jobCount; ++i) {
    lanes.push_back(std::make_unique<Workers>(crew, heap()));
    done[i] = std::vector<std::atomic<int>>(items);
    jobs.push_back(std::make_unique<Counted>([&, i](unsigned member) {
      lanes[i]->setCaller(member);
      for (int loop = 0; loop < 20; ++loop) {
        std::array<std::atomic<int>, members> within = {};
        lanes[i]->forEach(items, [&](int64_t item, unsigned thread) {
          EXPECT_EQ(++within[thread], 1) << "two threads have one number";
          ++done[i][size_t(item)];
          --within[thread];
        });
      }
      latch.arrive();
    }));
  }
  for (const auto &job : jobs)
    crew.submit(*job);
  latch.wait();
  for (const auto &of : done)
    for (const auto &count : of)
      ASSERT_EQ(count, 20);
}

} // namespace bst::testing

#include "vision/detect/in_order.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <string>

using namespace bstc;

TEST(InOrder, ResultsComeInOrderWhoeverIsFaster) {
  std::vector<std::string> taken;
  const size_t count = workInOrder<std::string>(
      50, {.workers = 4, .ahead = 6},
      [](size_t item, unsigned) {
        std::this_thread::sleep_for(std::chrono::microseconds(item % 3 == 0 ? 2000 : 10));
        return std::to_string(item);
      },
      [&](size_t item, std::string result) {
        EXPECT_EQ(result, std::to_string(item));
        taken.push_back(result);
        return true;
      });
  EXPECT_EQ(count, 50u);
  ASSERT_EQ(taken.size(), 50u);
  EXPECT_EQ(taken.front(), "0");
  EXPECT_EQ(taken.back(), "49");
}

TEST(InOrder, WorkersAreOneThreadEach) {
  std::mutex mutex;
  std::set<std::pair<unsigned, std::thread::id>> seen;
  workInOrder<int>(
      40, {.workers = 3},
      [&](size_t, unsigned worker) {
        const std::lock_guard lock(mutex);
        seen.insert({worker, std::this_thread::get_id()});
        return 0;
      },
      [](size_t, int) { return true; });
  std::set<unsigned> workers;
  for (const auto &[worker, thread] : seen) {
    EXPECT_LT(worker, 3u);
    EXPECT_TRUE(workers.insert(worker).second) << worker << " has two threads";
    EXPECT_NE(thread, std::this_thread::get_id());
  }
}

/// However slow the taker is, no more than `ahead` results wait for it.
TEST(InOrder, NoMoreIsBegunThanMayWait) {
  std::atomic<size_t> begun{0};
  size_t most = 0;
  workInOrder<int>(
      30, {.workers = 2, .ahead = 5},
      [&](size_t, unsigned) {
        ++begun;
        return 0;
      },
      [&](size_t item, int) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        most = std::max(most, begun.load() - item);
        return true;
      });
  EXPECT_EQ(begun, 30u);
  EXPECT_LE(most, 6u); // The one being taken, and five.
}

TEST(InOrder, AfterAStopWhatWasBegunIsStillTaken) {
  std::atomic<bool> stop{false};
  std::atomic<size_t> begun{0};
  std::vector<size_t> taken;
  const size_t count = workInOrder<size_t>(
      1000, {.workers = 3, .ahead = 4, .stop = &stop},
      [&](size_t item, unsigned) {
        ++begun;
        if (item == 20)
          stop = true;
        return item;
      },
      [&](size_t, size_t item) {
        taken.push_back(item);
        return true;
      });
  EXPECT_EQ(count, begun);
  EXPECT_GE(count, 21u);
  EXPECT_LT(count, 40u);
  std::vector<size_t> expected(count);
  std::iota(expected.begin(), expected.end(), size_t(0));
  EXPECT_EQ(taken, expected);
}

TEST(InOrder, TheTakerMayEndIt) {
  size_t last = 0;
  const size_t count = workInOrder<size_t>(
      1000, {.workers = 2}, [](size_t item, unsigned) { return item; },
      [&](size_t item, size_t) {
        last = item;
        return item < 10;
      });
  EXPECT_EQ(count, 11u);
  EXPECT_EQ(last, 10u);
}

TEST(InOrder, NothingToDoIsDone) {
  EXPECT_EQ(
      workInOrder<int>(
          0, {.workers = 2}, [](size_t, unsigned) { return 0; }, [](size_t, int) { return true; }),
      0u);
}

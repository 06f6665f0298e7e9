#include "tools/bstc/cli/progress.h"

#include <gtest/gtest.h>

using namespace bstc;

TEST(Progress, TellsHowFarHowFastAndHowLong) {
  // 40 of 160 in 8 s: 5 a second, 120 more take 24 s. The bar is a quarter full.
  EXPECT_EQ(progressLine(40, 160, 8, "images", 200),
            "40/160 [##########..............................]  25%  5.0 images/s, 24 s left");
  EXPECT_EQ(progressLine(160, 160, 8, "images", 200),
            "160/160 [########################################] 100%  20.0 images/s, 0 s left");
}

TEST(Progress, LongTimesAreReadable) {
  const auto left = [](uint64_t total) {
    const std::string line = progressLine(1, total, 1, "images", 200);
    return line.substr(line.find("/s, ") + 4);
  };
  EXPECT_EQ(left(60), "59 s left");
  EXPECT_EQ(left(66), "1:05 left");
  EXPECT_EQ(left(3600 * 2 + 61), "2:01:00 left");
}

TEST(Progress, FitsTheTerminalAndKnowsNoRateAtFirst) {
  EXPECT_EQ(progressLine(0, 10, 0, "images", 30), "0/10 [.................]   0%");
  EXPECT_LT(progressLine(5, 10, 1, "images", 20).size(), 20u);
  EXPECT_EQ(progressLine(5, 10, 1, "images", 44), "5/10  50%  5.0 images/s, 1 s left");
}

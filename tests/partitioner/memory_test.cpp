#include "partitioner/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace bstc;

TEST(MemoryPlan, BuffersOfDisjointLivesShareMemory) {
  MemoryPlan plan = planMemory({{100, 0, 1}, {100, 2, 3}});
  EXPECT_EQ(plan.offsets, (std::vector<uint64_t>{0, 0}));
  EXPECT_EQ(plan.size, 128u); // Rounded to 64 bytes.
  EXPECT_EQ(plan.lowerBound, 128u);
}

TEST(MemoryPlan, ABufferThatIsReadWhileTheNextIsWrittenDoesNotShare) {
  MemoryPlan plan = planMemory({{64, 0, 1}, {64, 1, 2}});
  EXPECT_NE(plan.offsets[0], plan.offsets[1]);
  EXPECT_EQ(plan.size, 128u);
}

/// The largest first, at 0; each at the lowest place that is free for its whole life, also one
/// between others into which it just fits.
TEST(MemoryPlan, GapsAreFilledFromBelow) {
  // 256 at 0; 192 behind it until 1; 192 behind both; then 192 from 2 on, into the gap.
  MemoryPlan plan = planMemory({{256, 0, 9}, {192, 0, 1}, {192, 0, 9}, {192, 2, 9}});
  EXPECT_EQ(plan.offsets, (std::vector<uint64_t>{0, 256, 448, 256}));
  EXPECT_EQ(plan.size, 640u);
  EXPECT_EQ(plan.lowerBound, 640u);
  // Where the gap is one of 128, the last one comes behind.
  plan = planMemory({{320, 0, 9}, {193, 0, 9}, {192, 2, 9}, {128, 0, 1}, {64, 0, 9}});
  EXPECT_EQ(plan.offsets, (std::vector<uint64_t>{0, 320, 576, 576, 768}));
}

/// Sizes are rounded to 64 each before they are added up; lives include both ends.
TEST(MemoryPlan, TheLowerBoundIsTheLargestLiveSet) {
  EXPECT_EQ(planMemory({{1, 0, 1}, {65, 1, 2}, {64, 3, 3}}).lowerBound, 192u);
  EXPECT_EQ(planMemory({{1, 0, 1}, {65, 2, 2}, {64, 3, 3}}).lowerBound, 128u);
  EXPECT_EQ(planMemory({{64, 0, 0}}).size, 64u);
}

/// Of equal sizes the first comes first.
TEST(MemoryPlan, EqualSizesKeepTheirOrder) {
  EXPECT_EQ(planMemory({{64, 0, 1}, {64, 0, 1}, {64, 0, 1}}).offsets,
            (std::vector<uint64_t>{0, 64, 128}));
}

TEST(MemoryPlan, EmptyIsEmpty) { EXPECT_EQ(planMemory({}).size, 0u); }

TEST(MemoryPlan, RandomPlansNeverOverlapInTimeAndSpace) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<Buffer> buffers(1 + random() % 40);
    for (Buffer &buffer : buffers) {
      buffer.size = 1 + random() % 5000;
      buffer.first = int64_t(random() % 50);
      buffer.last = buffer.first + int64_t(random() % 10);
    }
    MemoryPlan plan = planMemory(buffers);
    uint64_t end = 0;
    for (size_t i = 0; i < buffers.size(); ++i) {
      EXPECT_EQ(plan.offsets[i] % 64, 0u);
      end = std::max(end, plan.offsets[i] + buffers[i].size);
      for (size_t j = 0; j < i; ++j) {
        bool sameTime = buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last;
        bool samePlace = plan.offsets[i] < plan.offsets[j] + buffers[j].size &&
                         plan.offsets[j] < plan.offsets[i] + buffers[i].size;
        EXPECT_FALSE(sameTime && samePlace) << i << " and " << j;
      }
    }
    EXPECT_LE(end, plan.size);
    EXPECT_LE(plan.lowerBound, plan.size);
  }
}

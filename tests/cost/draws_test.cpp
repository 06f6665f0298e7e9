// Draws of a device's uncertain fields, and what is made of them. Recorded values are those of an
// implementation in Python, of the published SplitMix64 and FNV-1a.
#include "partitioner/cost.h"
#include "partitioner/draws.h"
#include "tests/cost/small_program.h"

#include "llvm/ADT/STLExtras.h"

#include <gmock/gmock.h>

#include <cmath>

namespace bstc {
namespace {

using testing::ElementsAre;

Target device() { return llvm::cantFail(loadTarget("bst-a1000b0")); }

size_t fieldNamed(const Target &target, llvm::StringRef key) {
  const auto found =
      llvm::find_if(target.fields, [&](const auto &field) { return field.key == key; });
  return size_t(found - target.fields.begin());
}

/// The first draws of a field of the built-in device.
std::vector<double> first(llvm::StringRef key, size_t count) {
  const Target target = device();
  std::vector<double> values = drawField(target, fieldNamed(target, key));
  values.resize(count);
  return values;
}

TEST(Draws, AreTheSameOnEveryMachine) {
  EXPECT_THAT(first("maca.clock_mhz", 4), ElementsAre(831.999, 662.914, 792.537, 1190.96));
  EXPECT_THAT(first("dma.channels", 8), ElementsAre(3, 2, 3, 3, 2, 3, 3, 3)); // Whole.
  EXPECT_THAT(first("device.frame_microseconds", 3),
              ElementsAre(48.7936, 83.0762, 74.248)); // From 0.
  EXPECT_THAT(first("maca.in_channel_quantum", 8), ElementsAre(32, 16, 32, 32, 32, 32, 32, 16));
}

/// A draw in each hundredth of the range, by logarithms.
TEST(Draws, FillTheRangeEvenly) {
  const Target target = device();
  for (const char *key : {"maca.clock_mhz", "dram.gigabytes_per_second", "maca.efficiency"}) {
    const size_t index = fieldNamed(target, key);
    const TargetField &field = target.fields[index];
    std::vector<double> values = drawField(target, index);
    ASSERT_EQ(values.size(), drawCount);
    llvm::sort(values);
    for (size_t i = 0; i < drawCount; ++i) {
      const double share = std::log(values[i] / field.low) / std::log(field.high / field.low);
      EXPECT_NEAR(share * drawCount, double(i) + 0.5, 0.501) << key;
    }
  }
}

TEST(Draws, OfAFieldDoNotDependOnTheOthers) {
  Target other = device();
  const size_t clock = fieldNamed(other, "maca.clock_mhz");
  ASSERT_FALSE(applySettings(other, {"dram_gbps=12.8", "edp_mhz=700"}));
  EXPECT_EQ(drawField(device(), clock), drawField(other, clock));
  // What the user has set is certain.
  for (const Target &drawn : drawTargets(other)) {
    EXPECT_EQ(drawn.dram.gigabytesPerSecond, 12.8);
    EXPECT_EQ(drawn.edp.clockMHz, 700);
  }
}

TEST(Draws, OfFieldsThatDecideTilesAreFew) {
  Target target = device();
  const size_t memory = fieldNamed(target, "maca.data_memory_bytes");
  target.fields[memory].low = 1 << 20;
  target.fields[memory].high = 8 << 20;
  std::vector<double> values = drawField(target, memory);
  llvm::sort(values);
  const double ends[] = {1 << 20, 2 << 20, 8 << 20};
  for (double end : ends)
    EXPECT_NEAR(double(llvm::count(values, end)), drawCount / 3.0, 2) << end;
  values.erase(std::unique(values.begin(), values.end()), values.end());
  EXPECT_EQ(values.size(), 3u);
}

TEST(Draws, NothingUncertainIsNoDraw) {
  Target target = device();
  for (TargetField &field : target.fields)
    field.low = field.high = field.value;
  EXPECT_TRUE(drawTargets(target).empty());
  EXPECT_TRUE(predictDraws(tiledConvolution(), target).empty());
}

TEST(Quantile, IsBetweenTwoValues) {
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2, 5}, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2, 5}, 0.1), 1.4); // 0.4 of the way from the first.
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2, 5}, 0.9), 4.6);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.9), 7);
  EXPECT_DOUBLE_EQ(quantile({}, 0.5), 0);
}

/// The band is that of whole predictions for the drawn devices, of which it simulates a part.
TEST(Band, HoldsEightOfTenPredictions) {
  const Target target = device();
  const bst::Program program = tiledConvolutionAndTable();
  const CostReport report = predictCost(program, target);
  const FpsRange range = predictRange(program, target, report);
  std::vector<double> whole;
  for (const Target &drawn : drawTargets(target))
    whole.push_back(predictCost(program, drawn).framesPerSecond);
  ASSERT_EQ(range.draws.size(), whole.size());
  for (size_t draw = 0; draw < whole.size(); ++draw)
    EXPECT_NEAR(range.draws[draw], whole[draw], 0.02 * whole[draw]);
  llvm::sort(whole);
  // Of 100 sorted values, the tenth share is 0.9 of the way from the 10th to the 11th.
  const double low = whole[9] + 0.9 * (whole[10] - whole[9]);
  const double high = whole[89] + 0.1 * (whole[90] - whole[89]);
  EXPECT_NEAR(range.low, low, 0.02 * low);
  EXPECT_NEAR(range.high, high, 0.02 * high);
  const auto inside = llvm::count_if(
      range.draws, [&](double fps) { return fps >= range.low && fps <= range.high; });
  EXPECT_EQ(inside, 80);
}

/// A network that does not run on one of three memories has no FPS in a third of the draws.
TEST(Band, CountsDevicesOnWhichItDoesNotRun) {
  Target target = device();
  TargetField &memory = target.fields[fieldNamed(target, "maca.data_memory_bytes")];
  memory.low = 16;
  const std::vector<double> draws = predictDraws(tiledConvolution(), target);
  EXPECT_NEAR(double(llvm::count(draws, 0.0)), drawCount / 3.0, 2);
  EXPECT_GT(llvm::count_if(draws, [](double fps) { return fps > 0; }), 60);
}

TEST(Difference, IsTakenDrawByDraw) {
  // +10%, -50%, the same, +100%, +30%.
  const auto difference = differenceOf({100, 100, 50, 10, 1000}, {110, 50, 50, 20, 1300});
  ASSERT_TRUE(difference);
  EXPECT_DOUBLE_EQ(difference->faster, 0.6);
  EXPECT_DOUBLE_EQ(difference->slower, 0.2);
  EXPECT_NEAR(difference->low, -0.5 + 0.4 * 0.5, 1e-12); // Between -50% and 0.
  EXPECT_NEAR(difference->high, 0.3 + 0.6 * 0.7, 1e-12); // Between +30% and +100%.
  EXPECT_FALSE(difference->certain());
}

TEST(Difference, IsCertainInNineOfTenDraws) {
  const std::vector<double> a(10, 100);
  std::vector<double> b(10, 101);
  b[3] = 90;
  EXPECT_TRUE(differenceOf(a, b)->certain());
  EXPECT_TRUE(differenceOf(b, a)->certain()); // Slower is certain, too.
  b[7] = 90;
  EXPECT_FALSE(differenceOf(a, b)->certain());
}

TEST(Difference, LeavesOutDrawsInWhichOneDoesNotRun) {
  const auto difference = differenceOf({0, 100, 100}, {50, 0, 120});
  ASSERT_TRUE(difference);
  EXPECT_DOUBLE_EQ(difference->faster, 1);
  EXPECT_NEAR(difference->low, 0.2, 1e-12);
  EXPECT_FALSE(differenceOf({0, 100}, {50, 0}));
  EXPECT_FALSE(differenceOf({100}, {100, 100}));
}

} // namespace
} // namespace bstc

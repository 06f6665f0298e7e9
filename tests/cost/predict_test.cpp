// The report over a whole program, with times computed by hand.
#include "partitioner/cost.h"
#include "tests/cost/small_program.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

constexpr double us = 1e-6;

// Loads 1408 bytes at 4 a microsecond: 352. Computes 5 + 57600 / 16. Stores 200.
TEST(PredictCost, AFrameAlone) {
  const CostReport report = predictCost(tiledConvolution(), microsecondTarget());
  EXPECT_NEAR(report.latencySeconds, (352 + 3605 + 200) * us, 1e-3 * us);
  ASSERT_EQ(report.commands.size(), 1u);
  const CommandCost &cost = report.commands[0];
  EXPECT_EQ(cost.tiles, 1u);
  EXPECT_EQ(cost.work.macs, 57600u);
  EXPECT_EQ(cost.work.dramRead, 1408u);
  EXPECT_EQ(cost.work.dramWrite, 800u);
  EXPECT_NEAR(cost.computeSeconds, 3600 * us, 1e-6 * us);
  EXPECT_NEAR(cost.memorySeconds, 352 * us, 1e-6 * us); // The longer direction counts.
  EXPECT_NEAR(cost.seconds, 4157 * us, 1e-3 * us);
  EXPECT_EQ(cost.bound, Bound::Maca);
  EXPECT_NEAR(cost.utilisation, 57600.0 / (4157 * 16), 1e-6);
}

TEST(PredictCost, JobsFollowEachOther) {
  const CostReport report = predictCost(tiledConvolution(), microsecondTarget());
  EXPECT_NEAR(report.framesPerSecond, 1e6 / 4157, 1e-3);
  EXPECT_NEAR(report.shareOfPeak, 57600.0 / (4157 * 16), 1e-6);
  EXPECT_EQ(report.bound, Bound::Maca);
  EXPECT_NEAR(report.engines[0].computeSeconds, 3600 * us, 1e-3 * us);
  EXPECT_NEAR(report.engines[0].overheadSeconds, 5 * us, 1e-3 * us);
  EXPECT_NEAR(report.engines[0].idleSeconds, 552 * us, 1e-3 * us);
}

// With two frames in flight a store hides behind the next frame's loads and arithmetic; these
// follow each other, as they share their places on chip.
TEST(PredictCost, FramesInFlightHideTheStore) {
  Target target = microsecondTarget();
  target.device.framesInFlight = 2;
  EXPECT_NEAR(predictCost(tiledConvolution(), target).framesPerSecond, 1e6 / (352 + 3605), 1e-3);
}

TEST(PredictCost, SlowMemoryBoundsTheCommand) {
  Target target = microsecondTarget();
  target.dram.gigabytesPerSecond = 2.208e-4; // 2208 bytes in all: 10 ms.
  const CostReport report = predictCost(tiledConvolution(), target);
  EXPECT_NEAR(report.commands[0].memorySeconds, 10000 * us, 1e-3 * us);
  EXPECT_EQ(report.commands[0].bound, Bound::Dram);
  EXPECT_EQ(report.bound, Bound::Dram);
  EXPECT_NEAR(report.latencySeconds, 13605 * us, 1e-2 * us);
  EXPECT_EQ(report.breakdown.resource, Bound::Dram);
}

TEST(PredictCost, StartingSmallCommandsCanBeTheBound) {
  Target target = microsecondTarget();
  target.maca.commandCycles = 5000;
  const CostReport report = predictCost(tiledConvolution(), target);
  EXPECT_EQ(report.commands[0].bound, Bound::Overhead);
  EXPECT_EQ(report.bound, Bound::Overhead);
}

// The table: loads 200, 3 + 800 / 2, stores 200.
TEST(PredictCost, ShareOfTheFrameAddsUpToTheLatency) {
  const CostReport report = predictCost(tiledConvolutionAndTable(), microsecondTarget());
  EXPECT_NEAR(report.latencySeconds, (4157 + 803) * us, 1e-3 * us);
  EXPECT_NEAR(report.commands[0].seconds, 4157 * us, 1e-3 * us);
  EXPECT_NEAR(report.commands[1].seconds, 803 * us, 1e-3 * us);
  EXPECT_EQ(report.commands[1].bound,
            Bound::Edp); // 400 for loading and storing, 400 for the table.
  EXPECT_EQ(report.engines[1].commands, 1u);
  EXPECT_NEAR(report.engines[1].seconds(), 403 * us, 1e-3 * us);
}

TEST(PredictCost, ATableMayRideOnItsConvolution) {
  Target target = microsecondTarget();
  target.maca.fusedTableBytesPerCycle = 4; // 200 cycles: the array takes longer.
  EXPECT_NEAR(predictCost(tiledConvolutionAndTable(), target).latencySeconds, 4157 * us, 1e-3 * us);
  target.maca.commandCycles = 0;
  target.maca.macsPerCycle = 1000;
  target.maca.fusedTableBytesPerCycle = 1; // 800 cycles against 58 of the array.
  const CostReport report = predictCost(tiledConvolutionAndTable(), target);
  EXPECT_NEAR(report.latencySeconds, (352 + 800 + 200) * us, 1e-3 * us);
  EXPECT_EQ(report.dramWrite, 800u);
}

TEST(PredictCost, RooflineTakesWorkAtPeakAndTheLeastTraffic) {
  const CostReport report = predictCost(tiledConvolutionAndTable(), microsecondTarget());
  const Roofline &roofline = report.roofline;
  EXPECT_NEAR(roofline.engines[0], 3600 * us, 1e-6 * us);
  EXPECT_NEAR(roofline.engines[1], 400 * us, 1e-6 * us);
  // 576 bytes of weights, stored in panels of 16 channels: 1152; 800 in, 800 out.
  EXPECT_EQ(roofline.dramBytes, 1152u + 1600u);
  EXPECT_NEAR(roofline.seconds, 3600 * us, 1e-6 * us);
  EXPECT_EQ(roofline.bound, Bound::Maca);
  EXPECT_NEAR(report.shareOfRoofline, 3600.0 / 4960, 1e-6);
}

TEST(PredictCost, BreakdownAddsUpToThePeriod) {
  Target target = microsecondTarget();
  target.maca.pixelQuantum = 64; // 100 pixels are 128.
  const CostReport report = predictCost(tiledConvolution(), target);
  const Breakdown &parts = report.breakdown;
  EXPECT_EQ(parts.resource, Bound::Maca);
  EXPECT_NEAR(parts.minimum, 3600 * us, 1e-3 * us);
  EXPECT_NEAR(parts.excess, 1008 * us, 1e-3 * us);
  EXPECT_NEAR(parts.starts, 5 * us, 1e-3 * us);
  EXPECT_NEAR(parts.idle, 552 * us, 1e-3 * us);
  EXPECT_NEAR(1 / report.framesPerSecond,
              parts.minimum + parts.excess + parts.starts + parts.waits + parts.idle, 1e-3 * us);
}

// Two bands of 6 rows for 10: 2 rows of 10 pixels with 8 * 8 * 9 MACs each twice.
TEST(PredictCost, HalosAreApartFromTheNetworksMacs) {
  bst::Program program = tiledConvolution();
  program.tiles.ops[2].output.part = {0, 6, 0, 8};
  program.tiles.ops.push_back(program.tiles.ops[2]);
  program.tiles.ops.back().output.part = {4, 6, 0, 8};
  const CostReport report = predictCost(program, microsecondTarget());
  EXPECT_EQ(report.commands[0].work.macs, 57600u);
  EXPECT_EQ(report.commands[0].recomputedMacs, 20u * 8 * 8 * 9);
  EXPECT_EQ(report.macs, 57600u);
  EXPECT_EQ(report.recomputedMacs, 11520u);
  EXPECT_NEAR(report.engines[0].computeSeconds, 4320 * us, 1e-6 * us);
  EXPECT_NEAR(report.engines[0].haloSeconds, 720 * us, 1e-6 * us);
}

TEST(PredictRange, TakesEachFieldToItsEnds) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  bst::Program program = tiledConvolution();
  const CostReport report = predictCost(program, target);
  const FpsRange range = predictRange(program, target, report);
  EXPECT_LT(range.low, range.high);
  ASSERT_FALSE(range.effects.empty());
  for (const FpsRange::Effect &effect : range.effects) {
    EXPECT_TRUE(target.fields[effect.field].uncertain());
    // The same simulation as a report for such a device.
    const TargetField &field = target.fields[effect.field];
    for (const auto &[value, fps] :
         {std::pair(field.low, field.moreIsFaster ? effect.low : effect.high),
          {field.high, field.moreIsFaster ? effect.high : effect.low}}) {
      Target other = target;
      setField(other, effect.field, value);
      EXPECT_EQ(fps, predictCost(program, other).framesPerSecond) << field.key;
    }
  }
  // Nothing is uncertain where the user has set it.
  std::vector<std::string> settings;
  for (const TargetField &field : target.fields)
    if (field.uncertain())
      settings.push_back(field.key + "=" + std::to_string(field.value));
  ASSERT_FALSE(applySettings(target, settings));
  const CostReport sure = predictCost(program, target);
  EXPECT_EQ(predictRange(program, target, sure).low, sure.framesPerSecond);
}

TEST(PredictCost, NothingCostsNothing) {
  const CostReport report = predictCost({}, microsecondTarget());
  EXPECT_EQ(report.framesPerSecond, 0);
  EXPECT_EQ(report.bound, Bound::None);
}

} // namespace
} // namespace bstc

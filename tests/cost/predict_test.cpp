// The report over a whole program, with times computed by hand.
#include "partitioner/cost.h"
#include "tests/cost/conv_program.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

/// 16 MAC and 4 DRAM bytes a cycle at 1 MHz, so that a cycle is a microsecond; no rounding.
Target plainTarget() {
  Target target;
  target.maca = {/*macsPerCycle=*/16,
                 /*pixelQuantum=*/1,
                 /*outChannelQuantum=*/1,
                 /*inChannelQuantum=*/1,
                 /*depthwiseGroup=*/1,
                 /*strideFactor=*/1,
                 /*clockMHz=*/1,
                 /*dataMemoryBytes=*/1 << 20,
                 /*weightMemoryBytes=*/1 << 20,
                 /*weightBytesPerCycle=*/1000,
                 /*commandCycles=*/5};
  target.edp = {/*bytesPerCycle=*/2, /*clockMHz=*/1, /*commandCycles=*/3};
  target.dsp = {/*flopsPerCycle=*/1, /*transcendentalFlops=*/4, /*clockMHz=*/2,
                /*commandCycles=*/8};
  target.dram = {/*bytesPerCycle=*/4, /*gigabytesPerSecond=*/1000};
  return target;
}

constexpr double microsecond = 1e-6;

/// conv: 100 pixels, 8 -> 8 channels, 3x3.
bst::Program convolution() { return convProgram(8, 8, 3, 1, 10); }

/// The same with an activation that is a command of its own, as SiLU is.
bst::Program convolutionAndTable() {
  bst::Program program = convolution();
  program.tensors.push_back(program.tensors[2]);
  bst::Command table;
  table.engine = bst::Engine::Edp;
  table.inputs = {2};
  table.outputs = {3};
  table.params = bst::LutParams{"silu", std::vector<uint8_t>(256)};
  program.commands.push_back(table);
  return program;
}

TEST(PredictCost, TimesOneCommand) {
  const CostReport report = predictCost(convolution(), plainTarget());
  ASSERT_EQ(report.commands.size(), 1u);
  const CommandCost &cost = report.commands[0];
  EXPECT_EQ(cost.work.macs, 57600u);
  EXPECT_DOUBLE_EQ(cost.computeSeconds, 3600 * microsecond);
  // 800 + 8*8*9 + 8*4 bytes in, 800 out: the longer direction counts.
  EXPECT_DOUBLE_EQ(cost.memorySeconds, 352 * microsecond);
  EXPECT_DOUBLE_EQ(cost.seconds, 3605 * microsecond);
  EXPECT_EQ(cost.bound, Bound::Maca);
  EXPECT_DOUBLE_EQ(cost.utilisation, 57600.0 / (3605 * 16));
  EXPECT_DOUBLE_EQ(report.latencySeconds, 3605 * microsecond);
  EXPECT_DOUBLE_EQ(report.framesPerSecond, 1e6 / 3605);
  EXPECT_DOUBLE_EQ(report.shareOfPeak, 57600.0 / (3605 * 16));
  EXPECT_EQ(report.bound, Bound::Maca);
}

TEST(PredictCost, SlowMemoryBoundsTheCommand) {
  Target target = plainTarget();
  target.dram.gigabytesPerSecond = 2.208e-4; // 2208 bytes in all: 10 ms.
  const CostReport report = predictCost(convolution(), target);
  EXPECT_DOUBLE_EQ(report.commands[0].memorySeconds, 10000 * microsecond);
  EXPECT_DOUBLE_EQ(report.commands[0].seconds, 10005 * microsecond);
  EXPECT_EQ(report.commands[0].bound, Bound::Dram);
  EXPECT_DOUBLE_EQ(report.engines[0].computeSeconds, 3600 * microsecond);
  EXPECT_DOUBLE_EQ(report.engines[0].waitSeconds, 6400 * microsecond);
  EXPECT_EQ(report.bound, Bound::Dram);
}

TEST(PredictCost, StartingSmallCommandsCanBeTheBound) {
  Target target = plainTarget();
  target.maca.commandCycles = 4000;
  const CostReport report = predictCost(convolution(), target);
  EXPECT_EQ(report.commands[0].bound, Bound::Overhead);
  EXPECT_EQ(report.bound, Bound::Overhead);
}

TEST(PredictCost, LatencyAddsEnginesUpAndThroughputOverlapsThem) {
  const CostReport report = predictCost(convolutionAndTable(), plainTarget());
  EXPECT_EQ(report.engines[0].commands, 1u);
  EXPECT_EQ(report.engines[1].commands, 1u);
  // 800 elements, 2 a cycle, and 3 cycles to start.
  EXPECT_DOUBLE_EQ(report.engines[1].seconds(), 403 * microsecond);
  EXPECT_DOUBLE_EQ(report.latencySeconds, (3605 + 403) * microsecond);
  EXPECT_DOUBLE_EQ(report.framesPerSecond, 1e6 / 3605);
}

TEST(PredictCost, AnActivationOfItsOwnCostsEdpTimeAndTraffic) {
  const CostReport fused = predictCost(convolution(), plainTarget());
  const CostReport separate = predictCost(convolutionAndTable(), plainTarget());
  EXPECT_EQ(fused.engines[1].seconds(), 0);
  EXPECT_GT(separate.engines[1].seconds(), 0);
  EXPECT_EQ(separate.dramRead - fused.dramRead, 800u);
  EXPECT_EQ(separate.dramWrite - fused.dramWrite, 800u);
  EXPECT_EQ(separate.macs, fused.macs);
}

TEST(PredictCost, EnginesThatCompeteForDramAreBoundByIt) {
  Target target = plainTarget();
  target.dram.gigabytesPerSecond = 2e-4;
  const CostReport report = predictCost(convolutionAndTable(), target);
  // Both wait for DRAM; together their transfers take longer than either engine is busy.
  EXPECT_DOUBLE_EQ(report.dramSeconds, (2208 + 1600) * 5 * microsecond);
  EXPECT_DOUBLE_EQ(report.framesPerSecond, 1 / report.dramSeconds);
  EXPECT_EQ(report.bound, Bound::Dram);
}

TEST(PredictCost, NothingCostsNothing) {
  const CostReport report = predictCost({}, plainTarget());
  EXPECT_EQ(report.framesPerSecond, 0);
  EXPECT_EQ(report.bound, Bound::None);
}

} // namespace
} // namespace bstc

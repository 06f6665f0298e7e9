// The report over a whole program, with times computed by hand.
#include "partitioner/cost.h"
#include "tests/cost/conv_program.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

/// 16 MAC and 4 DRAM bytes a cycle at 1 MHz, so that a cycle is a microsecond; no rounding.
Target plainTarget() {
  Target target;
  target.name = "plain";
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

constexpr double us = 1e-6;

bst::Slice slice(uint32_t tensor, uint64_t size) {
  bst::Slice result;
  result.tensor = tensor;
  result.size = size;
  return result;
}

bst::Slice onChip(bst::Slice slice, bst::OnChip memory, uint64_t offset) {
  slice.onChip = true;
  slice.memory = memory;
  slice.offset = offset;
  return slice;
}

bst::TileOp tileOp(bst::Queue queue, uint32_t command, std::vector<bst::Slice> inputs,
                   bst::Slice output, std::vector<uint32_t> dependsOn) {
  bst::TileOp op;
  op.queue = queue;
  op.commands = {command};
  op.inputs = std::move(inputs);
  op.output = output;
  op.dependsOn = std::move(dependsOn);
  return op;
}

/// conv: 100 pixels, 8 -> 8 channels, 3x3, in one tile: 800 bytes in, 576 + 32 of weights and
/// biases, 800 out.
bst::Program convolution() {
  bst::Program program = convProgram(8, 8, 3, 1, 10);
  program.tensors[1].size = storedSize(program.tensors[1]);
  program.inputs = {0};
  program.outputs = {2};
  program.target = "plain";
  program.tiles.dataBytes = program.tiles.weightBytes = 1 << 20;
  const bst::Slice in = slice(0, 800), weights = slice(1, 608);
  const bst::Slice inHere = onChip(in, bst::OnChip::Data, 0);
  const bst::Slice weightsHere = onChip(weights, bst::OnChip::Weights, 0);
  bst::Slice out = slice(2, 800);
  out.part = {0, 10, 0, 8};
  const bst::Slice outHere = onChip(out, bst::OnChip::Data, 4096);
  program.tiles.ops = {
      tileOp(bst::Queue::LoadData, 0, {in}, inHere, {}),
      tileOp(bst::Queue::LoadWeights, 0, {weights}, weightsHere, {}),
      tileOp(bst::Queue::Maca, 0, {inHere, weightsHere}, outHere, {0, 1}),
      tileOp(bst::Queue::Store, 0, {outHere}, out, {2}),
  };
  return program;
}

/// The same with an activation that is a command of its own, as SiLU is; through DRAM.
bst::Program convolutionAndTable() {
  bst::Program program = convolution();
  program.tensors.push_back(program.tensors[2]);
  bst::Command table;
  table.engine = bst::Engine::Edp;
  table.inputs = {2};
  table.outputs = {3};
  table.params = bst::LutParams{"silu", std::vector<uint8_t>(256)};
  program.commands.push_back(table);
  program.outputs = {3};
  bst::Slice out = slice(3, 800);
  out.part = {0, 10, 0, 8};
  const bst::Slice inHere = onChip(slice(2, 800), bst::OnChip::Data, 8192);
  const bst::Slice outHere = onChip(out, bst::OnChip::Data, 12288);
  program.tiles.ops.push_back(tileOp(bst::Queue::LoadData, 1, {slice(2, 800)}, inHere, {3}));
  program.tiles.ops.push_back(tileOp(bst::Queue::Edp, 1, {inHere}, outHere, {4}));
  program.tiles.ops.push_back(tileOp(bst::Queue::Store, 1, {outHere}, out, {5}));
  return program;
}

// Loads 1408 bytes at 4 a microsecond: 352. Computes 5 + 57600 / 16. Stores 200.
TEST(PredictCost, AFrameAlone) {
  const CostReport report = predictCost(convolution(), plainTarget());
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
  const CostReport report = predictCost(convolution(), plainTarget());
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
  Target target = plainTarget();
  target.device.framesInFlight = 2;
  EXPECT_NEAR(predictCost(convolution(), target).framesPerSecond, 1e6 / (352 + 3605), 1e-3);
}

TEST(PredictCost, SlowMemoryBoundsTheCommand) {
  Target target = plainTarget();
  target.dram.gigabytesPerSecond = 2.208e-4; // 2208 bytes in all: 10 ms.
  const CostReport report = predictCost(convolution(), target);
  EXPECT_NEAR(report.commands[0].memorySeconds, 10000 * us, 1e-3 * us);
  EXPECT_EQ(report.commands[0].bound, Bound::Dram);
  EXPECT_EQ(report.bound, Bound::Dram);
  EXPECT_NEAR(report.latencySeconds, 13605 * us, 1e-2 * us);
  EXPECT_EQ(report.breakdown.resource, Bound::Dram);
}

TEST(PredictCost, StartingSmallCommandsCanBeTheBound) {
  Target target = plainTarget();
  target.maca.commandCycles = 5000;
  const CostReport report = predictCost(convolution(), target);
  EXPECT_EQ(report.commands[0].bound, Bound::Overhead);
  EXPECT_EQ(report.bound, Bound::Overhead);
}

// The table: loads 200, 3 + 800 / 2, stores 200.
TEST(PredictCost, ShareOfTheFrameAddsUpToTheLatency) {
  const CostReport report = predictCost(convolutionAndTable(), plainTarget());
  EXPECT_NEAR(report.latencySeconds, (4157 + 803) * us, 1e-3 * us);
  EXPECT_NEAR(report.commands[0].seconds, 4157 * us, 1e-3 * us);
  EXPECT_NEAR(report.commands[1].seconds, 803 * us, 1e-3 * us);
  EXPECT_EQ(report.commands[1].bound,
            Bound::Edp); // 400 for loading and storing, 400 for the table.
  EXPECT_EQ(report.engines[1].commands, 1u);
  EXPECT_NEAR(report.engines[1].seconds(), 403 * us, 1e-3 * us);
}

TEST(PredictCost, ATableMayRideOnItsConvolution) {
  Target target = plainTarget();
  target.maca.fusedTableBytesPerCycle = 4; // 200 cycles: the array takes longer.
  EXPECT_NEAR(predictCost(convolutionAndTable(), target).latencySeconds, 4157 * us, 1e-3 * us);
  target.maca.commandCycles = 0;
  target.maca.macsPerCycle = 1000;
  target.maca.fusedTableBytesPerCycle = 1; // 800 cycles against 58 of the array.
  const CostReport report = predictCost(convolutionAndTable(), target);
  EXPECT_NEAR(report.latencySeconds, (352 + 800 + 200) * us, 1e-3 * us);
  EXPECT_EQ(report.dramWrite, 800u);
}

TEST(PredictCost, RooflineTakesWorkAtPeakAndTheLeastTraffic) {
  const CostReport report = predictCost(convolutionAndTable(), plainTarget());
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
  Target target = plainTarget();
  target.maca.pixelQuantum = 64; // 100 pixels are 128.
  const CostReport report = predictCost(convolution(), target);
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
  bst::Program program = convolution();
  program.tiles.ops[2].output.part = {0, 6, 0, 8};
  program.tiles.ops.push_back(program.tiles.ops[2]);
  program.tiles.ops.back().output.part = {4, 6, 0, 8};
  const CostReport report = predictCost(program, plainTarget());
  EXPECT_EQ(report.commands[0].work.macs, 57600u);
  EXPECT_EQ(report.commands[0].recomputedMacs, 20u * 8 * 8 * 9);
  EXPECT_EQ(report.macs, 57600u);
  EXPECT_EQ(report.recomputedMacs, 11520u);
  EXPECT_NEAR(report.engines[0].computeSeconds, 4320 * us, 1e-6 * us);
  EXPECT_NEAR(report.engines[0].haloSeconds, 720 * us, 1e-6 * us);
}

TEST(PredictRange, GoesOverTheStatedRanges) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  bst::Program program = convolution();
  const CostReport report = predictCost(program, target);
  const FpsRange range = predictRange(program, target, report);
  EXPECT_LT(range.low, report.framesPerSecond);
  EXPECT_GT(range.high, report.framesPerSecond);
  ASSERT_FALSE(range.effects.empty());
  for (const FpsRange::Effect &effect : range.effects) {
    EXPECT_TRUE(target.fields[effect.field].uncertain());
    EXPECT_GE(effect.low, range.low);
    EXPECT_LE(effect.high, range.high);
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
  const CostReport report = predictCost({}, plainTarget());
  EXPECT_EQ(report.framesPerSecond, 0);
  EXPECT_EQ(report.bound, Bound::None);
}

} // namespace
} // namespace bstc

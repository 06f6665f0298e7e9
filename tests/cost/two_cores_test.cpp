// The report for devices of two cores and for batches of two, worked out by hand.
//
// One map of tiledConvolution() on one core: loads 1408 bytes at 4 a microsecond: 352; computes 5 +
// 57600 / 16 = 3605; stores 800: 200. A frame: 4157.

#include "partitioner/cost.h"
#include "tests/cost/small_program.h"

#include <gtest/gtest.h>

#include <numeric>

namespace bstc {
namespace {

constexpr double us = 1e-6;
constexpr size_t maca = size_t(bst::Engine::Maca), edp = size_t(bst::Engine::Edp),
                 dsp = size_t(bst::Engine::Dsp);

Target twoCores() {
  Target target = microsecondTarget();
  target.device.cores = 2;
  return target;
}

double sum(const Waits &waits) { return std::accumulate(waits.begin(), waits.end(), 0.0); }

/// Two cores begin at one time and keep step; their ports add up, so each transfer takes as long as
/// on one core. Two frames each 4157.
TEST(TwoCores, AFrameTakesHalfTheTime) {
  const CostReport report = predictCost(tiledConvolution(), twoCores());
  const double period = 4157 / 2.0 * us;
  EXPECT_NEAR(report.framesPerSecond, 1 / period, 1e-3);
  // Of the peak of both: 57600 MACs of 2 * 16 a microsecond.
  EXPECT_NEAR(report.shareOfPeak, 57600 / (period / us * 32), 1e-6);
  // A mean over the cores: half of each.
  const EngineTime &time = report.engines[maca];
  EXPECT_NEAR(time.computeSeconds, 1800 * us, 1e-3 * us);
  EXPECT_NEAR(time.overheadSeconds, 2.5 * us, 1e-3 * us);
  EXPECT_NEAR(time.waitSeconds, 0, 1e-3 * us);
  EXPECT_NEAR(time.idleSeconds, (2078.5 - 1802.5) * us, 1e-3 * us);
  EXPECT_NEAR(sum(time.waits), time.idleSeconds, 1e-3 * us);
  EXPECT_NEAR(time.seconds() + time.idleSeconds, period, 1e-3 * us);
  EXPECT_EQ(time.commands, 1u);
  EXPECT_EQ(report.macs, 57600u); // Of a frame.
  EXPECT_EQ(report.dramRead, 1408u);
  EXPECT_EQ(report.dramWrite, 800u);
}

/// At their peaks: 57600 / 16 on MACA, 800 / 2 on EDP, each of two; 2 * 800 operations at 2 a
/// microsecond on each of four DSPs.
TEST(TwoCores, TheRooflineIsThatOfAllCores) {
  bst::Program program = tiledConvolutionAndTable();
  appendDequantize(program);
  Target target = twoCores();
  target.dsp.cores = 4;
  const CostReport report = predictCost(program, target);
  EXPECT_NEAR(report.roofline.engines[maca], 3600 / 2.0 * us, 1e-6 * us);
  EXPECT_NEAR(report.roofline.engines[edp], 400 / 2.0 * us, 1e-6 * us);
  EXPECT_NEAR(report.roofline.engines[dsp], 800 / 4.0 * us, 1e-6 * us);
  // Weights in panels of 16 channels 1152, the input 800; out 800 floats. Two ports of 4.
  EXPECT_EQ(report.roofline.dramBytes, 1152u + 800 + 3200);
  EXPECT_NEAR(report.roofline.dram, 3200 / 8.0 * us, 1e-6 * us);
  EXPECT_NEAR(report.roofline.seconds, 1800 * us, 1e-6 * us);
  EXPECT_EQ(report.roofline.bound, Bound::Maca);
  EXPECT_NEAR(report.shareOfRoofline, 1800 * us * report.framesPerSecond, 1e-9);
  // Means over two EDPs, and over four DSPs.
  EXPECT_NEAR(report.engines[edp].computeSeconds, 200 * us, 1e-3 * us);
  EXPECT_NEAR(report.engines[edp].overheadSeconds, 1.5 * us, 1e-3 * us);
  EXPECT_NEAR(report.engines[dsp].computeSeconds, 200 * us, 1e-3 * us);
  EXPECT_NEAR(report.engines[dsp].overheadSeconds, 1 * us, 1e-3 * us);
}

/// Memory that both cores share bounds them: 2208 bytes per frame at 0.2208 a microsecond.
TEST(TwoCores, ShareOneMemory) {
  Target target = twoCores();
  target.dram.gigabytesPerSecond = 2.208e-4;
  const CostReport report = predictCost(tiledConvolution(), target);
  EXPECT_EQ(report.breakdown.resource, Bound::Dram);
  EXPECT_NEAR(report.dram.compute, 10000 * us, 1e-2 * us);
}

/// A core moves 2 bytes a microsecond at most: 704 and 400 about its 3605.
TEST(TwoCores, EachHasAShareOfTheMemoryAtMost) {
  Target target = twoCores();
  target.dram.coreGigabytesPerSecond = 2e-3;
  CostReport report = predictCost(tiledConvolution(), target);
  EXPECT_NEAR(report.latencySeconds, (704 + 3605 + 400) * us, 1e-2 * us);
  EXPECT_NEAR(report.framesPerSecond, 2e6 / 4709, 1e-2);
  EXPECT_NEAR(report.dram.compute, 2208 / 4.0 * us, 1e-2 * us);
  // The memory gives 3 to both together, and 2 to one that is alone. Loads, which MACA waits for,
  // come before stores: frame by frame the cores fall out of step until neither waits. (Frames of
  // the second one end at 5437, 10334, 15137, 19893, ... : 4897, 4803, 4756 apart.)
  target.dram.gigabytesPerSecond = 3e-3;
  report = predictCost(tiledConvolution(), target);
  EXPECT_NEAR(report.latencySeconds, 4709 * us, 1e-2 * us);
  EXPECT_NEAR(report.framesPerSecond, 2e6 / 4709, 1e-2);
  EXPECT_NEAR(report.roofline.dram, (1152 + 800 + 800) / 3.0 * us, 1e-2 * us);
}

/// Two bands of 6 rows for 10: 2 rows of 10 pixels, 11520 MACs, twice: 720 of 4320 on one of two
/// cores.
TEST(TwoCores, HalosAreAMeanOverThem) {
  bst::Program program = tiledConvolution();
  program.tiles.ops[2].output.part = {0, 6, 0, 8};
  program.tiles.ops.push_back(program.tiles.ops[2]);
  program.tiles.ops.back().output.part = {4, 6, 0, 8};
  const CostReport report = predictCost(program, twoCores());
  EXPECT_EQ(report.commands[0].tiles, 2u);
  EXPECT_NEAR(report.commands[0].haloSeconds, 720 * us, 1e-6 * us);
  EXPECT_NEAR(report.engines[maca].haloSeconds, 360 * us, 1e-6 * us);
  EXPECT_NEAR(report.engines[maca].computeSeconds, 2160 * us, 1e-3 * us);
  EXPECT_EQ(report.breakdown.resource, Bound::Maca);
  EXPECT_NEAR(report.breakdown.minimum, 1800 * us, 1e-3 * us);
  EXPECT_NEAR(report.breakdown.excess, 360 * us, 1e-3 * us);
  EXPECT_NEAR(report.breakdown.halos, 360 * us, 1e-3 * us);
  EXPECT_NEAR(report.breakdown.starts, 5 * us, 1e-3 * us); // Two commands on one of two cores.
}

/// Twice the maps, once the weights: loads (1600 + 608) / 4 = 552, computes 5 + 7200, stores 400.
TEST(BatchOfTwo, DoublesTheMapsAndNotTheWeights) {
  const CostReport report = predictCost(tiledConvolution(2), microsecondTarget());
  EXPECT_NEAR(report.latencySeconds, (552 + 7205 + 400) * us, 1e-3 * us);
  const CommandCost &cost = report.commands[0];
  EXPECT_EQ(cost.work.macs, 115200u);
  EXPECT_EQ(cost.work.macSlots, 115200u);
  EXPECT_EQ(cost.work.cycles, 7200u);
  EXPECT_EQ(cost.work.overheadCycles, 5u);
  EXPECT_EQ(cost.work.dramRead, 2208u);
  EXPECT_EQ(cost.work.dramWrite, 1600u);
  EXPECT_EQ(cost.work.sramBytes, 2u * 3808);
  EXPECT_EQ(cost.recomputedMacs, 0u);
  EXPECT_NEAR(cost.computeSeconds, 7200 * us, 1e-6 * us);
  EXPECT_NEAR(cost.overheadSeconds, 5 * us, 1e-6 * us);
  EXPECT_NEAR(cost.memorySeconds, 552 * us, 1e-6 * us);
  EXPECT_NEAR(cost.seconds, 8157 * us, 1e-3 * us);
  EXPECT_NEAR(cost.utilisation, 115200.0 / (8157 * 16), 1e-6);
  EXPECT_NEAR(report.framesPerSecond, 1e6 / 8157, 1e-3);
}

/// 200 pixels in blocks of 64 are 256.
TEST(BatchOfTwo, SlotsAreThoseOfFullBlocks) {
  Target target = microsecondTarget();
  target.maca.pixelQuantum = 64;
  const CostReport report = predictCost(tiledConvolution(2), target);
  EXPECT_EQ(report.commands[0].work.macs, 115200u);
  EXPECT_EQ(report.commands[0].work.macSlots, 256u * 8 * 8 * 9);
  EXPECT_EQ(report.macSlots, 256u * 8 * 8 * 9);
  EXPECT_EQ(report.commands[0].work.cycles, 256u * 8 * 8 * 9 / 16);
}

/// The table: loads 400, 3 + 1600 / 2, stores 400.
TEST(BatchOfTwo, OnTheOtherEngines) {
  bst::Program program = tiledConvolutionAndTable(2);
  CostReport report = predictCost(program, microsecondTarget());
  EXPECT_NEAR(report.latencySeconds, (8157 + 400 + 803 + 400) * us, 1e-3 * us);
  EXPECT_EQ(report.commands[1].work.elements, 1600u);
  EXPECT_NEAR(report.commands[1].active.start, 8157 * us, 1e-3 * us);
  EXPECT_NEAR(report.commands[1].active.end, (8157 + 1603) * us, 1e-3 * us);
  EXPECT_NEAR(report.commands[0].active.start, 0, 1e-3 * us);
  EXPECT_NEAR(report.commands[0].active.end, 8157 * us, 1e-3 * us);
  EXPECT_EQ(report.dramRead, 2208u + 1600);
  EXPECT_EQ(report.dramWrite, 1600u + 1600);
  // DSP: 2 * 1600 operations at 2 a microsecond after 4; its 1600 bytes in and 6400 out pass
  // meanwhile (6400 / 4 = 1600, as long as the arithmetic).
  appendDequantize(program);
  report = predictCost(program, microsecondTarget());
  EXPECT_NEAR(report.latencySeconds, (8157 + 1603 + 1604) * us, 1e-3 * us);
  EXPECT_EQ(report.commands[2].work.elements, 3200u);
  EXPECT_EQ(report.commands[2].work.dramWrite, 6400u);
}

/// What the host does beside the commands is on top of a frame alone, and hidden behind others
/// where it fits.
TEST(Host, AddsItsTimeToTheLatency) {
  Target target = microsecondTarget();
  target.host.frameMilliseconds = 0.5;
  const CostReport report = predictCost(tiledConvolution(), target);
  EXPECT_NEAR(report.latencySeconds, (4157 + 500) * us, 1e-3 * us);
  EXPECT_NEAR(report.framesPerSecond, 1e6 / 4157, 1e-3);
}

/// A host that takes DSP's part: 4 + 800 for the values and 5000 beside them, of each frame.
TEST(Host, BoundsTheFramesWithAllItsProcessors) {
  bst::Program program = tiledConvolution();
  appendDequantize(program);
  Target target = microsecondTarget();
  target.host.frameMilliseconds = 5;
  target.dsp.host = true;
  EXPECT_NEAR(predictCost(program, target).framesPerSecond, 1e6 / 5804, 1e-2);
  const CostReport one = predictCost(program, target);
  // Beyond the simulation: the host's own work.
  EXPECT_NEAR(one.engines[maca].idleSeconds, (5804 - 3605) * us, 1e-2 * us);
  EXPECT_NEAR(sum(one.engines[maca].waits), one.engines[maca].idleSeconds, 1e-2 * us);
  EXPECT_GE(one.engines[maca].waits[otherCause], (5804 - 4157) * us - 1e-2 * us);
  // With half of both, 2906, the array bounds.
  EXPECT_EQ(one.bound, Bound::Dsp);
  EXPECT_NEAR(one.gain, 5804.0 / 4157 - 1, 1e-5);
  // Two processors need 2902 per frame: the array bounds.
  target.dsp.cores = 2;
  EXPECT_NEAR(predictCost(program, target).framesPerSecond, 1e6 / 4157, 1e-2);
}

/// What only a host reads or writes does not pass the device's port: the float result. The map
/// that the device writes for it is no output of the network.
TEST(Host, ItsOwnDataAreNotTheDevices) {
  bst::Program program = tiledConvolution();
  appendDequantize(program);
  Target target = microsecondTarget();
  EXPECT_EQ(predictCost(program, target).roofline.dramBytes, 1152u + 800 + 3200);
  target.dsp.host = true;
  EXPECT_EQ(predictCost(program, target).roofline.dramBytes, 1152u + 800);
}

/// 3808 bytes at 0.1 a microsecond: 38080. The least are 1152 of weights and 1600: 27520.
TEST(BoundOf, MemoryOfMapsThatPassThroughIt) {
  Target target = microsecondTarget();
  target.dram.gigabytesPerSecond = 1e-4;
  const CostReport report = predictCost(tiledConvolutionAndTable(), target);
  EXPECT_EQ(report.bound, Bound::Dram);
  EXPECT_EQ(report.breakdown.resource, Bound::Dram);
  EXPECT_EQ(report.roofline.bound, Bound::Dram);
  EXPECT_NEAR(report.roofline.dram, 27520 * us, 1e-2 * us);
  EXPECT_NEAR(report.breakdown.minimum, 27520 * us, 1e-2 * us);
  EXPECT_NEAR(report.breakdown.excess, (38080 - 27520) * us, 1e-2 * us);
  EXPECT_EQ(report.breakdown.halos, 0);
  EXPECT_NEAR(report.breakdown.idle, (3605 + 403) * us, 1e-2 * us); // Nothing moves meanwhile.
  EXPECT_NEAR(report.commands[1].memorySeconds, 16000 * us, 1e-2 * us);
  EXPECT_EQ(report.commands[1].bound, Bound::Dram);
}

/// DSP reads and writes DRAM within its command: 4000 bytes at 0.1, 40000; its arithmetic is 800.
TEST(BoundOf, ACommandThatWaitsForMemory) {
  bst::Program program;
  bst::Tensor map = convProgram(8, 8, 3, 1, 10).tensors[2], floats = map;
  floats.dtype = bst::DType::F32;
  floats.layout = bst::Layout::RowMajor;
  floats.size = 3200;
  program.tensors = {map, floats};
  bst::Command command;
  command.engine = bst::Engine::Dsp;
  command.inputs = {0};
  command.outputs = {1};
  command.params = bst::DequantizeParams{};
  program.commands = {command};
  program.inputs = {0};
  program.outputs = {1};
  program.tiles.ops = {operation(bst::Queue::Dsp, 0, {dramSlice(0, 800)}, dramSlice(1, 3200), {})};
  Target target = microsecondTarget();
  target.dram.gigabytesPerSecond = 1e-4;
  const CostReport report = predictCost(program, target);
  EXPECT_NEAR(report.engines[dsp].waitSeconds, 39200 * us, 1e-2 * us);
  EXPECT_NEAR(report.engines[dsp].computeSeconds, 800 * us, 1e-2 * us);
  EXPECT_EQ(report.breakdown.resource, Bound::Dsp);
  EXPECT_NEAR(report.breakdown.waits, 39200 * us, 1e-2 * us);
  EXPECT_EQ(report.bound, Bound::Dram);
  EXPECT_EQ(report.commands[0].bound, Bound::Dram);
  // At 4 a microsecond it takes 1000: 200 of waiting against 800 of arithmetic, which bound the
  // frames as soon as the memory is faster. It starts in 4.
  target.dram.gigabytesPerSecond = 4e-3;
  const CostReport faster = predictCost(program, target);
  EXPECT_EQ(faster.commands[0].bound, Bound::Dsp);
  EXPECT_EQ(faster.bound, Bound::Dram);
  EXPECT_NEAR(faster.gain, 1004.0 / 804 - 1, 1e-5);
  // 8 and 1600 of arithmetic: with half of these the 1000 bound.
  target.dsp.clockMHz /= 2;
  const CostReport slower = predictCost(program, target);
  EXPECT_EQ(slower.bound, Bound::Dsp);
  EXPECT_NEAR(slower.gain, 1608.0 / 1008 - 1, 1e-5);
}

/// The driver's time between jobs is nobody's: 20000 against 4157. It is halved with the 5 of
/// starting the array.
TEST(BoundOf, NothingAtWork) {
  Target target = microsecondTarget();
  target.device.frameMicroseconds = 20000;
  const CostReport report = predictCost(tiledConvolution(), target);
  EXPECT_NEAR(report.framesPerSecond, 1e6 / 24157, 1e-3);
  EXPECT_EQ(report.bound, Bound::Overhead);
  EXPECT_NEAR(report.gain, 24157 / 14154.5 - 1, 1e-5);
  EXPECT_NEAR(report.breakdown.idle, (20000 + 552) * us, 1e-2 * us);
  EXPECT_NEAR(sum(report.breakdown.waitsFor), report.breakdown.idle, 1e-2 * us);
  EXPECT_NEAR(report.breakdown.waitsFor[otherCause], 20000 * us, 1e-2 * us);
}

TEST(BoundOf, Names) {
  const std::pair<Bound, const char *> names[] = {
      {Bound::Maca, "maca"},         {Bound::Edp, "edp"},   {Bound::Dsp, "dsp"},
      {Bound::Dram, "dram"},         {Bound::Sync, "sync"}, {Bound::None, "none"},
      {Bound::Overhead, "overhead"},
  };
  for (const auto &[bound, name] : names)
    EXPECT_STREQ(boundName(bound), name);
}

/// Two fields, one of which is better when it is greater. At 0.8 to 2 MHz the frame takes 3605 /
/// 0.8 + 552 ... on a device whose port is at maca.clock_mhz too: all of it scales.
TEST(Range, WorseAndBetterEndsOfEachField) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  size_t clock = 0, starts = 0;
  for (size_t i = 0; i < target.fields.size(); ++i) {
    TargetField &field = target.fields[i];
    field.low = field.high = field.value;
    if (field.key == "maca.clock_mhz")
      clock = i;
    if (field.key == "maca.command_cycles")
      starts = i;
  }
  ASSERT_TRUE(target.fields[clock].moreIsFaster);
  ASSERT_FALSE(target.fields[starts].moreIsFaster);
  TargetField &fast = target.fields[clock], &slow = target.fields[starts];
  setField(target, starts, 1e5);
  fast.low = fast.value / 2; // The better end is the nominal one.
  slow.low = 0;
  slow.high = 4e5;
  const bst::Program program = tiledConvolution();
  const CostReport report = predictCost(program, target);
  const auto fps = [&](double clockMHz, double cycles) {
    Target other = target;
    setField(other, clock, clockMHz);
    setField(other, starts, cycles);
    return predictCost(program, other).framesPerSecond;
  };
  const FpsRange range = predictRange(program, target, report);
  EXPECT_GT(range.low, fps(fast.low, 4e5)); // The corners are far outside of the band.
  EXPECT_LT(range.high, fps(fast.high, 0));
  ASSERT_EQ(range.effects.size(), 2u);
  // The greatest first: starting is nearly all of this small frame.
  EXPECT_EQ(range.effects[0].field, starts);
  EXPECT_EQ(range.effects[0].low, fps(fast.value, 4e5));
  EXPECT_EQ(range.effects[0].high, fps(fast.value, 0));
  EXPECT_EQ(range.effects[1].field, clock);
  EXPECT_EQ(range.effects[1].low, fps(fast.low, 1e5));
  EXPECT_EQ(range.effects[1].high, report.framesPerSecond);
  EXPECT_GT(range.effects[0].high, 2 * report.framesPerSecond);
  // An effect below a thousandth is none.
  slow.low = 1e5;
  slow.high = 1e5 + 10;
  EXPECT_EQ(predictRange(program, target, report).effects.size(), 1u);
}

} // namespace
} // namespace bstc

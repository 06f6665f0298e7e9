// What bounds the FPS, worked out by hand: the times of a frame with twice as much of one resource.
// A cycle is a microsecond; DRAM reads 8 bytes a microsecond and moves 10 in all.
#include "partitioner/cost.h"
#include "tests/cost/tile_builder.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

/// The report of a tile program in which every engine has a command.
CostReport boundOf(const TileBuilder &p, const Target &target) {
  CostReport report;
  report.demands = p.demands;
  for (EngineTime &engine : report.engines)
    engine.commands = 1;
  report.framesPerSecond = predictFps(p.tiles, p.demands, target);
  nameBound(report, p.tiles, target);
  return report;
}

/// Microseconds from frame to frame with twice as much of a resource.
double period(const CostReport &report, Bound resource) {
  return 1e6 / report.faster[size_t(resource)];
}

OpDemand starts(double microseconds, double compute) {
  OpDemand demand;
  demand.startSeconds = microseconds * us;
  demand.computeSeconds = compute * us;
  return demand;
}

/// A job: loads 10, MACA 3 + 8, EDP 1 + 4, DSP 2 + 6, stores 2, and 4 between jobs: 40 in all.
TEST(Sensitivity, HalvesWhatOneResourceTakes) {
  TileBuilder p;
  const uint32_t load = p.load(80);
  const uint32_t a = p.add(Queue::Maca, starts(3, 8), {load});
  const uint32_t b = p.add(Queue::Edp, starts(1, 4), {a});
  const uint32_t c = p.add(Queue::Dsp, starts(2, 6), {b});
  p.store(16, {c});
  Target target = device();
  target.device.frameMicroseconds = 4;
  const CostReport report = boundOf(p, target);
  EXPECT_NEAR(1e6 / report.framesPerSecond, 40, 1e-6);
  EXPECT_NEAR(period(report, Bound::Maca), 36, 1e-6);
  EXPECT_NEAR(period(report, Bound::Edp), 38, 1e-6);
  EXPECT_NEAR(period(report, Bound::Dsp), 37, 1e-6);
  EXPECT_NEAR(period(report, Bound::Dram), 34, 1e-6);
  EXPECT_NEAR(period(report, Bound::Overhead), 35, 1e-6); // 6 of starts and 4 of the driver.
  EXPECT_EQ(report.bound, Bound::Dram);
  EXPECT_NEAR(report.gain, 40.0 / 34 - 1, 1e-9);
}

/// DSP is busy all the time, as MACA is: twice as much of either alone gains nothing.
TEST(Sensitivity, TheBusiestIsNotAlwaysTheBound) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 10);
  p.compute(Queue::Dsp, 10, {a});
  Target target = device();
  target.device.framesInFlight = 3;
  const CostReport report = boundOf(p, target);
  EXPECT_NEAR(1e6 / report.framesPerSecond, 10, 1e-6);
  EXPECT_NEAR(period(report, Bound::Dsp), 10, 1e-6);
  EXPECT_EQ(report.bound, Bound::Sync);
  EXPECT_NEAR(report.gain, 0, 1e-9);
}

/// The DSP is the busiest resource, but what it waits for is DRAM: 40 us of traffic beside 20 of
/// arithmetic.
TEST(Sensitivity, AnEngineThatWaitsForDramIsBoundByDram) {
  TileBuilder p;
  OpDemand demand = starts(0, 20);
  demand.readBytes = 320;
  p.add(Queue::Dsp, demand, {});
  const CostReport report = boundOf(p, device());
  EXPECT_NEAR(period(report, Bound::Dsp), 40, 1e-3);
  EXPECT_NEAR(period(report, Bound::Dram), 20, 1e-3);
  EXPECT_EQ(report.bound, Bound::Dram);
  EXPECT_NEAR(report.gain, 1, 1e-4);
}

TEST(Sensitivity, TheFirstOfEqualOnesIsNamed) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Edp, 8);
  p.compute(Queue::Maca, 8, {a});
  const CostReport report = boundOf(p, device());
  EXPECT_EQ(report.faster[size_t(Bound::Maca)], report.faster[size_t(Bound::Edp)]);
  EXPECT_EQ(report.bound, Bound::Maca);
  EXPECT_NEAR(report.gain, 16.0 / 12 - 1, 1e-9);
}

/// A job of 100 us, of which EDP alone computes some.
TEST(Sensitivity, LessThanAHundredthIsNoBound) {
  for (const auto &[edp, bound] : {std::pair(1.9, Bound::Sync), {2.1, Bound::Edp}}) {
    TileBuilder p;
    const uint32_t a = p.compute(Queue::Edp, edp);
    p.compute(Queue::Dsp, 100 - edp, {a});
    p.compute(Queue::Maca, 100 - edp, {a}); // Beside DSP: twice as much of one leaves the other.
    const CostReport report = boundOf(p, device());
    EXPECT_EQ(report.bound, bound) << edp;
    EXPECT_NEAR(report.gain, 0.5 * edp / (100 - 0.5 * edp), 1e-6) << edp;
  }
}

/// A host's own time is halved with its arithmetic.
TEST(Sensitivity, ADspThatIsAHostHasWorkBesideItsCommands) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 10);
  p.compute(Queue::Dsp, 6, {a});
  Target target = device();
  target.dsp.host = true;
  target.host.frameMilliseconds = 0.034;
  const CostReport report = boundOf(p, target);
  EXPECT_NEAR(1e6 / report.framesPerSecond, 40, 1e-6);
  EXPECT_NEAR(period(report, Bound::Dsp), 20, 1e-6);
  EXPECT_NEAR(period(report, Bound::Maca), 40, 1e-6);
  EXPECT_EQ(report.bound, Bound::Dsp);
  EXPECT_NEAR(report.gain, 1, 1e-9);
}

TEST(Sensitivity, SameInputSameFigures) {
  TileBuilder p;
  const uint32_t a = p.load(77);
  p.compute(Queue::Maca, 7, {a});
  EXPECT_EQ(boundOf(p, device()).faster, boundOf(p, device()).faster);
}

} // namespace
} // namespace bstc

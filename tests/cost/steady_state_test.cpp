// The steady state, and what engines wait for in it, worked out by hand; a cycle is a microsecond.
#include "partitioner/steady_state.h"
#include "tests/cost/tile_builder.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <random>

namespace bstc {
namespace {

constexpr double tiny = 1e-4 * us;

/// Frames that end at these microseconds.
Timeline endsAt(std::vector<double> ends, uint32_t inFlight) {
  Timeline timeline;
  timeline.frames = uint32_t(ends.size());
  timeline.inFlight = inFlight;
  for (double end : ends)
    timeline.frameTimes.push_back({0, end * us});
  timeline.endSeconds = ends.back() * us;
  return timeline;
}

TEST(SteadyState, LeavesOutWhatFillsAndDrains) {
  const SteadyState steady =
      steadyState(endsAt({9, 13, 16, 26, 36, 46, 56, 66, 70, 71}, /*inFlight=*/2));
  EXPECT_TRUE(steady.repeats);
  EXPECT_NEAR(steady.period(), 10 * us, tiny);
  EXPECT_EQ(steady.frames, 1u);
}

TEST(SteadyState, FindsFramesThatEndInBursts) {
  std::vector<double> ends;
  for (int burst = 0; burst < 8; ++burst)
    for (int frame = 0; frame < 3; ++frame)
      ends.push_back(100 + 30 * burst + 2 * frame);
  const SteadyState steady = steadyState(endsAt(ends, 3));
  EXPECT_TRUE(steady.repeats);
  EXPECT_EQ(steady.frames, 3u);
  EXPECT_NEAR(steady.period(), 10 * us, tiny);
}

TEST(SteadyState, OfWhatNeverRepeatsIsAMean) {
  std::vector<double> ends = {0};
  for (int i = 0; i < 20; ++i)
    ends.push_back(ends.back() + 10 + 0.01 * i * i);
  const SteadyState steady = steadyState(endsAt(ends, 2));
  EXPECT_FALSE(steady.repeats);
  EXPECT_NEAR(steady.window.seconds(), steady.period() * steady.frames, tiny);
  EXPECT_GT(steady.period(), 11 * us);
}

SteadyUse useOf(const TileBuilder &p, const Target &target) {
  return steadyUse(p.tiles, p.demands, target, simulateSteady(p.tiles, p.demands, target));
}

double wait(const ResourceUse &use, Queue queue) { return use.waits[size_t(queue)]; }

/// A job: loads 10, MACA 5, EDP 4, MACA 3, stores 2; 6 between jobs.
TEST(SteadyUse, IdleTimeGoesToWhatIsAtWork) {
  TileBuilder p;
  const uint32_t load = p.load(80);
  const uint32_t a = p.compute(Queue::Maca, 5, {load});
  const uint32_t b = p.compute(Queue::Edp, 4, {a});
  const uint32_t c = p.compute(Queue::Maca, 3, {b});
  p.store(16, {c});
  Target target = device();
  target.device.frameMicroseconds = 6;
  const SteadyUse use = useOf(p, target);
  const ResourceUse &maca = use.engines[0], &edp = use.engines[1];
  EXPECT_NEAR(maca.compute, 8 * us, tiny);
  EXPECT_NEAR(wait(maca, Queue::LoadData), 10 * us, tiny);
  EXPECT_NEAR(wait(maca, Queue::Edp), 4 * us, tiny);
  EXPECT_NEAR(wait(maca, Queue::Store), 2 * us, tiny);
  EXPECT_NEAR(maca.waits[otherCause], 6 * us, tiny);
  EXPECT_NEAR(edp.compute, 4 * us, tiny);
  EXPECT_NEAR(wait(edp, Queue::Maca), 8 * us, tiny);
  EXPECT_NEAR(edp.idle(), 26 * us, tiny);
  // The port reads 80 bytes in 10; it could write the 16 beside that, which takes 2 more.
  EXPECT_NEAR(use.dram.compute, 10 * us, tiny);
  EXPECT_NEAR(use.dram.memory, 2 * us, tiny);
  EXPECT_NEAR(wait(use.dram, Queue::Maca), 8 * us, tiny);
  EXPECT_NEAR(wait(use.dram, Queue::Edp), 4 * us, tiny);
}

/// MACA waits for the arena of the frame before the last, that is for DSP.
TEST(SteadyUse, WaitingForAnArenaIsWaitingForTheLastEngine) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 4);
  p.compute(Queue::Dsp, 10, {a});
  Target target = device();
  target.device.framesInFlight = 2;
  const SteadyUse use = useOf(p, target);
  EXPECT_NEAR(use.engines[0].compute, 4 * us, tiny);
  EXPECT_NEAR(wait(use.engines[0], Queue::Dsp), 6 * us, tiny);
  EXPECT_NEAR(use.engines[2].compute, 10 * us, tiny);
  EXPECT_NEAR(use.engines[2].idle(), 0, tiny);
}

/// The next frame's load waits for the place that MACA still reads.
TEST(SteadyUse, WaitingForAPlaceIsWaitingForItsReader) {
  TileBuilder p;
  const uint32_t a = p.load(80);
  const uint32_t b = p.compute(Queue::Maca, 30, {a});
  p.writes(a, 0, 512);
  p.reads(b, 0, 512);
  Target target = device();
  target.device.framesInFlight = 2;
  const SteadyUse use = useOf(p, target);
  EXPECT_NEAR(wait(use.engines[0], Queue::LoadData), 10 * us, tiny);
  EXPECT_NEAR(wait(use.dram, Queue::Maca), 30 * us, tiny);
}

/// A core's port moves 8 bytes a microsecond in each direction, the memory 10 in all.
TEST(LeastPeriod, IsWhatTheBusiestResourceNeeds) {
  TileBuilder p;
  const uint32_t load = p.load(80);
  p.store(16, {p.compute(Queue::Maca, 24, {load})});
  Target target = device();
  EXPECT_NEAR(leastPeriod(p.tiles, p.demands, target), 24 * us, 1e-9 * us);
  target.device.cores = 2; // Of MACA there are two now: DRAM's 96 bytes take 9.6.
  EXPECT_NEAR(leastPeriod(p.tiles, p.demands, target), 12 * us, 1e-9 * us);
  target.device.cores = 4;
  EXPECT_NEAR(leastPeriod(p.tiles, p.demands, target), 9.6 * us, 1e-9 * us);
}

/// Random programs on random devices: no resource is used more than there is of it, and what it
/// does and waits for is all of the time.
TEST(SteadyUse, AddsUpToThePeriodAndNeverToMore) {
  std::mt19937 random(7);
  const auto draw = [&](uint32_t most) { return uint32_t(random() % most); };
  for (int round = 0; round < 60; ++round) {
    TileBuilder p;
    for (uint32_t op = 0; op < 5 + draw(30); ++op) {
      OpDemand demand;
      const auto queue = Queue(draw(6));
      demand.startSeconds = draw(3) * us;
      demand.computeSeconds = queue <= Queue::Dsp ? draw(20) * 0.7 * us : 0;
      if (queue == Queue::Dsp || queue == Queue::LoadData || queue == Queue::LoadWeights)
        demand.readBytes = draw(90);
      if (queue == Queue::Dsp || queue == Queue::Store)
        demand.writeBytes = draw(90);
      std::vector<uint32_t> after;
      for (uint32_t earlier = op > 3 ? op - 3 : 0; earlier < op; ++earlier)
        if (draw(2))
          after.push_back(earlier);
      const uint32_t index = p.add(queue, demand, after);
      if (queue == Queue::LoadData)
        p.writes(index, 64 * draw(8), 64);
      else if (queue == Queue::Maca)
        p.reads(index, 64 * draw(8), 64);
    }
    Target target = device();
    target.device.framesInFlight = 1 + draw(4);
    target.device.cores = 1 + draw(3);
    target.device.frameMicroseconds = draw(5);
    target.dsp.cores = 1 + draw(3);
    target.dsp.host = draw(3) == 0;
    target.dma.channels = 1 + draw(3);
    const Timeline timeline = simulateSteady(p.tiles, p.demands, target);
    const double least = leastPeriod(p.tiles, p.demands, target);
    const double period = std::max(steadyState(timeline).period(), least);
    const SteadyUse use = steadyUse(p.tiles, p.demands, target, timeline);
    const auto check = [&](const ResourceUse &resource, const char *name) {
      const double busy = resource.compute + resource.starts + resource.memory;
      EXPECT_LE(busy, period * (1 + 1e-9)) << name << ", round " << round;
      EXPECT_NEAR(busy + resource.idle(), period, 1e-6 * period) << name << ", round " << round;
    };
    for (size_t engine = 0; engine < use.engines.size(); ++engine)
      check(use.engines[engine], bst::engineNames[engine]);
    check(use.dram, "dram");
  }
}

} // namespace
} // namespace bstc

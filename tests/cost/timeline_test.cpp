// Timelines worked out by hand. A clock of 1 MHz makes a cycle a microsecond; times are in
// microseconds.
#include "partitioner/steady_state.h"
#include "tests/cost/tile_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bstc {
namespace {

using bst::Queue;

void expectOp(const Timeline &timeline, size_t op, double start, double end) {
  EXPECT_NEAR(timeline.ops[op].start, start * us, 1e-4 * us) << "operation " << op;
  EXPECT_NEAR(timeline.ops[op].end, end * us, 1e-4 * us) << "operation " << op;
}

TEST(Timeline, OperationsOfAQueueRunInOrderAndWaitForDependencies) {
  TileBuilder p;
  const uint32_t a = p.load(80); // 80 bytes, 8 a microsecond.
  const uint32_t b = p.compute(Queue::Maca, 5, {a});
  const uint32_t c = p.compute(Queue::Maca, 3); // Behind b, though it waits for nothing.
  const uint32_t d = p.compute(Queue::Edp, 4, {b});
  const uint32_t e = p.store(16, {d});
  const Timeline timeline = p.run(device());
  expectOp(timeline, a, 0, 10);
  expectOp(timeline, b, 10, 15);
  expectOp(timeline, c, 15, 18);
  expectOp(timeline, d, 15, 19);
  expectOp(timeline, e, 19, 21);
  EXPECT_NEAR(timeline.endSeconds, 21 * us, 1e-9 * us);
  EXPECT_NEAR(timeline.queues[size_t(Queue::Maca)].busySeconds, 8 * us, 1e-4 * us);
  ASSERT_EQ(timeline.moving.size(), 2u);
  EXPECT_NEAR(timeline.moving[0].seconds() + timeline.moving[1].seconds(), 12 * us, 1e-4 * us);
}

TEST(Timeline, TransfersTakeWhatThoseBeforeThemLeave) {
  TileBuilder p;
  const uint32_t a = p.load(50);
  const uint32_t b = p.load(50, {}, Queue::LoadWeights);
  const uint32_t c = p.store(40);
  const Timeline timeline = p.run(device());
  // Of 10 bytes a microsecond the first load takes the port's 8, then the second one; the store has
  // 2 until 12.5 us, and 8 for the 15 bytes that are left.
  expectOp(timeline, a, 0, 6.25);
  expectOp(timeline, b, 0, 12.5);
  expectOp(timeline, c, 0, 14.375);
}

TEST(Timeline, ChannelsBoundTheTransfersAtOneTime) {
  TileBuilder p;
  const uint32_t a = p.load(80);
  const uint32_t b = p.load(16, {}, Queue::LoadWeights);
  const uint32_t c = p.store(8);
  Target target = device();
  target.dma.channels = 1;
  const Timeline timeline = p.run(target);
  expectOp(timeline, a, 0, 10);
  expectOp(timeline, b, 10, 12);
  expectOp(timeline, c, 12, 13);
}

TEST(Timeline, StartsComeBeforeArithmeticAndTrafficSideBySide) {
  TileBuilder p;
  OpDemand demand;
  demand.startSeconds = 2 * us;
  demand.computeSeconds = 5 * us;
  demand.readBytes = 80;
  const uint32_t a = p.add(Queue::Dsp, demand, {});
  const Timeline timeline = p.run(device());
  expectOp(timeline, a, 0, 12);
  const QueueUse &dsp = timeline.queues[size_t(Queue::Dsp)];
  EXPECT_NEAR(dsp.startSeconds, 2 * us, 1e-9 * us);
  EXPECT_NEAR(dsp.computeSeconds, 5 * us, 1e-9 * us);
  EXPECT_NEAR(dsp.memorySeconds(), 5 * us, 1e-4 * us);
}

/// Three bands in two buffers: loads run ahead by one.
TEST(Timeline, DoubleBuffersHideLoads) {
  TileBuilder p;
  std::vector<uint32_t> loads, computes;
  for (uint32_t band = 0; band < 3; ++band) {
    std::vector<uint32_t> after;
    if (band >= 2)
      after = {computes[band - 2]};
    loads.push_back(p.load(80, after));
    computes.push_back(p.compute(Queue::Maca, 12, {loads.back()}));
  }
  const Timeline timeline = p.run(device());
  expectOp(timeline, loads[1], 10, 20);
  expectOp(timeline, computes[1], 22, 34);
  expectOp(timeline, loads[2], 22, 32);
  expectOp(timeline, computes[2], 34, 46);
}

TEST(Timeline, FramesOverlapAcrossEngines) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 10);
  p.compute(Queue::Edp, 6, {a});
  Target target = device();
  target.device.framesInFlight = 2;
  const Timeline timeline = p.run(target, 8);
  EXPECT_NEAR(timeline.frameTimes[0].end, 16 * us, 1e-4 * us);
  EXPECT_NEAR(timeline.frameTimes[1].end, 26 * us, 1e-4 * us);
  EXPECT_NEAR(steadyState(timeline).period(), 10 * us, 1e-4 * us);
}

TEST(Timeline, AFrameInFlightNeedsAnArena) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 10);
  const uint32_t b = p.compute(Queue::Edp, 10, {a});
  p.compute(Queue::Dsp, 10, {b});
  Target target = device();
  for (const auto &[inFlight, period] : {std::pair(3, 10.0), {2, 15.0}}) {
    target.device.framesInFlight = inFlight;
    EXPECT_NEAR(steadyState(p.run(target, 13)).period(), period * us, 1e-4 * us) << inFlight;
  }
}

TEST(Timeline, JobsDoNotOverlapButTheHostDoes) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 10);
  const uint32_t b = p.compute(Queue::Edp, 6, {a});
  p.compute(Queue::Dsp, 12, {b});
  Target target = device();
  target.device.frameMicroseconds = 4;
  EXPECT_NEAR(p.run(target).endSeconds, 32 * us, 1e-4 * us);
  EXPECT_NEAR(steadyState(p.run(target, 8)).period(), 32 * us, 1e-4 * us);
  target.dsp.host = true;
  EXPECT_NEAR(steadyState(p.run(target, 8)).period(), 20 * us, 1e-4 * us);
}

TEST(Timeline, HostProcessorsTakeFramesInTurn) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Maca, 10);
  p.compute(Queue::Dsp, 30, {a});
  Target target = device();
  target.dsp.host = true;
  for (const auto &[hosts, period] : {std::pair(1, 30.0), {2, 15.0}, {4, 10.0}}) {
    target.dsp.cores = hosts;
    EXPECT_NEAR(steadyState(p.run(target, 33)).period(), period * us, 0.3 * us) << hosts;
  }
}

TEST(Timeline, CoresTakeFramesInTurn) {
  TileBuilder p;
  p.compute(Queue::Maca, 10);
  Target target = device();
  target.device.cores = 3;
  const Timeline timeline = p.run(target, 7);
  EXPECT_NEAR(timeline.frameTimes[2].end, 10 * us, 1e-4 * us);
  EXPECT_NEAR(timeline.frameTimes[6].end, 30 * us, 1e-4 * us);
}

/// A DSP that quantises a frame's input and decodes its output does not wait with the first for the
/// second of the frame before.
TEST(Timeline, ADspTakesWhatIsReady) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Dsp, 2);
  const uint32_t b = p.compute(Queue::Maca, 10, {a});
  p.compute(Queue::Dsp, 5, {b});
  Target target = device();
  target.device.framesInFlight = 3;
  EXPECT_NEAR(steadyState(p.run(target, 12)).period(), 10 * us, 1e-4 * us);
}

/// The decode takes as long as MACA and the quantisation together, so DSP is behind with decodes.
/// It still quantises a new frame first: MACA has something to do, and DSP never waits for it.
TEST(Timeline, ADspFeedsOtherEnginesFirst) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Dsp, 2);
  const uint32_t b = p.compute(Queue::Maca, 10, {a});
  p.compute(Queue::Dsp, 12, {b});
  Target target = device();
  for (int64_t inFlight : {2, 3, 4, 6}) {
    target.device.framesInFlight = inFlight;
    EXPECT_NEAR(steadyState(p.run(target, 24)).period(), 14 * us, 1e-4 * us) << inFlight;
  }
}

/// Frame 2 is quantised on the DSP that is free, though the other one works for more frames.
TEST(Timeline, AnyFreeDspTakesAFrame) {
  TileBuilder p;
  const uint32_t a = p.compute(Queue::Dsp, 2);
  const uint32_t b = p.compute(Queue::Maca, 3, {a});
  p.compute(Queue::Dsp, 20, {b});
  Target target = device();
  target.dsp.cores = 2;
  target.device.framesInFlight = 3;
  const Timeline timeline = p.run(target, 3);
  expectOp(timeline, a + 3, 0, 2); // Frames 0 and 1 side by side.
  expectOp(timeline, a + 6, 2, 4); // Frame 2 on the first that is free.
  expectOp(timeline, b + 1, 5, 25);
  expectOp(timeline, b + 4, 8, 28);
  expectOp(timeline, b + 7, 25, 45);
}

/// The next frame may not write what is still read.
TEST(Timeline, OnChipMemoryIsNotOverwrittenByTheNextFrame) {
  TileBuilder p;
  const uint32_t a = p.load(80);
  const uint32_t b = p.compute(Queue::Maca, 30, {a});
  p.writes(a, 0, 512);
  p.reads(b, 0, 512);
  Target target = device();
  target.device.framesInFlight = 2;
  const Timeline timeline = p.run(target, 2);
  expectOp(timeline, a + 2, 40, 50);
  // With a place of its own in each frame it could be loaded at once.
  p.tiles.ops[b].inputs.clear();
  expectOp(p.run(target, 2), a + 2, 10, 20);
}

TEST(Timeline, SameInputSameTimes) {
  TileBuilder p;
  for (uint32_t i = 0; i < 50; ++i)
    p.compute(Queue(i % 3), 1 + 0.1 * i,
              i ? std::vector<uint32_t>{i - 1} : std::vector<uint32_t>{});
  const Timeline a = p.run(device(), 5), b = p.run(device(), 5);
  for (size_t i = 0; i < a.ops.size(); ++i) {
    EXPECT_EQ(a.ops[i].start, b.ops[i].start);
    EXPECT_EQ(a.ops[i].end, b.ops[i].end);
  }
}

/// Of two frames at one time.
TEST(Timeline, EdpTakesTheShortestOfWhatIsReady) {
  TileBuilder p;
  p.compute(Queue::Edp, 2);
  p.compute(Queue::Edp, 10);
  p.tiles.contexts = 2;
  Target target = device();
  target.device.framesInFlight = 2;
  const Timeline timeline = p.run(target, 2);
  expectOp(timeline, 0, 0, 2);
  expectOp(timeline, 2, 2, 4); // Of the second frame, before the long one of the first.
  expectOp(timeline, 1, 4, 14);
  expectOp(timeline, 3, 14, 24);
}

TEST(Timeline, TransfersThatAreNeededSoonestComeFirst) {
  TileBuilder p;
  const uint32_t first = p.load(80);
  const uint32_t a = p.compute(Queue::Maca, 1, {first}), b = p.compute(Queue::Maca, 1, {a});
  const uint32_t later = p.load(80);
  const uint32_t c = p.compute(Queue::Maca, 1, {b, later});
  p.tiles.contexts = 2;
  Target target = device();
  target.device.framesInFlight = 2;
  const Timeline timeline = p.run(target, 2);
  const auto ops = uint32_t(p.tiles.ops.size());
  expectOp(timeline, first, 0, 10);
  expectOp(timeline, ops + first, 10, 20); // The second frame's MACA waits for it.
  expectOp(timeline, later, 20, 30);
  expectOp(timeline, c, 30, 31);
}

TEST(Occupancy, FollowsWhatLiesInTheMemories) {
  TileBuilder p;
  const uint32_t a = p.load(80), b = p.compute(Queue::Maca, 10, {a}), c = p.store(80, {b});
  const uint32_t d = p.load(80, {b}); // Takes a's place.
  p.writes(a, 0, 128);
  p.reads(b, 0, 128);
  p.writes(b, 256, 64);
  p.reads(c, 256, 64);
  p.writes(d, 0, 128);
  const Timeline timeline = p.run(device());
  const std::vector<Occupancy> steps = occupancy(p.tiles, timeline.ops);
  uint64_t most = 0;
  for (const Occupancy &step : steps)
    most = std::max(most, step.dataBytes);
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.front().dataBytes, 128u); // Loaded at 0.
  EXPECT_EQ(most, 192u);                    // While b runs, and when d comes.
  EXPECT_EQ(steps.back().dataBytes, 0u);
}

TEST(Occupancy, HoldsWhatStaysForAllFramesAllTheTime) {
  TileBuilder p;
  const uint32_t kept = p.load(100), a = p.load(80), b = p.compute(Queue::Maca, 10, {kept, a});
  const struct {
    uint32_t op;
    uint64_t offset, size;
  } places[] = {{kept, 0, 64}, {a, 64, 128}};
  for (const auto &[op, offset, size] : places) {
    p.writes(op, offset, size);
    p.reads(b, offset, size);
    p.tiles.ops[op].output.memory = bst::OnChip::Weights;
    p.tiles.ops[b].inputs.back().memory = bst::OnChip::Weights;
  }
  p.tiles.once = 1;
  p.tiles.keptBytes = 64;
  std::vector<uint64_t> bytes;
  for (const Occupancy &step : occupancy(p.tiles, p.run(device()).ops))
    bytes.push_back(step.weightBytes);
  EXPECT_THAT(bytes, testing::ElementsAre(192u, 64u));
}

} // namespace
} // namespace bstc

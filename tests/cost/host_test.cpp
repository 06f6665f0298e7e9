// What the driver and a host take of a frame, worked out by hand; a cycle is a microsecond.
#include "partitioner/cost.h"
#include "tests/cost/conv_program.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

constexpr double us = 1e-6;

/// 16 MAC a cycle; the port moves 4 bytes a cycle in each direction, the memory 5 in all; DSP does
/// one operation a cycle.
Target plainTarget(bool host) {
  Target target;
  target.name = "plain";
  target.maca.macsPerCycle = 16;
  target.maca.pixelQuantum = target.maca.outChannelQuantum = target.maca.inChannelQuantum = 1;
  target.maca.depthwiseGroup = target.maca.strideFactor = 1;
  target.maca.weightBytesPerCycle = 1000;
  target.maca.commandCycles = 5;
  target.maca.clockMHz = target.edp.clockMHz = target.dsp.clockMHz = 1;
  target.edp.bytesPerCycle = 2;
  target.dsp.flopsPerCycle = 1;
  target.dsp.transcendentalFlops = 4;
  target.dram = {/*bytesPerCycle=*/4, /*gigabytesPerSecond=*/0.005};
  target.dsp.host = host;
  return target;
}

bst::Slice dram(uint32_t tensor, uint64_t size) {
  bst::Slice slice;
  slice.tensor = tensor;
  slice.size = size;
  return slice;
}

/// DSP makes 800 floats of 800 bytes that MACA has made of 800 bytes: 1 x 1, 8 -> 8 channels, 100
/// pixels, 400 cycles. All of it in DRAM.
bst::Program program() {
  bst::Program result = convProgram(8, 8, 1, 1, 10);
  result.tensors[1].size = storedSize(result.tensors[1]);
  result.tensors.push_back(result.tensors[2]);
  result.tensors[3].dtype = bst::DType::F32;
  result.tensors[3].size = 3200;
  result.commands.push_back({bst::Engine::Dsp, "tail", {2}, {3}, {}, bst::DequantizeParams{}});
  result.inputs = {0};
  result.outputs = {3};
  bst::TileOp conv, tail;
  conv.queue = bst::Queue::Maca;
  conv.commands = {0};
  conv.inputs = {dram(0, 800)};
  conv.output = dram(2, 800);
  conv.output.part = {0, 10, 0, 8};
  tail.queue = bst::Queue::Dsp;
  tail.commands = {1};
  tail.inputs = {dram(2, 800)};
  tail.output = dram(3, 3200);
  tail.dependsOn = {0};
  result.tiles.ops = {conv, tail};
  return result;
}

TEST(HostCost, OfADspOnTheChipAllIsTheDevices) {
  const CostReport report = predictCost(program(), plainTarget(false));
  EXPECT_EQ(report.dramRead, 1600u);
  EXPECT_EQ(report.dramWrite, 4000u);
  EXPECT_EQ(report.hostBytes, 0u);
  EXPECT_EQ(report.commands[1].work.dramRead, 800u);
  EXPECT_EQ(report.commands[1].work.dramWrite, 3200u);
  EXPECT_EQ(report.commands[1].work.sramBytes, 8000u);
  // Port: 3200 / 4; both directions: 4000 / 5.
  EXPECT_NEAR(report.commands[1].memorySeconds, 800 * us, 1e-9 * us);
  EXPECT_EQ(report.roofline.dramBytes, 800 + 3200 + storedSize(program().tensors[1]));
}

TEST(HostCost, WhatAHostMovesIsNotTheDevices) {
  const CostReport report = predictCost(program(), plainTarget(true));
  EXPECT_EQ(report.dramRead, 800u);
  EXPECT_EQ(report.dramWrite, 800u);
  EXPECT_EQ(report.hostBytes, 4000u);
  EXPECT_EQ(report.commands[1].work.dramRead + report.commands[1].work.dramWrite, 0u);
  EXPECT_EQ(report.commands[1].work.sramBytes, 0u);
  EXPECT_EQ(report.commands[1].hostBytes, 4000u);
  EXPECT_EQ(report.commands[0].hostBytes, 0u);
  EXPECT_NEAR(report.commands[1].memorySeconds, 800 * us, 1e-9 * us); // 4000 / 5, past the port.
  // The result goes from the host to the host; MACA's weights must be read all the same.
  EXPECT_EQ(report.roofline.dramBytes, 800 + storedSize(program().tensors[1]));
}

/// 4000 bytes at 1 a microsecond, of all processors together; its arithmetic takes 1600.
TEST(HostCost, AHostMovesAsMuchAsItCan) {
  Target target = plainTarget(true);
  const CostReport fast = predictCost(program(), target);
  target.host.gigabytesPerSecond = 0.001;
  CostReport report = predictCost(program(), target);
  EXPECT_NEAR(report.commands[1].memorySeconds, 4000 * us, 1e-9 * us);
  EXPECT_NEAR(report.latencySeconds - fast.latencySeconds, 2400 * us, 1e-3 * us);
  EXPECT_NEAR(report.framesPerSecond, 1e6 / 4000, 1e-3);
  EXPECT_EQ(report.commands[0].memorySeconds, fast.commands[0].memorySeconds);
  // More processors move no more.
  target.dsp.cores = 4;
  EXPECT_NEAR(predictCost(program(), target).framesPerSecond, 1e6 / 4000, 1e-3);
}

TEST(HostCost, ConstantsOfAHostAreItsOwn) {
  bst::Program made = program();
  bst::Tensor constant = made.tensors[1];
  made.tensors.push_back(constant);
  made.commands[1].inputs.push_back(4);
  const uint64_t weights = storedSize(constant);
  EXPECT_EQ(predictCost(made, plainTarget(true)).roofline.dramBytes, 800 + weights);
  EXPECT_EQ(predictCost(made, plainTarget(false)).roofline.dramBytes, 4000 + 2 * weights);
}

/// The driver starts a job in 30 us; nothing else is at work then, and no command takes that time.
TEST(HostCost, TheDriversTimeIsNoCommands) {
  Target target = plainTarget(false);
  const CostReport plain = predictCost(program(), target);
  target.device.frameMicroseconds = 30;
  target.host.frameMilliseconds = 0.007;
  const CostReport report = predictCost(program(), target);
  EXPECT_EQ(plain.driverSeconds, 0);
  EXPECT_NEAR(report.driverSeconds, 30 * us, 1e-6 * us);
  EXPECT_NEAR(report.latencySeconds, plain.latencySeconds + 37 * us, 1e-6 * us);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(report.commands[i].seconds, plain.commands[i].seconds, 1e-6 * us);
    EXPECT_LE(report.commands[i].seconds, report.commands[i].active.seconds() + 1e-9 * us);
  }
}

} // namespace
} // namespace bstc

// The cost model against the only published numbers of the device: the charts that the vendor's
// emulator (bstnnx 4.0.8, A1000B0) drew for MobileNetV2-1.0 at 224x224, in the notebook
// github.com/cshbli/ML-CV-AI, commit 5b754cbd, deep_learning/quantization/PyTorch/
// qat_mobilenetv2.ipynb, cell 60. The emulator cuts the network into sections; only the MAC-array
// ones are here. This is the cost of whole layers; mobilenet_tiles_test.cpp holds the tile program.
#include "backends/maca/cost.h"
#include "backends/target.h"
#include "tests/cost/conv_program.h"
#include "zoo/mobilenet_v2.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

/// A node of the network; of a residual add, no program.
struct Layer {
  bool sum;
  bst::Program program;
};

/// Nodes 0 to 61: everything before the global average pooling.
std::vector<Layer> mobilenetV2() {
  std::vector<Layer> layers;
  for (const MobilenetNode &node : mobilenetV2Nodes())
    layers.push_back({node.sum, node.sum ? bst::Program()
                                         : convProgram(node.in, node.out, node.kernel, node.stride,
                                                       node.size, node.groups)});
  return layers;
}

Target a1000b0() { return llvm::cantFail(loadTarget("bst-a1000b0")); }

Work costOf(const bst::Program &program) {
  return macaCost(program, program.commands[0], a1000b0());
}

uint64_t macSlots(const std::vector<Layer> &layers, size_t first, size_t last) {
  uint64_t slots = 0;
  for (size_t i = first; i <= last; ++i)
    if (!layers[i].sum)
      slots += costOf(layers[i].program).macSlots;
  return slots;
}

bst::Program classifier() { return convProgram(1280, 1000, 1, 1, 1); }

TEST(MobileNetV2, HasThePublishedNodes) {
  const std::vector<Layer> layers = mobilenetV2();
  EXPECT_EQ(layers.size(), 62u);
  uint64_t macs = costOf(classifier()).macs;
  for (const Layer &layer : layers)
    if (!layer.sum)
      macs += costOf(layer.program).macs;
  // "300M" multiply-adds in the paper's table 4.
  EXPECT_NEAR(double(macs), 300e6, 5e6);
}

TEST(MobileNetV2, MacSlotsOfSection0AreWithin3In10000OfTheChart) {
  // The low digits of this chart were read by eye and could not be checked.
  EXPECT_NEAR(double(macSlots(mobilenetV2(), 0, 24)), 523067392.0, 0.0003 * 523067392.0);
}

TEST(MobileNetV2, MacSlotsOfSection1AreExact) {
  EXPECT_EQ(macSlots(mobilenetV2(), 25, 54), 244776960u);
}

TEST(MobileNetV2, MacSlotsOfSection2AreExact) {
  EXPECT_EQ(macSlots(mobilenetV2(), 55, 61), 83230720u);
}

TEST(MobileNetV2, MacSlotsOfTheClassifierAreExact) {
  EXPECT_EQ(costOf(classifier()).macSlots, 41287680u);
}

/// Cycles that the DRAM port takes for `bytes`.
uint64_t portCycles(uint64_t bytes) {
  const uint64_t word = a1000b0().dram.bytesPerCycle;
  return (bytes + word - 1) / word;
}

// A section keeps its inner maps on chip and writes what later sections read.
TEST(MobileNetV2, DramWriteCyclesOfEverySectionAreExact) {
  const std::vector<Layer> layers = mobilenetV2();
  const auto written = [&](std::initializer_list<size_t> nodes) {
    uint64_t bytes = 0;
    for (size_t node : nodes)
      bytes += costOf(layers[node].program).dramWrite;
    return portCycles(bytes);
  };
  // The block's input (node 23), which the residual add needs, and its expansion.
  EXPECT_EQ(written({23, 24}), 5488u);
  // The sum of node 53 has the shape of node 52's output.
  EXPECT_EQ(written({52, 54}), 3430u);
  EXPECT_EQ(written({61}), 3920u);
  EXPECT_EQ(portCycles(costOf(classifier()).dramWrite), 63u);
}

TEST(MobileNetV2, DramReadCyclesOfTheClassifierAreExact) {
  EXPECT_EQ(portCycles(costOf(classifier()).dramRead), 80972u);
}

// The image is read with its channels padded, weights as array blocks, inner maps not at all.
TEST(MobileNetV2, DramReadCyclesOfSection0AreWithin1In1000) {
  const std::vector<Layer> layers = mobilenetV2();
  uint64_t bytes = costOf(layers[0].program).dramRead;
  for (size_t node = 1; node <= 24; ++node)
    if (!layers[node].sum) {
      const bst::Tensor &input = layers[node].program.tensors[0];
      // Inner maps have 16, 24, 32, ... channels, stored in blocks of 16.
      const uint64_t padded = (input.shape[1] + 15) / 16 * 16;
      bytes +=
          costOf(layers[node].program).dramRead - elementCount(input) / input.shape[1] * padded;
    }
  EXPECT_NEAR(double(portCycles(bytes)), 65636.0, 65.6);
}

} // namespace
} // namespace bstc

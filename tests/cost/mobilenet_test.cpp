// The cost model against the only published numbers of the device: the charts that the vendor's
// emulator (bstnnx 4.0.8, A1000B0) drew for MobileNetV2-1.0 at 224x224, in the notebook
// github.com/cshbli/ML-CV-AI, commit 5b754cbd, deep_learning/quantization/PyTorch/
// qat_mobilenetv2.ipynb, cell 60. The emulator cuts the network into sections; only the MAC-array
// ones are here. The layers are those of the MobileNetV2 paper (Sandler et al., 2018, table 2).
#include "backends/maca/cost.h"
#include "backends/target.h"
#include "tests/cost/conv_program.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

/// A node of the network: a convolution, or a residual add (which the emulator counts as a node).
struct Layer {
  enum Kind { Conv, Add } kind;
  bst::Program program;
};

void addConv(std::vector<Layer> &layers, int32_t in, int32_t out, int32_t kernel, int32_t stride,
             int32_t size, int32_t groups = 1) {
  layers.push_back({Layer::Conv, convProgram(in, out, kernel, stride, size, groups)});
}

/// Nodes 0 to 61: everything before the global average pooling.
std::vector<Layer> mobilenetV2() {
  std::vector<Layer> layers;
  int32_t size = 112, in = 32;
  addConv(layers, 3, in, 3, 2, size);
  struct Stage {
    int32_t expansion, channels, repeats, stride;
  };
  for (Stage stage : {Stage{1, 16, 1, 1},
                      {6, 24, 2, 2},
                      {6, 32, 3, 2},
                      {6, 64, 4, 2},
                      {6, 96, 3, 1},
                      {6, 160, 3, 2},
                      {6, 320, 1, 1}})
    for (int32_t i = 0; i < stage.repeats; ++i) {
      const int32_t stride = i == 0 ? stage.stride : 1;
      const int32_t hidden = in * stage.expansion;
      if (stage.expansion != 1)
        addConv(layers, in, hidden, 1, 1, size);
      size /= stride;
      addConv(layers, hidden, hidden, 3, stride, size, hidden);
      addConv(layers, hidden, stage.channels, 1, 1, size);
      if (stride == 1 && in == stage.channels)
        layers.push_back({Layer::Add, {}});
      in = stage.channels;
    }
  addConv(layers, in, 1280, 1, 1, size);
  return layers;
}

Target a1000b0() { return llvm::cantFail(loadTarget("bst-a1000b0")); }

Work costOf(const bst::Program &program) {
  return macaCost(program, program.commands[0], a1000b0());
}

uint64_t macSlots(const std::vector<Layer> &layers, size_t first, size_t last) {
  uint64_t slots = 0;
  for (size_t i = first; i <= last; ++i)
    if (layers[i].kind == Layer::Conv)
      slots += costOf(layers[i].program).macSlots;
  return slots;
}

bst::Program classifier() { return convProgram(1280, 1000, 1, 1, 1); }

TEST(MobileNetV2, HasThePublishedNodes) {
  const std::vector<Layer> layers = mobilenetV2();
  EXPECT_EQ(layers.size(), 62u);
  uint64_t macs = costOf(classifier()).macs;
  for (const Layer &layer : layers)
    if (layer.kind == Layer::Conv)
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
    if (layers[node].kind == Layer::Conv) {
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

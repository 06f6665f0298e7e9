// What the tile program of each section of MobileNetV2 asks for on the A1000B0, beside the charts
// of the vendor's emulator (mobilenet_test.cpp says which): the sections are compiled as networks
// of their own, with the maps that the charts' sections read and write. docs/targets.md has the
// table.
#include "partitioner/retile.h"
#include "partitioner/tile_demand.h"
#include "zoo/mobilenet_v2.h"

#include <gtest/gtest.h>

#include <map>

namespace bstc {
namespace {

/// A frame that loads all that it needs, as the emulator's do: nothing stays on chip from the last.
Target a1000b0() {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  target.device.framesInFlight = 1;
  return target;
}

/// Makes the program of a run of nodes.
class SectionMaker {
public:
  explicit SectionMaker(std::vector<MobilenetNode> nodes) : nodes(std::move(nodes)) {}

  bst::Program run(size_t first, size_t last, std::initializer_list<size_t> outputs) {
    for (size_t node = first; node <= last; ++node)
      add(node);
    for (size_t node : outputs)
      program.outputs.push_back(results.at(node));
    return program;
  }

private:
  uint32_t addTensor(bst::Tensor tensor) {
    tensor.dtype = bst::DType::S8;
    tensor.size = storedSize(tensor);
    uint64_t &end = tensor.storage == bst::Storage::Weights ? weights : program.arenaSize;
    tensor.offset = end;
    end += (tensor.size + 63) / 64 * 64;
    program.tensors.push_back(std::move(tensor));
    return uint32_t(program.tensors.size() - 1);
  }

  uint32_t addMap(int32_t channels, int32_t size) {
    bst::Tensor map;
    map.layout = bst::Layout::Nhwc;
    map.shape = {1, channels, size, size};
    return addTensor(std::move(map));
  }

  /// The result of a node, or of one before the section: an input of it.
  uint32_t resultOf(int64_t node, int32_t channels, int32_t size) {
    if (const auto found = results.find(node); found != results.end())
      return found->second;
    program.inputs.push_back(addMap(channels, size));
    return results[node] = program.inputs.back();
  }

  void add(size_t index) {
    const MobilenetNode &node = nodes[index];
    const auto at = int64_t(index);
    bst::Command command;
    command.name = "node " + std::to_string(index);
    command.inputs = {resultOf(at - 1, node.in, node.size * node.stride)};
    if (node.sum) {
      // The expansion, the depthwise convolution and the projection come between.
      command.engine = bst::Engine::Edp;
      command.inputs.push_back(resultOf(at - 4, node.in, node.size));
      command.params = bst::AddParams{};
    } else {
      command.engine = bst::Engine::Maca;
      bst::ConvParams conv;
      conv.groups = node.groups;
      conv.window.kernelH = conv.window.kernelW = node.kernel;
      conv.window.strideH = conv.window.strideW = node.stride;
      conv.window.padTop = conv.window.padLeft = node.kernel / 2;
      conv.window.padBottom = conv.window.padRight = node.kernel / 2;
      bst::Tensor constant;
      constant.storage = bst::Storage::Weights;
      constant.layout = node.groups == 1 ? bst::Layout::Panels : bst::Layout::Ohwi;
      constant.shape = {node.out, node.in / node.groups, node.kernel, node.kernel};
      command.inputs.push_back(addTensor(std::move(constant)));
      command.params = conv;
    }
    command.outputs = {results[at] = addMap(node.out, node.size)};
    program.commands.push_back(std::move(command));
  }

  std::vector<MobilenetNode> nodes;
  uint64_t weights = 0;
  bst::Program program;
  std::map<int64_t, uint32_t> results;
};

/// Of a section's tile program.
struct Sums {
  uint64_t macSlots = 0, busyCycles = 0, readBytes = 0, writeBytes = 0;
};

Sums sumsOf(const bst::Program &untiled) {
  const Target target = a1000b0();
  const bst::Program program = llvm::cantFail(retile(untiled, target));
  Sums sums;
  for (const OpDemand &demand : tileDemands(program, program.tiles, target)) {
    sums.macSlots += demand.work.macSlots;
    sums.busyCycles += demand.work.cycles + demand.work.overheadCycles;
    sums.readBytes += demand.readBytes;
    sums.writeBytes += demand.writeBytes;
  }
  return sums;
}

Sums sumsOf(size_t first, size_t last, std::initializer_list<size_t> outputs) {
  return sumsOf(SectionMaker(mobilenetV2Nodes()).run(first, last, outputs));
}

Sums classifier() { return sumsOf(SectionMaker({{false, 1280, 1000, 1, 1, 1}}).run(0, 0, {0})); }

/// Bytes that depthwise weights of the section take beyond our own, 9 a channel, when each channel
/// has a block of 16 inputs, as the charts count.
uint64_t blockBytes(size_t first, size_t last) {
  uint64_t bytes = 0;
  const std::vector<MobilenetNode> nodes = mobilenetV2Nodes();
  for (size_t node = first; node <= last; ++node)
    if (nodes[node].groups > 1)
      bytes += uint64_t(nodes[node].out) * 9 * 15;
  return bytes;
}

constexpr double port = 16; ///< Bytes a cycle.

/// The first section has bands, whose halos cost slots, and we cut it in two.
TEST(MobileNetV2Tiles, Section0IsWithinATenthInSlotsAndAThirdInTraffic) {
  const Sums sums = sumsOf(0, 24, {23, 24});
  EXPECT_GE(double(sums.macSlots), 0.999 * 523067392);
  EXPECT_LE(double(sums.macSlots), 1.1 * 523067392);
  EXPECT_NEAR(double(sums.readBytes) / port, 65636, 0.05 * 65636);
  EXPECT_GE(double(sums.writeBytes) / port, 5488);
  EXPECT_LE(double(sums.writeBytes) / port, 1.33 * 5488);
  EXPECT_LT(double(sums.busyCycles), 0.6 * 167871); // Not explained: half.
}

TEST(MobileNetV2Tiles, Section1HasTheChartsSlotsWritesAndBusyCycles) {
  const Sums sums = sumsOf(25, 54, {53, 54});
  EXPECT_EQ(sums.macSlots, 244776960u);
  EXPECT_EQ(double(sums.writeBytes) / port, 3430);
  EXPECT_NEAR(double(sums.busyCycles), 40931, 0.01 * 40931);
  EXPECT_NEAR(double(sums.readBytes) / port, 0.66 * 111816, 0.01 * 111816);
  EXPECT_NEAR(double(sums.readBytes + blockBytes(25, 54)) / port, 111816, 0.03 * 111816);
}

TEST(MobileNetV2Tiles, Section2HasTheChartsSlotsAndWrites) {
  const Sums sums = sumsOf(55, 61, {61});
  EXPECT_EQ(sums.macSlots, 83230720u);
  EXPECT_EQ(double(sums.writeBytes) / port, 3920);
  EXPECT_NEAR(double(sums.readBytes) / port, 0.795 * 87686, 0.01 * 87686);
  EXPECT_NEAR(double(sums.readBytes + blockBytes(55, 61)) / port, 87686, 0.03 * 87686);
  EXPECT_NEAR(double(sums.busyCycles), 0.6 * 38615, 0.02 * 38615); // Not explained.
}

/// We read biases of 1000 channels, the charts of 1008.
TEST(MobileNetV2Tiles, TheClassifierHasTheChartsSlotsAndTraffic) {
  const Sums sums = classifier();
  EXPECT_EQ(sums.macSlots, 41287680u);
  EXPECT_EQ(sums.readBytes, 80972u * 16 - 8 * 4);
  EXPECT_EQ(sums.writeBytes, 1008u);
  EXPECT_NEAR(double(sums.busyCycles), 20618, 0.05 * 20618);
}

} // namespace
} // namespace bstc

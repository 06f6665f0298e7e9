// What the tile program of each section of MobileNetV2 asks for on the A1000B0, beside the charts
// of the vendor's emulator (mobilenet_test.cpp says which): the sections are compiled as networks
// of their own, with the maps that the charts' sections read and write. docs/targets.md has the
// table.
#include "partitioner/retile.h"
#include "partitioner/tile_demand.h"
#include "tests/cost/mobilenet_layers.h"

#include <gtest/gtest.h>

#include <map>

namespace bstc {
namespace {

Target a1000b0() { return llvm::cantFail(loadTarget("bst-a1000b0")); }

/// Makes the program of a run of nodes.
class SectionMaker {
public:
  explicit SectionMaker(std::vector<MobilenetNode> nodes) : nodes(std::move(nodes)) {}

  bst::Program run(size_t first, size_t last, std::initializer_list<size_t> outputs) {
    begin = first;
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
  size_t begin = 0;
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

TEST(MobileNetV2Tiles, Print) {
  const Sums all[] = {sumsOf(0, 24, {23, 24}), sumsOf(25, 54, {53, 54}), sumsOf(55, 61, {61}),
                      classifier()};
  for (const Sums &s : all)
    printf("%lu %lu %lu %lu\n", s.macSlots, s.busyCycles, s.readBytes / 16, s.writeBytes / 16);
}

} // namespace
} // namespace bstc

#ifndef BSTC_TESTS_COST_TILE_BUILDER_H
#define BSTC_TESTS_COST_TILE_BUILDER_H

#include "partitioner/timeline.h"

namespace bstc {

using bst::Queue;
constexpr double us = 1e-6;

/// DRAM moves 10 bytes a microsecond in all, 8 in each direction; three transfers at one time; one
/// frame in flight.
inline Target device() {
  Target target;
  target.maca.clockMHz = target.edp.clockMHz = target.dsp.clockMHz = 1;
  target.dram = {/*bytesPerCycle=*/8, /*gigabytesPerSecond=*/0.01};
  return target;
}

/// A tile program under construction, with what its operations ask for.
struct TileBuilder {
  bst::TileProgram tiles;
  std::vector<OpDemand> demands;

  TileBuilder() {
    tiles.dataBytes = 1024;
    tiles.weightBytes = 1024;
  }
  /// Arithmetic of an engine.
  uint32_t compute(Queue queue, double microseconds, std::vector<uint32_t> after = {}) {
    OpDemand demand;
    demand.computeSeconds = microseconds * us;
    return add(queue, demand, std::move(after));
  }
  uint32_t load(uint64_t bytes, std::vector<uint32_t> after = {}, Queue queue = Queue::LoadData) {
    OpDemand demand;
    demand.readBytes = bytes;
    return add(queue, demand, std::move(after));
  }
  uint32_t store(uint64_t bytes, std::vector<uint32_t> after = {}) {
    OpDemand demand;
    demand.writeBytes = bytes;
    return add(Queue::Store, demand, std::move(after));
  }
  uint32_t add(Queue queue, const OpDemand &demand, std::vector<uint32_t> after) {
    bst::TileOp op;
    op.queue = queue;
    op.commands = {0};
    op.dependsOn = std::move(after);
    tiles.ops.push_back(op);
    demands.push_back(demand);
    return uint32_t(tiles.ops.size() - 1);
  }
  /// The operation writes `size` bytes of the data memory, or reads them.
  void writes(uint32_t op, uint64_t offset, uint64_t size) {
    tiles.ops[op].output = slice(offset, size);
  }
  void reads(uint32_t op, uint64_t offset, uint64_t size) {
    tiles.ops[op].inputs.push_back(slice(offset, size));
  }
  static bst::Slice slice(uint64_t offset, uint64_t size) {
    bst::Slice slice;
    slice.onChip = true;
    slice.offset = offset;
    slice.size = size;
    return slice;
  }
  Timeline run(const Target &target, uint32_t frames = 1) const {
    return simulate(tiles, demands, target, frames);
  }
};

} // namespace bstc

#endif // BSTC_TESTS_COST_TILE_BUILDER_H

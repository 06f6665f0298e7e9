#include "partitioner/tile_demand.h"

#include "runtime/program/tile_parts.h"

#include <algorithm>

namespace bstc {

static_assert(size_t(bst::Queue::Maca) == size_t(bst::Engine::Maca) &&
              size_t(bst::Queue::Edp) == size_t(bst::Engine::Edp) &&
              size_t(bst::Queue::Dsp) == size_t(bst::Engine::Dsp));

Riders::Riders(const bst::Program &program, const Target &target)
    : isFree(program.commands.size()), carriesTable(program.commands.size()) {
  std::vector<uint32_t> readers(program.tensors.size());
  for (const bst::Command &command : program.commands)
    for (uint32_t input : command.inputs)
      ++readers[input];
  std::vector<int64_t> writer(program.tensors.size(), -1);
  for (uint32_t i = 0; i < program.commands.size(); ++i) {
    const bst::Command &command = program.commands[i];
    if (std::holds_alternative<bst::ConcatParams>(command.params))
      isFree[i] = target.edp.concatInPlace;
    if (std::holds_alternative<bst::LutParams>(command.params) &&
        target.maca.fusedTableBytesPerCycle > 0)
      rideTable(program, i, readers, writer[command.inputs[0]]);
    for (uint32_t output : command.outputs)
      writer[output] = i;
  }
}

void Riders::rideTable(const bst::Program &program, uint32_t table,
                       llvm::ArrayRef<uint32_t> readers, int64_t writer) {
  if (writer >= 0 && readers[program.commands[table].inputs[0]] == 1 &&
      std::holds_alternative<bst::ConvParams>(program.commands[size_t(writer)].params))
    isFree[table] = carriesTable[size_t(writer)] = true;
}

double arithmeticSeconds(const Riders &riders, uint32_t command, uint64_t cycles, uint64_t values,
                         bst::Engine engine, const Target &target) {
  double needed = double(cycles);
  if (engine == bst::Engine::Maca && riders.hasTable(command))
    needed = std::max(needed, double(values) / target.maca.fusedTableBytesPerCycle);
  return needed / clockHz(engine, target);
}

namespace {

bool isTransfer(bst::Queue queue) { return !isEngine(queue); }

/// A part of a concatenation that lies where it should be.
bool isInPlace(const bst::Program &program, const bst::TileOp &op) {
  return op.inputs.size() == 1 && op.output.onChip && op.inputs[0].onChip &&
         op.inputs[0].memory == op.output.memory && op.inputs[0].offset == op.output.offset &&
         std::holds_alternative<bst::ConcatParams>(program.commands[op.commands[0]].params);
}

OpDemand transferDemand(const bst::TileOp &op, const Target &target) {
  OpDemand demand;
  demand.startSeconds = double(target.dma.transferCycles) / (target.maca.clockMHz * 1e6);
  (op.queue == bst::Queue::Store ? demand.writeBytes : demand.readBytes) = op.output.size;
  return demand;
}

/// Of a convolution of some input channels.
Work shareCost(const bst::Program &program, const bst::TileOp &op, const Target &target) {
  const bst::Program tile = bst::tileProgram(program, op);
  const bst::Command &conv = tile.commands[0];
  return backendOf(conv.engine)
      .partCost(tile, conv, bst::wholePart(tile.tensors[conv.outputs[0]]), target);
}

OpDemand engineDemand(const bst::Program &program, const bst::TileOp &op, const Riders &riders,
                      const Target &target) {
  const bst::Engine engine = engineOf(op.queue);
  const uint32_t first = op.commands.front();
  OpDemand demand;
  const bst::InputShare share = bst::inputShareOf(program, op);
  demand.work = share.partial() ? shareCost(program, op, target)
                                : backendOf(engine).partCost(program, program.commands[first],
                                                             op.output.part, target);
  demand.startSeconds = double(demand.work.overheadCycles) / clockHz(engine, target);
  demand.computeSeconds =
      arithmeticSeconds(riders, first, demand.work.cycles,
                        share.partial() && !share.closes() ? 0 : op.output.size, engine, target);
  for (const bst::Slice &input : op.inputs)
    demand.readBytes += input.onChip ? 0 : input.size;
  demand.readBytes = std::min(demand.readBytes, demand.work.mostRead);
  demand.writeBytes = op.output.onChip ? 0 : op.output.size;
  return demand;
}

} // namespace

std::vector<bool> keptConstants(const bst::Program &program) {
  std::vector<bool> kept(program.tensors.size());
  for (uint32_t index = 0; index < program.tiles.once; ++index)
    kept[program.tiles.ops[index].output.tensor] = true;
  return kept;
}

double clockHz(bst::Engine engine, const Target &target) {
  switch (engine) {
  case bst::Engine::Maca:
    return target.maca.clockMHz * 1e6;
  case bst::Engine::Edp:
    return target.edp.clockMHz * 1e6;
  case bst::Engine::Dsp:
    return target.dsp.clockMHz * 1e6;
  }
  return 0;
}

std::vector<OpDemand> tileDemands(const bst::Program &program, const bst::TileProgram &tiles,
                                  const Target &target) {
  const Riders riders(program, target);
  std::vector<OpDemand> demands;
  demands.reserve(tiles.ops.size());
  for (const bst::TileOp &op : tiles.ops) {
    const bool once = demands.size() < tiles.once;
    if (once || isInPlace(program, op) ||
        (riders.free(op.commands.back()) && op.commands.size() == 1))
      demands.emplace_back();
    else if (isTransfer(op.queue))
      demands.push_back(transferDemand(op, target));
    else
      demands.push_back(engineDemand(program, op, riders, target));
  }
  return demands;
}

} // namespace bstc

#include "runtime/tile_access.h"

#include <algorithm>

namespace bst {

TileMemories::TileMemories(const Program &program)
    : program(program), data(program.tiles.dataBytes, Access()),
      weights(program.tiles.weightBytes, Access()), arena(program.arenaSize, Access()) {
  for (uint32_t input : program.inputs) {
    const Tensor &tensor = program.tensors[input];
    arena.assign(tensor.offset, tensor.offset + tensor.size, {theHost, nothingYet});
  }
}

void Clocks::merge(ByQueue &clock, const ByQueue &other) {
  for (size_t queue = 0; queue < clock.size(); ++queue)
    if (other[queue] != noOp && (clock[queue] == noOp || clock[queue] < other[queue]))
      clock[queue] = other[queue];
}

void Clocks::add(const TileOp &op) {
  ByQueue clock = nothingYet;
  auto finished = [&](uint32_t earlier) {
    merge(clock, known[earlier]);
    uint32_t &entry = clock[size_t(queues[earlier])];
    entry = entry == noOp ? earlier : std::max(entry, earlier);
  };
  if (last[size_t(op.queue)] != noOp)
    finished(last[size_t(op.queue)]);
  for (uint32_t earlier : op.dependsOn)
    finished(earlier);
  last[size_t(op.queue)] = uint32_t(known.size());
  known.push_back(clock);
  queues.push_back(op.queue);
}

std::vector<std::vector<uint32_t>> writersOf(const Program &program) {
  ByteRanges<uint32_t> writers(program.arenaSize, noOp);
  auto write = [&](uint32_t index, uint32_t writer) {
    const Tensor &tensor = program.tensors[index];
    writers.assign(tensor.offset, tensor.offset + tensor.size, writer);
  };
  for (uint32_t input : program.inputs)
    write(input, theHost);
  std::vector<std::vector<uint32_t>> result;
  for (uint32_t index = 0; index < program.commands.size(); ++index) {
    const Command &command = program.commands[index];
    auto &found = result.emplace_back();
    for (uint32_t input : command.inputs) {
      const Tensor &tensor = program.tensors[input];
      found.push_back(noOp);
      if (tensor.storage == Storage::Arena)
        writers.forEach(tensor.offset, tensor.offset + tensor.size,
                        [&](uint32_t writer, uint64_t, uint64_t) { found.back() = writer; });
    }
    write(command.outputs[0], index);
  }
  return result;
}

} // namespace bst

#include "runtime/program/tile_access.h"

#include "runtime/program/tile_parts.h"

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

/// Calls use(memory, begin, end) for each piece of a memory that the slice takes.
template <class Use> void TileMemories::forEachRange(const Slice &slice, Use &&use) {
  const Tensor &tensor = program.tensors[slice.tensor];
  if (slice.onChip) {
    ByteRanges<Access> &memory = slice.memory == OnChip::Data ? data : weights;
    use(memory, slice.offset, slice.offset + slice.size);
    return;
  }
  if (tensor.storage != Storage::Arena)
    return;
  if (!isMap(tensor)) {
    use(arena, tensor.offset, tensor.offset + tensor.size);
    return;
  }
  const auto maps = uint64_t(tensor.shape[0]), rows = uint64_t(tensor.shape[2]);
  const uint64_t row = tensor.size / (maps * rows); // Bytes.
  for (uint64_t n = 0; n < maps; ++n) {
    const uint64_t begin = tensor.offset + (n * rows + uint64_t(slice.part.row)) * row;
    use(arena, begin, begin + uint64_t(slice.part.rows) * row);
  }
}

void TileMemories::visitAll(const Slice &slice, VisitFunction visit, void *to) {
  forEachRange(slice, [&](ByteRanges<Access> &memory, uint64_t begin, uint64_t end) {
    memory.forEach(begin, end, [&](Access &access, uint64_t first, uint64_t last) {
      visit(to, access, first, last);
    });
  });
}

void TileMemories::write(const Slice &slice, uint32_t writer) {
  forEachRange(slice, [&](ByteRanges<Access> &memory, uint64_t begin, uint64_t end) {
    memory.assign(begin, end, {writer, nothingYet});
  });
}

void Clocks::merge(ByQueue &clock, const ByQueue &other) {
  for (size_t queue = 0; queue < clock.size(); ++queue)
    if (other[queue] != noOp && (clock[queue] == noOp || clock[queue] < other[queue]))
      clock[queue] = other[queue];
}

void Clocks::add(const TileOp &op) {
  ByQueue clock = nothingYet;
  auto finished = [&](uint32_t earlier) {
    merge(clock, known[earlier].before);
    uint32_t &entry = clock[size_t(known[earlier].queue)];
    entry = entry == noOp ? earlier : std::max(entry, earlier);
  };
  if (last[size_t(op.queue)] != noOp)
    finished(last[size_t(op.queue)]);
  for (uint32_t earlier : op.dependsOn)
    finished(earlier);
  last[size_t(op.queue)] = uint32_t(known.size());
  known.push_back({clock, op.queue});
}

std::vector<std::vector<uint32_t>> writersOf(const Program &program) {
  ByteRanges<uint32_t> writers(program.arenaSize, noOp);
  auto write = [&](uint32_t index, uint32_t writer) {
    const Tensor &tensor = program.tensors[index];
    writers.assign(tensor.offset, tensor.offset + tensor.size, writer);
  };
  for (uint32_t input : program.inputs)
    write(input, theHost);
  std::vector<std::vector<uint32_t>> result(program.commands.size());
  for (uint32_t index = 0; index < program.commands.size(); ++index) {
    const Command &command = program.commands[index];
    result[index] = std::vector<uint32_t>(command.inputs.size(), noOp);
    for (size_t i = 0; i < command.inputs.size(); ++i) {
      const Tensor &tensor = program.tensors[command.inputs[i]];
      if (tensor.storage == Storage::Arena)
        writers.forEach(tensor.offset, tensor.offset + tensor.size,
                        [&](uint32_t writer, uint64_t, uint64_t) { result[index][i] = writer; });
    }
    write(command.outputs[0], index);
  }
  return result;
}

} // namespace bst

#include "runtime/verify/tile_flow.h"

#include "runtime/program/labels.h"
#include "runtime/program/tile_parts.h"
#include "runtime/verify/checks.h"

#include <algorithm>

namespace bst {

TileFlow::TileFlow(const Program &program, uint64_t mostVisits)
    : program(program), tiles(program.tiles), writers(writersOf(program)), memories(program),
      clocks(tiles.ops.size()), mostVisits(mostVisits) {
  for (const TileOp &op : tiles.ops)
    clocks.add(op);
}

/// Who made the values that the operation's inputs must be: as in writersOf. Constants on chip are
/// those of a command, since its biases are with them.
void TileFlow::expect(uint32_t index, std::vector<uint32_t> &values) const {
  const TileOp &op = tiles.ops[index];
  values.clear();
  if (op.queue == Queue::Store || op.queue == Queue::LoadWeights) {
    values.push_back(op.commands[0]);
    return;
  }
  for (size_t i = 0; i < op.commands.size(); ++i) {
    const uint32_t at = op.commands[i];
    const Command &command = program.commands[at];
    for (size_t k = 0; k < command.inputs.size(); ++k) {
      if (op.queue == Queue::LoadData && command.inputs[k] != op.inputs[0].tensor)
        continue;
      if (i && command.inputs[k] == program.commands[op.commands[i - 1]].outputs[0])
        continue;
      if (op.queue < Queue::LoadData && !readsInput(program, command, k, op.output.part))
        continue;
      const bool constants = isConvConstant(program.tensors[command.inputs[k]]);
      values.push_back(constants ? at : writers[at][k]);
    }
  }
}

/// Who made the value that the operation leaves.
uint32_t TileFlow::valueOf(uint32_t index) const {
  const TileOp &op = tiles.ops[index];
  if (op.queue != Queue::LoadData)
    return op.commands.back();
  std::vector<uint32_t> values;
  expect(index, values);
  return values[0];
}

/// Does the byte at `at` hold the same element of the tensor in both slices?
static bool sameElement(const Program &program, const Slice &written, const Slice &read,
                        uint64_t at) {
  if (written.tensor != read.tensor || written.part.row != read.part.row ||
      written.part.rows != read.part.rows)
    return false;
  const Tensor &tensor = program.tensors[read.tensor];
  if (!isMap(tensor))
    return written.part == read.part && written.offset == read.offset;
  // Bytes of a channel's plane; both start at a whole block.
  const uint64_t plane = uint64_t(tensor.shape[0]) * uint64_t(read.part.rows) *
                         uint64_t(tensor.shape[3]) * elementSize(tensor.dtype);
  return at - written.offset + plane * uint64_t(written.part.channel) ==
         at - read.offset + plane * uint64_t(read.part.channel);
}

/// What is wrong with a byte that is read, or nothing.
Status TileFlow::faultOf(const Slice &slice, uint32_t value, const Access &access,
                         uint64_t begin) const {
  if (access.writer == noOp)
    return corrupt("nothing has written byte {}", begin);
  if (access.writer == theHost)
    return value == theHost ? Status() : corrupt("byte {} is still an input of the program", begin);
  const TileOp &writer = tiles.ops[access.writer];
  if (slice.onChip && !sameElement(program, writer.output, slice, begin))
    return corrupt("byte {} holds {}, written by {}", begin, SliceLabel(program, writer.output),
                   OpLabel(program, access.writer));
  if (valueOf(access.writer) != value)
    return corrupt("byte {} is the result of another command, written by {}", begin,
                   OpLabel(program, access.writer));
  return {};
}

/// Which earlier access is not ordered before operation `index` writes, or nothing.
Status TileFlow::raceOf(uint32_t index, const Access &access) const {
  if (access.writer < theHost && !clocks.ordered(tiles, access.writer, index))
    return corrupt("does not wait until {} has written there", OpLabel(program, access.writer));
  for (uint32_t reader : access.readers)
    if (reader != noOp && reader != index && !clocks.ordered(tiles, reader, index))
      return corrupt("does not wait until {} has read what is there", OpLabel(program, reader));
  return {};
}

Status TileFlow::read(uint32_t index, const Slice &slice, uint32_t value) {
  if (!slice.onChip && program.tensors[slice.tensor].storage == Storage::Weights)
    return Status();
  Status fault;
  memories.forEach(slice, [&](Access &access, uint64_t begin, uint64_t) {
    ++visits;
    if (!fault.ok())
      return;
    fault = faultOf(slice, value, access, begin);
    if (fault.ok() && access.writer < theHost && !clocks.ordered(tiles, access.writer, index))
      fault = corrupt("it does not wait for {}", OpLabel(program, access.writer));
    access.readers[size_t(tiles.ops[index].queue)] = index;
  });
  if (fault.ok())
    return Status();
  return corrupt("{} reads {}, but {}", OpLabel(program, index), SliceLabel(program, slice),
                 fault.message());
}

Status TileFlow::write(uint32_t index) {
  const Slice &slice = tiles.ops[index].output;
  Status fault;
  memories.forEach(slice, [&](Access &access, uint64_t, uint64_t) {
    ++visits;
    if (fault.ok())
      fault = raceOf(index, access);
  });
  memories.write(slice, index);
  if (fault.ok())
    return Status();
  return corrupt("{} writes {}, but {}", OpLabel(program, index), SliceLabel(program, slice),
                 fault.message());
}

Status TileFlow::step(uint32_t index) {
  const TileOp &op = tiles.ops[index];
  std::vector<uint32_t> values;
  expect(index, values);
  for (size_t i = 0; i < op.inputs.size(); ++i)
    if (Status status = read(index, op.inputs[i], values[i]); !status.ok())
      return status;
  if (Status status = write(index); !status.ok())
    return status;
  if (visits > mostVisits)
    return corrupt(
        "tiles: {}: up to here the operations touch {} ranges of bytes, at most {} are allowed",
        OpLabel(program, index), visits, mostVisits);
  return Status();
}

Status TileFlow::finish() {
  ByteRanges<uint32_t> expected(program.arenaSize, noOp);
  for (uint32_t input : program.inputs) {
    const Tensor &tensor = program.tensors[input];
    expected.assign(tensor.offset, tensor.offset + tensor.size, theHost);
  }
  for (uint32_t index = 0; index < program.commands.size(); ++index) {
    const Tensor &tensor = program.tensors[program.commands[index].outputs[0]];
    expected.assign(tensor.offset, tensor.offset + tensor.size, index);
  }
  for (uint32_t output : program.outputs) {
    const Tensor &tensor = program.tensors[output];
    const Slice slice = {.tensor = output, .part = wholePart(tensor), .size = tensor.size};
    uint32_t value = noOp;
    expected.forEach(tensor.offset, tensor.offset + tensor.size,
                     [&](uint32_t command, uint64_t, uint64_t) { value = command; });
    Status fault;
    memories.forEach(slice, [&](Access &access, uint64_t begin, uint64_t) {
      if (fault.ok())
        fault = faultOf(slice, value, access, begin);
    });
    if (!fault.ok())
      return corrupt("tiles: in the end, output {}: {}", TensorLabel(program, tensor),
                     fault.message());
  }
  return Status();
}

Status checkTileFlow(const Program &program) {
  TileFlow flow(program);
  for (uint32_t index = 0; index < program.tiles.ops.size(); ++index)
    if (Status status = flow.step(index); !status.ok())
      return status;
  return flow.finish();
}

} // namespace bst

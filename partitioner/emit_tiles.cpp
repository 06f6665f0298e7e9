#include "backends/target.h"
#include "partitioner/section_bands.h"
#include "runtime/program/tile_access.h"
#include "runtime/program/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace bstc {
namespace {

uint64_t aligned(uint64_t bytes) { return (bytes + 63) / 64 * 64; }

/// A memory that is handed out from its start to its end and then from its start again. Who asks
/// gets memory that was handed out longest ago; dependencies see to it that it is free.
class Ring {
public:
  Ring(uint64_t offset, uint64_t size) : offset(offset), size(size) {}
  uint64_t take(uint64_t bytes) {
    const uint64_t at = next + bytes <= size ? next : 0;
    next = at + aligned(bytes);
    return offset + at;
  }
  void restart() { next = 0; }
  /// The same at a multiple of `bytes`, so that one after the other gets the same few places.
  uint64_t takeSlot(uint64_t bytes) {
    if (bytes)
      next = (next + bytes - 1) / bytes * bytes;
    return take(bytes);
  }

private:
  uint64_t offset, size, next = 0;
};

/// Writes the operations of a plan, one section after the other.
class TileEmitter {
public:
  TileEmitter(bst::Program &program, const TilePlan &plan, const Target &target,
              TilingContext &context)
      : program(program), plan(plan), context(context), target(shareOf(target, plan.share)),
        tiles(program.tiles), memories(program), clocks(0), data(0, tiles.dataPart()),
        weights(plan.share.keptBytes, tiles.weightPart() - plan.share.keptBytes) {}

  void run() {
    keepConstants();
    for (const Section &section : plan.sections)
      if (plan.units[section.first].inBands)
        emitSection(section);
      else
        emitWhole(plan.units[section.first]);
  }

private:
  void add(bst::TileOp op);
  std::vector<uint32_t> dependencies(const bst::TileOp &op);
  void emitWhole(const TileUnit &unit);
  void emitSection(const Section &section);
  void placeResidents();
  void emitUnit(uint32_t index, uint32_t band);
  void emitPiece(uint32_t index, uint32_t band, const bst::Part &part);
  int32_t pieceOf(const TileUnit &unit, int32_t channels) const;
  void emitFollowers(uint32_t index, uint32_t band, int32_t channel, int32_t channels);
  bool isInside(const UnitInput &input) const;
  bool holds(const bst::Slice &slice);
  void load(const UnitInput &input, const BandBuffer &buffer, uint32_t band);
  void keepConstants();
  bst::Slice loadConstants(const TileUnit &unit, const bst::Part &part, uint64_t offset);
  bst::Slice constants(const TileUnit &unit, const bst::Part &part);
  void addPiece(const TileUnit &unit, uint32_t band, const bst::Part &part,
                const bst::Part &weightPart);
  void store(const TileUnit &unit, const BandBuffer &buffer, uint32_t band);

  const BandBuffer &bufferOf(uint32_t tensor) const {
    return *llvm::find_if(layout.buffers, [&](const BandBuffer &b) { return b.tensor == tensor; });
  }
  bst::Slice inDram(uint32_t tensor, const bst::Part &part) const {
    return {.tensor = tensor,
            .part = part,
            .size = bst::partBytes(program.tensors[tensor], part, tiles.channelBlock)};
  }
  bst::Slice onChip(const BandBuffer &buffer, uint32_t band) const {
    const RowRange rows = buffer.rows[band];
    bst::Slice slice = inDram(
        buffer.tensor, {rows.begin, rows.count(), 0, program.tensors[buffer.tensor].shape[1]});
    slice.onChip = true;
    slice.offset = places[band];
    const BandBuffer *at = &buffer;
    for (; at->nest.within != BandBuffer::nowhere; at = &layout.buffers[at->nest.within])
      if (at->nest.channel)
        slice.offset +=
            bst::partBytes(program.tensors[layout.buffers[at->nest.within].tensor],
                           {rows.begin, rows.count(), 0, at->nest.channel}, tiles.channelBlock);
    slice.offset += at->offset;
    return slice;
  }

  bst::Program &program;
  const TilePlan &plan;
  TilingContext &context;
  const Target target; ///< As a frame sees it.
  bst::TileProgram &tiles;
  bst::TileMemories memories;
  bst::Clocks clocks;
  Ring data, weights;

  std::vector<bst::Slice> kept; ///< By unit: constants that are loaded once.

  // Of the section that is being emitted.
  const Section *section = nullptr;
  SectionLayout layout;
  std::vector<uint64_t> places;      ///< Of each band in the data memory.
  std::vector<bst::Slice> residents; ///< Constants by unit; onChip once they are loaded.
  std::set<std::pair<uint32_t, uint32_t>> loaded; ///< Tensors by band.
};

} // namespace

/// The latest operation of each other queue that touched the same bytes; those that another one
/// waited for are left out.
std::vector<uint32_t> TileEmitter::dependencies(const bst::TileOp &op) {
  bst::ByQueue found = bst::nothingYet;
  auto wait = [&](uint32_t earlier) {
    if (earlier >= bst::theHost)
      return;
    uint32_t &entry = found[size_t(tiles.ops[earlier].queue)];
    entry = entry == bst::noOp ? earlier : std::max(entry, earlier);
  };
  for (const bst::Slice &input : op.inputs)
    memories.forEach(input, [&](bst::Access &access, uint64_t, uint64_t) { wait(access.writer); });
  memories.forEach(op.output, [&](bst::Access &access, uint64_t, uint64_t) {
    wait(access.writer);
    llvm::for_each(access.readers, wait);
  });
  const uint32_t before = clocks.latest()[size_t(op.queue)];
  found[size_t(op.queue)] = before; // For what it has waited for itself.
  std::vector<uint32_t> result;
  for (uint32_t candidate : found) {
    const bool implied = candidate == bst::noOp || llvm::any_of(found, [&](uint32_t other) {
                           if (other == bst::noOp || other == candidate)
                             return false;
                           return clocks.ordered(tiles, candidate, other);
                         });
    if (!implied && candidate != before)
      result.push_back(candidate);
  }
  llvm::sort(result);
  return result;
}

void TileEmitter::add(bst::TileOp op) {
  op.dependsOn = dependencies(op);
  const auto index = uint32_t(tiles.ops.size());
  for (const bst::Slice &input : op.inputs)
    memories.forEach(input, [&](bst::Access &access, uint64_t, uint64_t) {
      access.readers[size_t(op.queue)] = index;
    });
  memories.write(op.output, index);
  clocks.add(op);
  tiles.ops.push_back(std::move(op));
}

/// As a whole, from DRAM to DRAM.
void TileEmitter::emitWhole(const TileUnit &unit) {
  const bst::Command &command = program.commands[unit.commands[0]];
  bst::TileOp op;
  op.queue = bst::Queue(command.engine);
  op.commands = unit.commands;
  for (uint32_t input : command.inputs)
    op.inputs.push_back(inDram(input, bst::wholePart(program.tensors[input])));
  op.output = inDram(unit.tensor, bst::wholePart(program.tensors[unit.tensor]));
  add(std::move(op));
}

/// Has an earlier operation left just this part of the tensor just there?
bool TileEmitter::holds(const bst::Slice &slice) {
  bool same = true;
  memories.forEach(slice, [&](bst::Access &access, uint64_t, uint64_t) {
    same &= access.writer < bst::theHost && tiles.ops[access.writer].output == slice;
  });
  return same;
}

void TileEmitter::load(const UnitInput &input, const BandBuffer &buffer, uint32_t band) {
  bst::TileOp op;
  op.queue = bst::Queue::LoadData;
  op.commands = {input.command};
  op.output = onChip(buffer, band);
  if (holds(op.output))
    return;
  op.inputs = {inDram(input.tensor, op.output.part)};
  add(std::move(op));
}

void TileEmitter::store(const TileUnit &unit, const BandBuffer &buffer, uint32_t band) {
  const RowRange rows = buffer.stored[band];
  bst::TileOp op;
  op.queue = bst::Queue::Store;
  op.commands = {unit.commands.back()};
  op.inputs = {onChip(buffer, band)};
  op.output =
      inDram(unit.tensor, {rows.begin, rows.count(), 0, program.tensors[unit.tensor].shape[1]});
  add(std::move(op));
}

bst::Slice TileEmitter::loadConstants(const TileUnit &unit, const bst::Part &part,
                                      uint64_t offset) {
  const uint32_t command = unit.commands[0];
  bst::TileOp op;
  op.queue = bst::Queue::LoadWeights;
  op.commands = {command};
  op.inputs = {inDram(program.commands[command].inputs[1], part)};
  op.output = op.inputs[0];
  op.output.onChip = true;
  op.output.memory = bst::OnChip::Weights;
  op.output.offset = offset;
  const bst::Slice slice = op.output;
  add(std::move(op));
  return slice;
}

/// What all frames find on chip.
void TileEmitter::keepConstants() {
  uint64_t next = 0;
  kept.resize(plan.units.size());
  for (size_t i = 0; i < plan.units.size(); ++i)
    if (const TileUnit &unit = plan.units[i]; unit.keptBytes) {
      kept[i] = loadConstants(unit, {0, 0, 0, program.tensors[unit.tensor].shape[1]}, next);
      next += aligned(kept[i].size);
    }
  tiles.once = uint32_t(tiles.ops.size());
}

/// Constants of some output channels on chip; loaded unless they are there to stay.
bst::Slice TileEmitter::constants(const TileUnit &unit, const bst::Part &part) {
  const auto at = size_t(&unit - plan.units.data());
  if (unit.keptBytes)
    return kept[at];
  bst::Slice &resident = residents[at - section->first];
  if (!section->resident) {
    const uint64_t bytes =
        bst::partBytes(program.tensors[program.commands[unit.commands[0]].inputs[1]], part, 1);
    return loadConstants(unit, part, weights.take(bytes));
  }
  if (!resident.onChip)
    resident =
        loadConstants(unit, {0, 0, 0, program.tensors[unit.tensor].shape[1]}, resident.offset);
  return resident;
}

void TileEmitter::emitPiece(uint32_t index, uint32_t band, const bst::Part &part) {
  const TileUnit &unit = plan.units[index];
  const int32_t share = inputsOfPiece(program, unit, target, section->resident);
  if (!share)
    return addPiece(unit, band, part, {0, 0, part.channel, part.channels});
  const int32_t all = program.tensors[program.commands[unit.commands[0]].inputs[0]].shape[1];
  for (int32_t input = 0; input < all; input += share)
    addPiece(unit, band, part, {input, std::min(share, all - input), part.channel, part.channels});
}

void TileEmitter::addPiece(const TileUnit &unit, uint32_t band, const bst::Part &part,
                           const bst::Part &weightPart) {
  bst::TileOp op;
  op.queue = bst::Queue(program.commands[unit.commands[0]].engine);
  op.commands = unit.commands;
  op.output = onChip(bufferOf(unit.tensor), band);
  op.output.part = part;
  for (uint32_t tensor : bst::operandsOf(program, op))
    op.inputs.push_back(bst::isConvConstant(program.tensors[tensor])
                            ? constants(unit, weightPart)
                            : onChip(bufferOf(tensor), band));
  // Of a result that is written over what it is made of, other pieces may be there already.
  const std::vector<bst::Part> needed = bst::neededParts(program, op);
  for (size_t i = 0; i < needed.size(); ++i) {
    bst::Slice &input = op.inputs[i];
    const bool ofConvolution = i == 0 && op.queue == bst::Queue::Maca;
    if (ofConvolution || input.memory != bst::OnChip::Data ||
        needed[i].channels == input.part.channels)
      continue;
    const bst::Tensor &map = program.tensors[input.tensor];
    bst::Part before = input.part;
    before.channels = needed[i].channel;
    input.offset += before.channels ? bst::partBytes(map, before, tiles.channelBlock) : 0;
    input.part.channel = needed[i].channel;
    input.part.channels = needed[i].channels;
    input.size = bst::partBytes(map, input.part, tiles.channelBlock);
  }
  op.output.size = bst::partBytes(program.tensors[unit.tensor], part, tiles.channelBlock);
  if (part.channel) // Pieces lie side by side: see Slice::offset.
    op.output.offset += bst::partBytes(program.tensors[unit.tensor],
                                       {part.row, part.rows, 0, part.channel}, tiles.channelBlock);
  add(std::move(op));
}

/// Output channels of each piece in which a unit is computed: those of its weights, and fewer where
/// others can go on with them.
int32_t TileEmitter::pieceOf(const TileUnit &unit, int32_t channels) const {
  const int32_t piece = channelsOfPiece(program, unit, target, section->resident);
  const bst::Command &first = program.commands[unit.commands[0]];
  if (!section->style.early || piece < channels || first.engine != bst::Engine::Maca)
    return piece;
  const auto step =
      int32_t(bst::channelStep(program, first, uint32_t(target.maca.outChannelQuantum)));
  return ((channels + 1) / 2 + step - 1) / step * step;
}

/// What is made of channels of a unit's result as soon as they are there.
void TileEmitter::emitFollowers(uint32_t index, uint32_t band, int32_t channel, int32_t channels) {
  if (!section->style.early)
    return;
  for (uint32_t later = index + 1; later <= section->last; ++later) {
    const TileUnit &unit = plan.units[later];
    const RowRange rows =
        unit.table || unit.byInput ? bufferOf(unit.tensor).rows[band] : RowRange();
    if (!rows.count())
      continue;
    for (const UnitInput &input : unit.inputs) {
      if (input.producer != index)
        continue;
      emitPiece(later, band, {rows.begin, rows.count(), input.channel + channel, channels});
      emitFollowers(later, band, input.channel + channel, channels);
    }
  }
}

/// Is the input made in this section?
bool TileEmitter::isInside(const UnitInput &input) const {
  return input.producer != noUnit && input.producer >= section->first;
}

void TileEmitter::emitUnit(uint32_t index, uint32_t band) {
  const TileUnit &unit = plan.units[index];
  const BandBuffer &result = bufferOf(unit.tensor);
  const RowRange rows = result.rows[band];
  if (!rows.count())
    return;
  for (const UnitInput &input : unit.inputs)
    if (const BandBuffer &buffer = bufferOf(input.tensor);
        buffer.producer == noUnit && loaded.insert({input.tensor, band}).second)
      load(input, buffer, band);
  const int32_t channels = program.tensors[unit.tensor].shape[1];
  const auto emit = [&](int32_t channel, int32_t count) {
    emitPiece(index, band, {rows.begin, rows.count(), channel, count});
    emitFollowers(index, band, channel, count);
  };
  if (section->style.early && (unit.byInput || unit.table)) {
    for (const UnitInput &input : unit.inputs)
      if (!isInside(input)) // The others are there.
        emit(input.channel, program.tensors[input.tensor].shape[1]);
  } else {
    const int32_t piece = pieceOf(unit, channels);
    for (int32_t channel = 0; channel < channels; channel += piece)
      emit(channel, std::min(piece, channels - channel));
  }
  if (result.stored[band].count())
    store(unit, result, band);
}

/// One unit after the other, so that each waits only for what it overwrites; from the start where
/// they would otherwise overwrite each other.
void TileEmitter::placeResidents() {
  const auto bytes = [&](size_t i) { return aligned(plan.units[section->first + i].weightBytes); };
  const auto overlap = [&](size_t a, size_t b) {
    return residents[a].offset < residents[b].offset + bytes(b) &&
           residents[b].offset < residents[a].offset + bytes(a);
  };
  bool fits = true;
  for (size_t i = 0; i < residents.size(); ++i) {
    residents[i].offset = weights.take(bytes(i));
    for (size_t earlier = 0; earlier < i; ++earlier)
      fits &= !overlap(earlier, i);
  }
  if (fits)
    return;
  weights.restart();
  for (size_t i = 0; i < residents.size(); ++i)
    residents[i].offset = weights.take(bytes(i));
}

void TileEmitter::emitSection(const Section &current) {
  section = &current;
  layout = layoutSection(context, current);
  places.assign(current.bands, 0);
  for (uint64_t &place : places)
    place = data.takeSlot(layout.bandBytes);
  loaded.clear();
  residents.assign(current.last - current.first + 1, {});
  if (current.resident)
    placeResidents();
  inOrderOfWork(current,
                [&](uint32_t band, uint32_t unit) { emitUnit(current.first + unit, band); });
}

void emitTiles(bst::Program &program, const TilePlan &plan, const Target &target,
               TilingContext &context) {
  program.tiles = {.dataBytes = uint64_t(target.maca.dataMemoryBytes),
                   .weightBytes = uint64_t(target.maca.weightMemoryBytes),
                   .channelBlock = uint32_t(target.maca.outChannelQuantum),
                   .contexts = plan.share.contexts,
                   .once = 0,
                   .keptBytes = plan.share.keptBytes,
                   .ops = {}};
  TileEmitter(program, plan, target, context).run();
}

} // namespace bstc

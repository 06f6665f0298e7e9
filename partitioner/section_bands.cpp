#include "partitioner/section_bands.h"

#include "backends/target.h"
#include "partitioner/section_time.h"
#include "runtime/program/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc {

static uint64_t aligned(uint64_t bytes) { return (bytes + 63) / 64 * 64; }

TilingContext::TilingContext(const bst::Program &program, const Target &target,
                             llvm::ArrayRef<TileUnit> units)
    : program(program), target(target), units(units), times(program, target) {
  for (const bst::Tensor &tensor : program.tensors) {
    const bst::Part whole = bst::wholePart(tensor);
    rowBytes.push_back(bst::isMap(tensor) ? bst::partBytes(tensor, {0, 1, 0, whole.channels},
                                                           uint32_t(target.maca.outChannelQuantum))
                                          : 0);
  }
}

BandBuffer &SectionBands::bufferOf(uint32_t tensor, uint32_t unit) {
  for (BandBuffer &buffer : buffers)
    if (buffer.tensor == tensor) {
      buffer.firstUse = unit;
      return buffer;
    }
  BandBuffer &made = buffers.emplace_back();
  made.tensor = tensor;
  made.firstUse = made.lastUse = unit;
  made.rows.resize(bands);
  made.stored.resize(bands);
  return made;
}

bool SectionBands::grow() {
  if (first <= barrier || !context.units[first - 1].inBands)
    return false;
  const TileUnit &unit = context.units[--first];
  BandBuffer &result = bufferOf(unit.tensor, first);
  result.producer = first;
  if (unit.leaves || unit.lastReader > lastUnit)
    for (uint32_t band = 0; band < bands; ++band) {
      const int64_t rows = unit.rows;
      result.stored[band] = {int32_t(rows * band / bands), int32_t(rows * (band + 1) / bands)};
      result.rows[band].include(result.stored[band]);
    }
  const std::vector<RowRange> rows = result.rows; // bufferOf() moves buffers.
  for (const RowRange &range : rows)
    if (range.count())
      work[size_t(context.program.commands[unit.commands[0]].engine)] +=
          context.times.seconds(unit, range.count());
  for (const UnitInput &input : unit.inputs) {
    BandBuffer &read = bufferOf(input.tensor, first);
    for (uint32_t band = 0; band < bands; ++band)
      read.rows[band].include(rowsNeeded(context.program, input, rows[band]));
    if (input.alias && input.producer != noUnit)
      barrier = std::max(barrier, input.producer + 1);
  }
  return true;
}

/// In units: a result lives from its unit to its last reader; while it is stored, the unit after
/// may run. What is loaded is on its way while the unit before its first reader runs.
std::vector<Buffer> SectionBands::lives() const {
  std::vector<Buffer> result;
  for (const BandBuffer &buffer : buffers) {
    int32_t most = 0;
    for (const RowRange &rows : buffer.rows)
      most = std::max(most, rows.count());
    const bool loaded = buffer.producer == noUnit;
    const bool stored = llvm::any_of(buffer.stored, [](RowRange r) { return r.count() > 0; });
    int64_t begin = buffer.firstUse, end = buffer.lastUse;
    if (loaded)
      begin = std::max<int64_t>(begin - 1, first);
    if (stored)
      end = std::max<int64_t>(end, std::min<int64_t>(begin + 1, lastUnit));
    result.push_back({uint64_t(most) * context.rowBytes[buffer.tensor], begin, end});
  }
  return result;
}

uint64_t SectionBands::liveBytes() const {
  const std::vector<Buffer> all = lives();
  uint64_t most = 0;
  for (int64_t unit = first; unit <= int64_t(lastUnit); ++unit) {
    uint64_t live = 0;
    for (const Buffer &buffer : all)
      live += buffer.first <= unit && unit <= buffer.last ? aligned(buffer.size) : 0;
    most = std::max(most, live);
  }
  return most;
}

uint64_t SectionBands::weightBytes() const {
  uint64_t bytes = 0;
  for (uint32_t unit = first; unit <= lastUnit; ++unit)
    bytes += aligned(context.units[unit].weightBytes);
  return bytes;
}

SectionLayout SectionBands::place() const {
  const MemoryPlan plan = planMemory(lives());
  SectionLayout layout;
  layout.buffers = buffers;
  for (size_t i = 0; i < buffers.size(); ++i)
    layout.buffers[i].offset = plan.offsets[i];
  layout.bandBytes = plan.size;
  layout.weightBytes = weightBytes();
  return layout;
}

bool SectionBands::usesEdp() const {
  for (uint32_t unit = first; unit <= lastUnit; ++unit)
    if (context.program.commands[context.units[unit].commands[0]].engine == bst::Engine::Edp)
      return true;
  return false;
}

Section SectionBands::best() const {
  Section section = {.first = first, .last = lastUnit, .bands = bands};
  const uint32_t units = lastUnit - first + 1;
  const uint64_t live = std::max<uint64_t>(liveBytes(), 1);
  const auto slots = uint32_t(std::min<uint64_t>(
      std::max<uint64_t>(uint64_t(context.target.maca.dataMemoryBytes) / live, 1), bands));
  section.resident = bands > 1 && weightBytes() <= uint64_t(context.target.maca.weightMemoryBytes);
  section.lag = units;
  section.seconds = SectionTime(context, section, buffers, slots).seconds();
  if (slots < 2 || units < 2 || !usesEdp())
    return section;
  Section side = section;
  side.lag = (units + 1) / 2;
  side.seconds = SectionTime(context, side, buffers, slots).seconds();
  return side.seconds < section.seconds ? side : section;
}

} // namespace bstc

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
  for (const TileUnit &unit : units) {
    std::vector<std::vector<RowRange>> &made = needs.emplace_back(unit.inputs.size());
    for (size_t input = 0; unit.inBands && input < unit.inputs.size(); ++input)
      for (int32_t row = 0; row < unit.rows; ++row)
        made[input].push_back(bstc::rowsNeeded(program, unit.inputs[input], {row, row + 1}));
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

static void count(BandBuffer &buffer) {
  const auto total = [](llvm::ArrayRef<RowRange> rows) {
    BandBuffer::Totals totals;
    for (const RowRange &range : rows) {
      totals.most = std::max(totals.most, range.count());
      totals.rows += uint64_t(range.count());
      totals.filled += range.count() > 0;
    }
    return totals;
  };
  buffer.totals = total(buffer.rows);
  buffer.storedTotals = total(buffer.stored);
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
  count(result);
  const std::vector<RowRange> rows = result.rows; // bufferOf() moves buffers.
  for (const RowRange &range : rows)
    if (range.count())
      work[size_t(context.program.commands[unit.commands[0]].engine)] +=
          context.times.seconds(unit, range.count());
  for (size_t i = 0; i < unit.inputs.size(); ++i) {
    const UnitInput &input = unit.inputs[i];
    BandBuffer &read = bufferOf(input.tensor, first);
    for (uint32_t band = 0; band < bands; ++band)
      read.rows[band].include(context.rowsNeeded(first, i, rows[band]));
    count(read);
    if (input.alias && input.producer != noUnit)
      barrier = std::max(barrier, input.producer + 1);
  }
  if (style.early)
    startEarly(first);
  // What a compiler that goes layer by layer writes over is not known; its published speeds are
  // those of one that gives each map a place of its own.
  if (!context.target.device.layerByLayer)
    findShares(unit);
  return true;
}

/// What is made of the unit's result at once lives from then on: from the front unit.
void SectionBands::startEarly(uint32_t producer) {
  for (uint32_t later = producer + 1; later <= lastUnit; ++later)
    if (const TileUnit &unit = context.units[later]; unit.table || unit.byInput)
      for (const UnitInput &input : unit.inputs)
        if (input.producer == producer) {
          bufferOf(unit.tensor, first);
          startEarly(later);
        }
}

/// What the unit just taken in may write over what it reads for the last time, element by element,
/// and what a concatenation gets at its place.
void SectionBands::findShares(const TileUnit &unit) {
  const auto indexOf = [&](uint32_t tensor) {
    return uint32_t(
        llvm::find_if(buffers, [&](const BandBuffer &b) { return b.tensor == tensor; }) -
        buffers.begin());
  };
  const uint32_t result = indexOf(unit.tensor);
  for (const UnitInput &input : unit.inputs) {
    const uint32_t read = indexOf(input.tensor);
    if (unit.byInput && style.early && input.sameBytes)
      shares.push_back({read, result, input.channel, true});
    // A sum that rides on a convolution of the same map cannot: each piece reads all of the map.
    const bool twice = llvm::any_of(unit.inputs, [&](const UnitInput &other) {
      return other.tensor == input.tensor && !other.elementwise;
    });
    // A table that is made early comes before the map's other readers.
    const bool last = input.onlyReader || !(style.early && unit.table);
    if (input.elementwise && last && !twice && buffers[read].lastUse == first &&
        context.rowBytes[input.tensor] == context.rowBytes[unit.tensor]) {
      shares.push_back({result, read, 0, false});
      return;
    }
  }
}

std::vector<BandBuffer::Nest> SectionBands::nests() const {
  std::vector<BandBuffer::Nest> result(buffers.size());
  const auto rootOf = [&](uint32_t buffer) {
    while (result[buffer].within != BandBuffer::nowhere)
      buffer = result[buffer].within;
    return buffer;
  };
  for (const Share &share : shares) {
    const BandBuffer &inner = buffers[share.inner], &outer = buffers[share.outer];
    // What is stored is not written over.
    const bool free = share.part || !outer.storedTotals.filled;
    if (!free || inner.rows != outer.rows || rootOf(share.inner) == rootOf(share.outer))
      continue;
    if (result[share.inner].within == BandBuffer::nowhere)
      result[share.inner] = {share.outer, share.channel};
    else if (!share.part && result[share.outer].within == BandBuffer::nowhere)
      result[share.outer] = {share.inner, 0}; // Where a concatenation wants the result already.
  }
  return result;
}

/// In units: a result lives from its unit to its last reader; while it is stored, the unit after
/// may run. What is loaded is on its way while the unit before its first reader runs.
std::vector<Buffer> SectionBands::lives(llvm::ArrayRef<BandBuffer::Nest> nests) const {
  std::vector<Buffer> result;
  for (const BandBuffer &buffer : buffers) {
    const bool loaded = buffer.producer == noUnit, stored = buffer.storedTotals.filled > 0;
    int64_t begin = buffer.firstUse, end = buffer.lastUse;
    if (loaded)
      begin = std::max<int64_t>(begin - 1, first);
    if (stored)
      end = std::max<int64_t>(end, std::min<int64_t>(begin + 1, lastUnit));
    if (style.ahead && bands > 1 && (loaded || stored)) {
      begin = first;
      end = lastUnit;
    }
    result.push_back({uint64_t(buffer.totals.most) * context.rowBytes[buffer.tensor], begin, end});
  }
  for (size_t i = 0; i < nests.size(); ++i) {
    if (nests[i].within == BandBuffer::nowhere)
      continue;
    uint32_t root = nests[i].within;
    while (nests[root].within != BandBuffer::nowhere)
      root = nests[root].within;
    result[root].first = std::min(result[root].first, result[i].first);
    result[root].last = std::max(result[root].last, result[i].last);
    result[i].size = 0;
  }
  return result;
}

uint64_t SectionBands::liveBytes() const {
  const std::vector<Buffer> all = lives(nests());
  std::vector<int64_t> change(lastUnit - first + 2);
  for (const Buffer &buffer : all) {
    change[size_t(buffer.first - first)] += int64_t(aligned(buffer.size));
    change[size_t(buffer.last - first) + 1] -= int64_t(aligned(buffer.size));
  }
  int64_t live = 0, most = 0;
  for (int64_t step : change)
    most = std::max(most, live += step);
  return uint64_t(most);
}

uint64_t SectionBands::weightBytes() const {
  uint64_t bytes = 0;
  for (uint32_t unit = first; unit <= lastUnit; ++unit)
    bytes += aligned(context.units[unit].weightBytes);
  return bytes;
}

SectionLayout SectionBands::place() const {
  SectionLayout layout;
  layout.buffers = buffers;
  const std::vector<BandBuffer::Nest> nested = nests();
  const MemoryPlan plan = planMemory(lives(nested));
  for (size_t i = 0; i < buffers.size(); ++i) {
    layout.buffers[i].offset = plan.offsets[i];
    layout.buffers[i].nest = nested[i];
  }
  layout.bandBytes = plan.size;
  layout.weightBytes = weightBytes();
  return layout;
}

SectionDemand SectionBands::demand() const {
  SectionDemand result;
  for (size_t engine = 0; engine < result.engines.size(); ++engine)
    result.engines[engine] = float(work[engine]);
  for (const BandBuffer &buffer : buffers) {
    const uint64_t rowBytes = context.rowBytes[buffer.tensor];
    if (buffer.producer == noUnit) {
      result.loads += buffer.totals.filled;
      result.loadBytes += buffer.totals.rows * rowBytes;
    }
    result.stores += buffer.storedTotals.filled;
    result.storeBytes += buffer.storedTotals.rows * rowBytes;
  }
  result.liveBytes = liveBytes();
  return result;
}

bool SectionBands::usesEdp() const {
  for (uint32_t unit = first; unit <= lastUnit; ++unit)
    if (context.program.commands[context.units[unit].commands[0]].engine == bst::Engine::Edp)
      return true;
  return false;
}

Section SectionBands::best() const {
  Section section = {.first = first, .last = lastUnit, .bands = bands, .style = style};
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

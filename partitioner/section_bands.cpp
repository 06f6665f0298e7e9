#include "partitioner/section_bands.h"

#include "backends/target.h"
#include "runtime/tile_parts.h"

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

/// Bytes through DRAM. `firstLoad` and `lastStore`: of the bands that nothing overlaps with.
struct SectionBands::Traffic {
  uint64_t read = 0, written = 0, firstLoad = 0, lastStore = 0;
};

SectionBands::Traffic SectionBands::traffic(bool resident) const {
  Traffic sum;
  for (const BandBuffer &buffer : buffers)
    for (uint32_t band = 0; band < bands; ++band) {
      const uint64_t rowBytes = context.rowBytes[buffer.tensor];
      const uint64_t loaded =
          buffer.producer == noUnit ? uint64_t(buffer.rows[band].count()) * rowBytes : 0;
      const uint64_t stored = uint64_t(buffer.stored[band].count()) * rowBytes;
      sum.read += loaded;
      sum.written += stored;
      sum.firstLoad += band == 0 ? loaded : 0;
      sum.lastStore += band + 1 == bands ? stored : 0;
    }
  sum.read += weightBytes() * (resident ? 1 : bands);
  return sum;
}

double SectionBands::unitSeconds(const TileUnit &unit, int32_t rows, bool wholeWeights) const {
  const int32_t channels = context.program.tensors[unit.tensor].shape[1];
  const int32_t piece = channelsOfPiece(context.program, unit, context.target, wholeWeights);
  const int32_t pieces = (channels + piece - 1) / piece;
  return (pieces - 1) * context.times.seconds(unit, rows, piece) +
         context.times.seconds(unit, rows, channels - (pieces - 1) * piece);
}

/// The time that MACA and EDP take when all data is there in time: each works through its queue in
/// order and waits for what a unit reads.
double SectionBands::computeSeconds(uint32_t lag, bool wholeWeights) const {
  const Section order = {.first = first, .last = lastUnit, .bands = bands, .lag = lag};
  const size_t count = lastUnit - first + 1;
  std::vector<double> finished(count * bands, 0.0);
  std::vector<const BandBuffer *> results(count);
  for (const BandBuffer &buffer : buffers)
    if (buffer.producer != noUnit)
      results[buffer.producer - first] = &buffer;
  double free[bst::engineNames.size()] = {}; // When each engine is.
  inOrderOfWork(order, [&](uint32_t band, uint32_t index) {
    const TileUnit &unit = context.units[first + index];
    const int32_t rows = results[index]->rows[band].count();
    if (!rows)
      return;
    double &engine = free[size_t(context.program.commands[unit.commands[0]].engine)];
    double start = engine;
    for (const UnitInput &input : unit.inputs)
      if (input.producer != noUnit && input.producer >= first)
        start = std::max(start, finished[(input.producer - first) * bands + band]);
    engine = finished[index * bands + band] = start + unitSeconds(unit, rows, wholeWeights);
  });
  return *std::max_element(std::begin(free), std::end(free));
}

static double dramSeconds(const Target &target, uint64_t read, uint64_t written) {
  const double port = double(target.dram.bytesPerCycle) * target.maca.clockMHz * 1e6;
  const double memory = target.dram.gigabytesPerSecond * 1e9;
  return std::max(double(read + written) / memory, double(std::max(read, written)) / port);
}

Section SectionBands::best() const {
  Section section = {.first = first, .last = lastUnit, .bands = bands};
  const uint32_t units = lastUnit - first + 1;
  const uint64_t weights = weightBytes(), live = liveBytes();
  const auto dataMemory = uint64_t(context.target.maca.dataMemoryBytes);
  const auto weightMemory = uint64_t(context.target.maca.weightMemoryBytes);
  section.resident = bands > 1 && weights <= weightMemory;
  const Traffic bytes = traffic(section.resident);
  section.lag = units;
  double compute = computeSeconds(units, section.resident);
  if (bands > 1 && units > 1 && 2 * live <= dataMemory && usesEdp()) {
    const uint32_t lag = (units + 1) / 2;
    const double side = computeSeconds(lag, section.resident);
    if (side < compute) {
      compute = side;
      section.lag = lag;
    }
  }
  // What cannot overlap with computing: the first load and the last store; all where there is room
  // for one band only; weights that do not fit beside those of the section before.
  double alone = dramSeconds(context.target, bytes.firstLoad, bytes.lastStore);
  if (2 * live > dataMemory)
    alone = dramSeconds(context.target, bytes.read - weights * (section.resident ? 1 : bands),
                        bytes.written);
  if (section.resident && 2 * weights > weightMemory)
    alone += dramSeconds(context.target, weights - weightMemory / 2, 0);
  section.seconds =
      std::max(compute + alone, dramSeconds(context.target, bytes.read, bytes.written));
  return section;
}

} // namespace bstc

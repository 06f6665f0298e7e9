#include "partitioner/section_time.h"

#include "backends/target.h"
#include "partitioner/dram_port.h"

#include <algorithm>

namespace bstc {

SectionTime::SectionTime(TilingContext &context, const Section &section,
                         llvm::ArrayRef<BandBuffer> buffers, uint32_t slots)
    : context(context), section(section), buffers(buffers), slots(slots),
      count(section.last - section.first + 1), results(count), loadSeconds(section.bands),
      loaded(section.bands, -1), stored(section.bands), finished(size_t(count) * section.bands) {
  const Target &target = context.target;
  const double port = double(target.dram.bytesPerCycle) * target.maca.clockMHz * 1e6;
  readRate = writeRate = std::min(port, coreRate(target));
  transferStart = double(target.dma.transferCycles) / (target.maca.clockMHz * 1e6);
  // What is loaded ahead of the section costs it no time, but traffic.
  weightLoads = -readSeconds(uint64_t(target.maca.weightMemoryBytes) / 2);
  for (uint32_t unit = section.first; unit <= section.last; ++unit)
    pieces.push_back(piecesOf(context.units[unit]));
}

SectionTime::Pieces SectionTime::piecesOf(const TileUnit &unit) const {
  const int32_t channels = context.program.tensors[unit.tensor].shape[1];
  const int32_t piece = channelsOfPiece(context.program, unit, context.target, section.resident);
  const int32_t number = (channels + piece - 1) / piece;
  return {number, piece, channels - (number - 1) * piece};
}

void SectionTime::addTraffic() {
  for (const BandBuffer &buffer : buffers) {
    const uint64_t rowBytes = context.rowBytes[buffer.tensor];
    if (buffer.producer != noUnit)
      results[buffer.producer - section.first] = &buffer;
    for (uint32_t band = 0; band < section.bands; ++band) {
      const int32_t rows = buffer.rows[band].count();
      if (buffer.producer == noUnit && rows) {
        loadSeconds[band] += readSeconds(uint64_t(rows) * rowBytes);
        read += uint64_t(rows) * rowBytes;
      }
      written += uint64_t(buffer.stored[band].count()) * rowBytes;
    }
  }
}

/// When the unit's weights are there.
double SectionTime::loadWeights(uint32_t band, uint32_t index) {
  const uint64_t bytes = context.units[section.first + index].weightBytes;
  if (!bytes || (section.resident && band))
    return 0;
  const auto memory = uint64_t(context.target.maca.weightMemoryBytes);
  weightBytes += bytes;
  double room = weightLoads;
  while (!section.resident && firstWeights < weightsUsed.size() &&
         weightsUsed[firstWeights].first + memory < weightBytes)
    room = std::max(room, weightsUsed[firstWeights++].second);
  return weightLoads = room + readSeconds(bytes) + (pieces[index].count - 1) * transferStart;
}

void SectionTime::runUnit(uint32_t band, uint32_t index) {
  const TileUnit &unit = context.units[section.first + index];
  const BandBuffer &result = *results[index];
  const int32_t rows = result.rows[band].count();
  if (!rows)
    return;
  if (loaded[band] < 0) {
    const double place = band < slots ? 0 : stored[band - slots];
    loaded[band] = loads = std::max(loads, place) + loadSeconds[band];
  }
  const double weights = loadWeights(band, index);
  double &engine = engines[size_t(context.program.commands[unit.commands[0]].engine)];
  double start = engine;
  for (const UnitInput &input : unit.inputs) {
    const bool inside = input.producer != noUnit && input.producer >= section.first;
    start = std::max(
        start, inside ? finished[size_t(input.producer - section.first) * section.bands + band]
                      : loaded[band]);
  }
  const Pieces &cut = pieces[index];
  const double last = context.times.seconds(unit, rows, cut.lastChannels);
  const double before =
      cut.count > 1 ? (cut.count - 1) * context.times.seconds(unit, rows, cut.channels) : 0;
  const double end = std::max(start + before, weights) + last;
  engine = finished[size_t(index) * section.bands + band] = end;
  if (unit.weightBytes)
    weightsUsed.emplace_back(weightBytes, end);
  if (const int32_t storedRows = result.stored[band].count())
    stores = std::max(stores, end) + transferStart +
             double(uint64_t(storedRows) * unit.rowBytes) / writeRate;
  stored[band] = std::max({stored[band], end, result.stored[band].count() ? stores : 0});
}

double SectionTime::seconds() {
  addTraffic();
  inOrderOfWork(section, [&](uint32_t band, uint32_t index) { runUnit(band, index); });
  read += weightBytes;
  const double memory = double(read + written) / coreRate(context.target);
  const double busy = *std::max_element(stored.begin(), stored.end());
  return std::max({busy, memory, double(read) / readRate, double(written) / writeRate});
}

} // namespace bstc

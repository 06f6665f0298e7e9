#include "partitioner/section_search.h"

#include "backends/target.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace bstc {

/// Sections that compute so many times what their units do are not looked at.
constexpr double mostOverhead = 1.5;
constexpr double impossible = std::numeric_limits<double>::infinity();

SectionSearch::SectionSearch(TilingContext &context, SectionStyle style)
    : context(context), style(style) {
  const Target &target = context.target;
  const double clock = target.maca.clockMHz * 1e6;
  memoryRate = target.dram.gigabytesPerSecond * 1e9;
  readRate = std::min(double(target.dram.bytesPerCycle) * clock, memoryRate);
  transferStart = double(target.dma.transferCycles) / clock;
  macaStart = double(target.maca.commandCycles) / clock;
  entries.resize(context.units.size());
  const auto memory = uint64_t(target.maca.dataMemoryBytes);
  for (uint32_t last = 0; last < context.units.size(); ++last) {
    const TileUnit &unit = context.units[last];
    if (!unit.inBands)
      continue;
    for (uint32_t count : bandCountsFor(unit.rows)) {
      SectionBands bands(context, last, count, style);
      double whole = 0; // What its units take in one band each.
      while (last + 1 - bands.firstUnit() < mostUnits && bands.grow()) {
        const TileUnit &front = context.units[bands.firstUnit()];
        whole += context.times.seconds(front, front.rows);
        if (bands.allSeconds() > mostOverhead * whole)
          break; // Halos and starts only grow.
        SectionDemand demand = bands.demand();
        if (demand.liveBytes > memory)
          break;
        entries[last].push_back({bands.firstUnit(), count, demand});
      }
    }
  }
}

ResourceSeconds SectionSearch::secondsOf(const Entry &entry, const Weights &weights,
                                         bool resident) const {
  const SectionDemand &demand = entry.demand;
  const double times = resident ? 1 : entry.bands;
  const double pieces = resident ? 0 : weights.extraPieces;
  const double read = double(demand.loadBytes) + double(weights.bytes) * times;
  const auto written = double(demand.storeBytes);
  ResourceSeconds seconds;
  seconds[size_t(Resource::Maca)] =
      demand.engines[size_t(bst::Engine::Maca)] + pieces * times * macaStart;
  seconds[size_t(Resource::Edp)] = demand.engines[size_t(bst::Engine::Edp)];
  seconds[size_t(Resource::Read)] =
      read / readRate + transferStart * (demand.loads + times * (weights.loads + pieces));
  seconds[size_t(Resource::Write)] = written / readRate + transferStart * demand.stores;
  seconds[size_t(Resource::Memory)] = (read + written) / memoryRate;
  return seconds;
}

bool SectionSearch::fits(const Entry &entry, uint32_t last, const Target::Maca &memories) const {
  if (!entry.bandBytes) {
    SectionBands bands(context, last, entry.bands, style);
    while (bands.firstUnit() > entry.first)
      bands.grow();
    entry.bandBytes = std::max<uint64_t>(bands.place().bandBytes, 1);
  }
  return entry.bandBytes <= uint64_t(memories.dataMemoryBytes);
}

SectionSearch::Found SectionSearch::cheapest(const ResourceSeconds &prices,
                                             const Target::Maca &memories,
                                             llvm::ArrayRef<TileUnit> units) const {
  struct Best {
    double cost = impossible;
    Section section;
    ResourceSeconds seconds{};
  };
  std::vector<Best> best(entries.size() + 1);
  best[0].cost = 0;
  std::vector<Weights> until(1);
  const double piece = std::max(double(memories.weightMemoryBytes) / 4, 1.0);
  for (const TileUnit &unit : units) {
    Weights &next = until.emplace_back(until.back());
    next.bytes += (unit.weightBytes + 63) / 64 * 64;
    next.loads += unit.weightBytes > 0;
    next.extraPieces += std::max(std::ceil(double(unit.weightBytes) / piece) - 1, 0.0);
  }
  for (uint32_t last = 0; last < entries.size(); ++last) {
    Best &here = best[last + 1];
    if (!context.units[last].inBands) {
      here = {best[last].cost, {.first = last, .last = last}, {}};
      continue;
    }
    for (const Entry &entry : entries[last]) {
      const double before = best[entry.first].cost;
      if (entry.demand.liveBytes > uint64_t(memories.dataMemoryBytes) || before == impossible)
        continue;
      const Weights &from = until[entry.first], &to = until[last + 1];
      const Weights weights = {to.bytes - from.bytes, to.loads - from.loads,
                               to.extraPieces - from.extraPieces};
      const bool resident =
          entry.bands > 1 && weights.bytes <= uint64_t(memories.weightMemoryBytes);
      const ResourceSeconds seconds = secondsOf(entry, weights, resident);
      const double cost =
          std::inner_product(seconds.begin(), seconds.end(), prices.begin(), before);
      if (cost >= here.cost || !fits(entry, last, memories))
        continue;
      here = {cost,
              {.first = entry.first,
               .last = last,
               .bands = entry.bands,
               .lag = last - entry.first + 1,
               .resident = resident,
               .style = style},
              seconds};
    }
    if (here.cost == impossible)
      return {};
  }
  Found found;
  for (size_t end = entries.size(); end > 0; end = best[end].section.first) {
    found.sections.push_back(best[end].section);
    for (size_t i = 0; i < resourceCount; ++i)
      found.seconds[i] += best[end].seconds[i];
  }
  std::reverse(found.sections.begin(), found.sections.end());
  return found;
}

} // namespace bstc

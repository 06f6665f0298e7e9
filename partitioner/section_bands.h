#ifndef BSTC_PARTITIONER_SECTION_BANDS_H
#define BSTC_PARTITIONER_SECTION_BANDS_H

#include "partitioner/memory.h"
#include "partitioner/sections.h"

#include <numeric>

namespace bstc {

/// What the planning of sections asks again and again about a program.
struct TilingContext {
  TilingContext(const bst::Program &program, const Target &target, llvm::ArrayRef<TileUnit> units);

  const bst::Program &program;
  const Target &target;
  llvm::ArrayRef<TileUnit> units;
  UnitTimes times;
  std::vector<uint64_t> rowBytes; ///< By tensor: a row of a map on chip.
  /// rowsNeeded() of input `input` of unit `unit`.
  RowRange rowsNeeded(uint32_t unit, size_t input, RowRange rows) const {
    if (!rows.count())
      return {};
    const std::vector<RowRange> &each = needs[unit][input];
    return {each[size_t(rows.begin)].begin, each[size_t(rows.end) - 1].end};
  }

private:
  /// By unit, input, row of the result: the rows that it needs, which come one after the other.
  std::vector<std::vector<std::vector<RowRange>>> needs;
};

/// What a section asks of the device for a frame, apart from when.
struct SectionDemand {
  std::array<float, bst::engineNames.size()> engines{}; ///< Seconds, starts included.
  uint64_t loadBytes = 0, storeBytes = 0;               ///< Maps.
  uint32_t loads = 0, stores = 0;                       ///< Transfers of maps.
  uint64_t liveBytes = 0;                               ///< SectionBands::liveBytes().
};

/// The sections that end with one unit and have one number of bands: grows to the front unit by
/// unit. Rows follow backwards from the results that leave; what is added in front changes nothing
/// of what is there.
class SectionBands {
public:
  SectionBands(TilingContext &context, uint32_t last, uint32_t bands, SectionStyle style = {})
      : context(context), style(style), lastUnit(last), bands(bands), first(last + 1) {}

  /// Takes in the unit before. False where it cannot be a part of the section.
  bool grow();
  uint32_t firstUnit() const { return first; }

  /// The section as it is now with the way to run it that takes the least time by estimate, whether
  /// or not its maps fit.
  Section best() const;
  /// What the busiest engine computes, seconds: no way to run the section takes less.
  double leastSeconds() const { return *std::max_element(std::begin(work), std::end(work)); }
  /// What all engines compute, starts included, seconds.
  double allSeconds() const { return std::accumulate(std::begin(work), std::end(work), 0.0); }
  /// Bytes that are live at one time, at most: below what bandBytes() needs.
  uint64_t liveBytes() const;
  /// Places the buffers; the layout of the section.
  SectionLayout place() const;
  /// What the section asks for, whenever it runs.
  SectionDemand demand() const;

private:
  BandBuffer &bufferOf(uint32_t tensor, uint32_t unit);
  std::vector<Buffer> lives(llvm::ArrayRef<BandBuffer::Nest> nests) const;
  bool usesEdp() const;
  uint64_t weightBytes() const;
  void startEarly(uint32_t producer);
  void findShares(const TileUnit &unit);
  /// By buffer: the one that it lies in, or BandBuffer::nowhere.
  std::vector<BandBuffer::Nest> nests() const;

  TilingContext &context;
  const SectionStyle style;
  uint32_t lastUnit, bands, first;
  uint32_t barrier = 0; ///< Units before it cannot join: they write what is read by another name.
  std::vector<BandBuffer> buffers;
  /// That the first buffer could lie in the second one, from a channel on.
  struct Share {
    uint32_t inner, outer;
    int32_t channel;
    bool part; ///< Of a concatenation; else it is written over.
  };
  std::vector<Share> shares;
  double work[bst::engineNames.size()] = {}; ///< Seconds, by engine.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_SECTION_BANDS_H

#ifndef BSTC_PARTITIONER_SECTION_BANDS_H
#define BSTC_PARTITIONER_SECTION_BANDS_H

#include "partitioner/memory.h"
#include "partitioner/sections.h"

namespace bstc {

/// What the planning of sections asks again and again about a program.
struct TilingContext {
  TilingContext(const bst::Program &program, const Target &target, llvm::ArrayRef<TileUnit> units);

  const bst::Program &program;
  const Target &target;
  llvm::ArrayRef<TileUnit> units;
  UnitTimes times;
  std::vector<uint64_t> rowBytes; ///< By tensor: a row of a map on chip.
};

/// The sections that end with one unit and have one number of bands: grows to the front unit by
/// unit. Rows follow backwards from the results that leave; what is added in front changes nothing
/// of what is there.
class SectionBands {
public:
  SectionBands(TilingContext &context, uint32_t last, uint32_t bands)
      : context(context), lastUnit(last), bands(bands), first(last + 1) {}

  /// Takes in the unit before. False where it cannot be a part of the section.
  bool grow();
  uint32_t firstUnit() const { return first; }

  /// The section as it is now with the way to run it that takes the least time by estimate, whether
  /// or not its maps fit.
  Section best() const;
  /// What the busiest engine computes, seconds: no way to run the section takes less.
  double leastSeconds() const { return *std::max_element(std::begin(work), std::end(work)); }
  /// Bytes that are live at one time, at most: below what bandBytes() needs.
  uint64_t liveBytes() const;
  /// Places the buffers; the layout of the section.
  SectionLayout place() const;

private:
  BandBuffer &bufferOf(uint32_t tensor, uint32_t unit);
  std::vector<Buffer> lives() const;
  bool usesEdp() const;
  uint64_t weightBytes() const;

  TilingContext &context;
  uint32_t lastUnit, bands, first;
  uint32_t barrier = 0; ///< Units before it cannot join: they write what is read by another name.
  std::vector<BandBuffer> buffers;
  double work[bst::engineNames.size()] = {}; ///< Seconds, by engine.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_SECTION_BANDS_H

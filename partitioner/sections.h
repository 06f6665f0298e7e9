#ifndef BSTC_PARTITIONER_SECTIONS_H
#define BSTC_PARTITIONER_SECTIONS_H

#include "partitioner/tile_units.h"

#include "llvm/Support/Error.h"

namespace bstc {

/// What of a band's memory is used by one thing only.
struct SectionStyle {
  /// Places of what is loaded and stored are used for nothing else: a band is loaded while the one
  /// before it is computed, and stored while the next one is.
  bool ahead = false;
  /// Tables and concatenations of channels are made of what is there: piece by piece of a
  /// convolution's output channels, input by input.
  bool early = false;
  bool operator==(const SectionStyle &) const = default;
};

/// A run of units that are executed depth-first over bands of rows: what is between them stays on
/// chip, halos are computed again by each band.
struct Section {
  uint32_t first = 0, last = 0; ///< Units, inclusive.
  uint32_t bands = 1;
  /// After how many units of a band the next one starts: as many as there are (one band after the
  /// other), or fewer, so that engines work side by side on neighbouring bands.
  uint32_t lag = 1;
  bool resident = false; ///< Weights are loaded once, or else again for each band.
  SectionStyle style = {};
  double seconds = 0; ///< Estimate.
  bool operator==(const Section &) const = default;
};

struct TilingContext;

/// How the on-chip memories of a core are shared out.
struct MemoryShare {
  uint32_t contexts = 1; ///< TileProgram::contexts: each has an equal part.
  /// Of the weight memory, for constants that are loaded once; the rest is shared out.
  uint64_t keptBytes = 0;
};

/// What is kept of a map on chip during a band: a unit's result, or what is loaded for it.
struct BandBuffer {
  uint32_t tensor = 0;
  uint32_t producer = noUnit;         ///< Of the section; none: loaded.
  uint32_t firstUse = 0, lastUse = 0; ///< Units that write or load, and read it.
  std::vector<RowRange> rows;         ///< By band.
  std::vector<RowRange> stored;       ///< By band; empty where the result does not leave.
  /// Of its rows, by band.
  struct Totals {
    int32_t most = 0;    ///< Rows of a band, at most.
    uint64_t rows = 0;   ///< Of all bands.
    uint32_t filled = 0; ///< Bands that have any.
  } totals, storedTotals;
  uint64_t offset = 0; ///< In the band's part of the data memory.
  static constexpr uint32_t nowhere = ~uint32_t(0);
  /// Another buffer, in which it lies from a channel on; nowhere: it has its own place.
  struct Nest {
    uint32_t within = nowhere;
    int32_t channel = 0;
  } nest;
};

/// A section with everything that follows from its choice.
struct SectionLayout {
  std::vector<BandBuffer> buffers;
  uint64_t bandBytes = 0;   ///< Of the data memory, for one band; a multiple of 64.
  uint64_t weightBytes = 0; ///< Of all units, each a multiple of 64.
};

/// Sections in the program's order, over all units. A unit that does not work in bands is a section
/// of its own.
struct TilePlan {
  std::vector<TileUnit> units;
  std::vector<Section> sections;
  MemoryShare share;
};

/// The device as a frame on it sees it: with its part of the memories.
Target shareOf(const Target &target, const MemoryShare &share);
/// Marks the units whose constants are kept on chip (TileUnit::kept), the smallest first, as far as
/// `bytes` go. Returns the bytes that they take.
uint64_t keepWeights(std::vector<TileUnit> &units, uint64_t bytes);

constexpr uint32_t mostUnits = 40; ///< Of a section; longer ones have ever larger halos.
/// Numbers of bands that a section whose last unit has so many rows may have.
std::vector<uint32_t> bandCountsFor(int32_t rows);

/// Do the constants of each unit fit into the weight memory, piece by piece?
bool constantsFit(const bst::Program &program, llvm::ArrayRef<TileUnit> units,
                  const Target &target);

/// Chooses sections, bands and what becomes of weights, by dynamic programming over an estimate of
/// each section's time. Needs no memory plan of the arena. \p roots: as for tileUnits. Errors: a
/// command that does not fit into the on-chip memories however it is cut, with its name and sizes.
llvm::Expected<TilePlan> planSections(const bst::Program &program, llvm::ArrayRef<uint32_t> roots,
                                      const Target &target);

/// The same for units that are known.
llvm::Expected<TilePlan> planUnits(const bst::Program &program, std::vector<TileUnit> units,
                                   const Target &target);

/// Buffers, rows and places of a planned section. \p context: of the plan's units.
SectionLayout layoutSection(TilingContext &context, const Section &section);

/// Output channels of each piece of a unit's convolution when its weights go through the memory
/// piece by piece; all of them where it has no weights or `whole`.
int32_t channelsOfPiece(const bst::Program &program, const TileUnit &unit, const Target &target,
                        bool whole);

/// Input channels whose weights for such a piece fit into the memory, where those of all do not:
/// the piece is then computed in partial sums. 0: of all at once.
int32_t inputsOfPiece(const bst::Program &program, const TileUnit &unit, const Target &target,
                      bool whole);

/// Calls visit(band, unit - section.first) in the order in which a section's work is listed.
template <class Visit> void inOrderOfWork(const Section &section, Visit &&visit) {
  const uint32_t units = section.last - section.first + 1;
  const uint32_t steps = (section.bands - 1) * section.lag + units;
  for (uint32_t step = 0; step < steps; ++step)
    for (uint32_t band = step < units ? 0 : (step - units) / section.lag + 1;
         band < section.bands && band * section.lag <= step; ++band)
      visit(band, step - band * section.lag);
}

/// Writes program.tiles: the operations of the plan with their places and dependencies. The arena
/// is planned: what a section loads lives to its end, what it stores from its start.
/// \p context: of the plan's units.
void emitTiles(bst::Program &program, const TilePlan &plan, const Target &target,
               TilingContext &context);

/// Bytes between DRAM and the device for a frame if every command read and wrote its tensors in
/// DRAM, once; what costs nothing on `target` or is done by a host moves none. CostReport::dramRead
/// and dramWrite are what the tile program moves.
uint64_t layerTraffic(const bst::Program &program, const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_SECTIONS_H

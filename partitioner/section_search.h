#ifndef BSTC_PARTITIONER_SECTION_SEARCH_H
#define BSTC_PARTITIONER_SECTION_SEARCH_H

#include "partitioner/section_bands.h"

namespace bstc {

/// What the operations of a frame share, and the search prices.
enum class Resource : uint8_t { Maca, Edp, Read, Write, Memory };
constexpr size_t resourceCount = 5;
/// Seconds of a frame by Resource: arithmetic with starts; bytes at the rates of the port and of
/// the memory, with the starts of transfers.
using ResourceSeconds = std::array<double, resourceCount>;

/// The sections with the least sum of priced resources, by dynamic programming. Frames overlap:
/// what bounds their rate is the resource that is busy longest over the whole frame, not the time
/// of one section after the other. A plan for which the prices balance the resources that bind is
/// near the least such time (Lagrangian relaxation).
class SectionSearch {
public:
  SectionSearch(TilingContext &context, SectionStyle style);

  /// The sections, and what they take of each resource.
  struct Found {
    std::vector<Section> sections; ///< Empty: something does not fit.
    ResourceSeconds seconds{};     ///< Of a frame.
  };
  /// \p prices: what a second of each resource is worth. \p memories: with the sizes that a frame
  /// may use. \p units: those of the context, whose constants may be kept.
  Found cheapest(const ResourceSeconds &prices, const Target::Maca &memories,
                 llvm::ArrayRef<TileUnit> units) const;

private:
  struct Entry {
    uint32_t first, bands;
    SectionDemand demand;
    mutable uint64_t bandBytes = 0; ///< 0: not known yet.
  };
  /// Of units [0, n): the constants that are loaded for a frame.
  struct Weights {
    uint64_t bytes = 0;
    uint32_t loads = 0;     ///< Convolutions that have any.
    double extraPieces = 0; ///< Beyond one for each convolution.
  };
  ResourceSeconds secondsOf(const Entry &entry, const Weights &weights, bool resident) const;
  bool fits(const Entry &entry, uint32_t last, const Target::Maca &memories) const;

  TilingContext &context;
  const SectionStyle style;
  std::vector<std::vector<Entry>> entries; ///< By last unit.
  double readRate, memoryRate, transferStart, macaStart;
};

} // namespace bstc

#endif // BSTC_PARTITIONER_SECTION_SEARCH_H

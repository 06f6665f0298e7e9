#ifndef BSTC_PARTITIONER_SECTION_TIME_H
#define BSTC_PARTITIONER_SECTION_TIME_H

#include "partitioner/section_bands.h"

namespace bstc {

/// The estimate of a section's time that the search compares: its queues in order, each waiting for
/// what it needs, without the sharing of DRAM that the timeline simulates.
///
/// A band is loaded when the loads before it are done and one of `slots` places for bands is free;
/// a unit starts when its engine, its maps and (the first piece of) its weights are there; a band's
/// place is free when all it has to store is stored. Weights wait for room in their memory; half of
/// it is taken to have been filled while the section before was computed. Never less than the
/// section's traffic at the rates of port and memory.
class SectionTime {
public:
  SectionTime(TilingContext &context, const Section &section, llvm::ArrayRef<BandBuffer> buffers,
              uint32_t slots);
  double seconds();

private:
  /// How a unit's output channels are cut.
  struct Pieces {
    int32_t count, channels, lastChannels;
  };
  void addTraffic();
  Pieces piecesOf(const TileUnit &unit) const;
  void runUnit(uint32_t band, uint32_t index);
  double loadWeights(uint32_t band, uint32_t index);
  /// Of a transfer, its start included.
  double readSeconds(uint64_t bytes) const { return transferStart + double(bytes) / readRate; }

  TilingContext &context;
  const Section &section;
  llvm::ArrayRef<BandBuffer> buffers;
  const uint32_t slots, count;
  double readRate, writeRate;              ///< Bytes a second.
  double transferStart;                    ///< Seconds.
  std::vector<const BandBuffer *> results; ///< By unit.
  std::vector<Pieces> pieces;              ///< By unit.
  std::vector<double> loadSeconds;         ///< By band.
  std::vector<double> loaded, stored;      ///< By band: when its loads and stores are done.
  std::vector<double> finished;            ///< [unit * bands + band].
  std::vector<std::pair<uint64_t, double>> weightsUsed; ///< Bytes up to here; when they are free.
  double engines[bst::engineNames.size()] = {};         ///< When each is free.
  double loads = 0, stores = 0, weightLoads = 0;        ///< When the queues are free.
  uint64_t weightBytes = 0, read = 0, written = 0;
  size_t firstWeights = 0; ///< In weightsUsed: what has not been overwritten.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_SECTION_TIME_H

#ifndef BSTC_PARTITIONER_TILE_DEMAND_H
#define BSTC_PARTITIONER_TILE_DEMAND_H

#include "backends/engine.h"
#include "backends/target.h"

#include "llvm/ADT/ArrayRef.h"

namespace bstc {

/// What a tile operation asks of the device, apart from when.
struct OpDemand {
  double startSeconds = 0;   ///< Before anything moves: command_cycles, dma.transfer_cycles.
  double computeSeconds = 0; ///< Arithmetic of its engine.
  uint64_t readBytes = 0, writeBytes = 0; ///< Of DRAM. They overlap the arithmetic.
  Work work;                              ///< Of an engine: MACs, elements, cycles.
};

/// Commands that the device does on the way.
class Riders {
public:
  Riders(const bst::Program &program, const Target &target);

  /// Costs nothing: a concatenation of a device with edp.concat_in_place; a table that rides on the
  /// convolution before it (maca.fused_table_bytes_per_cycle).
  bool free(uint32_t command) const { return isFree[command]; }
  /// A convolution that such a table rides on.
  bool hasTable(uint32_t command) const { return carriesTable[command]; }

private:
  void rideTable(const bst::Program &program, uint32_t table, llvm::ArrayRef<uint32_t> readers,
                 int64_t writer);
  std::vector<bool> isFree, carriesTable; ///< By command.
};

/// Seconds of arithmetic of a part of a command's output, `values` bytes of it, that its engine
/// computes with `cycles`.
double arithmeticSeconds(const Riders &riders, uint32_t command, uint64_t cycles, uint64_t values,
                         bst::Engine engine, const Target &target);

/// The demand of every operation of `tiles`, in order. Engines' from EngineBackend::partCost on the
/// part that the operation computes; transfers' from their slices. On top of these:
/// - a concatenation of a device with edp.concat_in_place costs nothing, nor do its transfers;
/// - nor does a table that rides on the convolution before it: the convolution then takes at least
///   its values over maca.fused_table_bytes_per_cycle;
/// - a sum that rides on a convolution (TileOp::commands) costs no cycles beside it.
std::vector<OpDemand> tileDemands(const bst::Program &program, const bst::TileProgram &tiles,
                                  const Target &target);

/// By tensor: constants that stay on chip for all frames (TileProgram::once), so that no frame
/// moves them.
std::vector<bool> keptConstants(const bst::Program &program);

/// Clock of an engine, Hz.
double clockHz(bst::Engine engine, const Target &target);

/// Is this the queue of an engine, and of which?
inline bool isEngine(bst::Queue queue) { return queue <= bst::Queue::Dsp; }
inline bst::Engine engineOf(bst::Queue queue) { return bst::Engine(queue); }
/// Does the host's processor do what is in the queue? It has a way of its own to the memory.
inline bool onHost(bst::Queue queue, const Target &target) {
  return target.dsp.host && queue == bst::Queue::Dsp;
}

} // namespace bstc

#endif // BSTC_PARTITIONER_TILE_DEMAND_H

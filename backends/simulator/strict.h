#ifndef BST_BACKENDS_SIMULATOR_STRICT_H
#define BST_BACKENDS_SIMULATOR_STRICT_H

#include "backends/simulator/simulator.h"

#include <memory>

namespace bst {

/// In which order the operations of a tile program are executed. Results do not depend on it.
enum class TileOrder : uint8_t {
  Program, ///< As they are listed.
  /// Whatever may run, the transfers to the chip first and those back last: loads run as far ahead
  /// as queues and dependencies let them, over everything that somebody might still need.
  LoadsFirst,
};

/// Executes a program's tile operations one by one on modelled on-chip memories that have exactly
/// the target's sizes and are full of poison at first, as is the arena. Every operation computes on
/// tensors of the size of its tile that are gathered from the memories; TileFlow checks each access
/// before it is made. Outputs equal those of a session byte for byte.
class StrictRun {
public:
  ~StrictRun();
  /// `program` has passed verifyProgram and must outlive the run, as must `simulator`, which
  /// computes the tiles. Errors: InvalidArgument where the commands have no tiles; OutOfMemory.
  static Status create(const Program &program, Simulator &simulator,
                       std::unique_ptr<StrictRun> &run);

  /// Memory of a tensor in DRAM; empty for one in the weights: write inputs before run(), read
  /// outputs after it.
  std::span<std::byte> data(uint32_t tensor);
  /// To be called once. A program that keeps constants on chip is run for two frames, the second
  /// without loading them, whose outputs are there then. Errors: TileFlow's; the simulator's.
  Status run(TileOrder order);

private:
  StrictRun() = default;
  struct State;
  std::unique_ptr<State> state;
};

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_STRICT_H

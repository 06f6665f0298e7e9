#ifndef BST_RUNTIME_VERIFY_TILE_FLOW_H
#define BST_RUNTIME_VERIFY_TILE_FLOW_H

#include "runtime/program/tile_access.h"
#include "runtime/support/status.h"

namespace bst {

/// Follows the data of a tile program through the memories, operation by operation and byte by
/// byte: what an operation reads is the value that its command reads, written as the same part of
/// the same tensor and not overwritten since; and whatever touches the same bytes (read after
/// write, write after read, write after write) is ordered by queues and dependencies, so that no
/// order of execution that they allow gives another result.
///
/// The program has passed verifyTiles. Costs O(operations * queues) and the bytes' ranges, of which
/// it visits a limited number.
class TileFlow {
public:
  /// Many small slices under many large ones would cost their product: an honest program visits
  /// some ranges per slice, and more than `mostVisits` are refused.
  explicit TileFlow(const Program &program, uint64_t mostVisits = uint64_t(1) << 27);

  /// Takes in operation `index`: in any order that queues and dependencies allow. The error names
  /// operation, command and slice.
  Status step(uint32_t index);
  /// After the last one: the program's outputs are in DRAM.
  Status finish();

private:
  void expect(uint32_t index, std::vector<uint32_t> &values) const;
  uint32_t valueOf(uint32_t index) const;
  Status faultOf(const Slice &slice, uint32_t value, const Access &access, uint64_t begin) const;
  Status raceOf(uint32_t index, const Access &access) const;
  Status read(uint32_t index, const Slice &slice, uint32_t value);
  Status write(uint32_t index);

  const Program &program;
  const TileProgram &tiles;
  const std::vector<std::vector<uint32_t>> writers; ///< writersOf().
  TileMemories memories;
  Clocks clocks;
  const uint64_t mostVisits;
  uint64_t visits = 0; ///< Of ranges of bytes.
};

/// All operations in the order of the program.
Status checkTileFlow(const Program &program);

} // namespace bst

#endif // BST_RUNTIME_VERIFY_TILE_FLOW_H

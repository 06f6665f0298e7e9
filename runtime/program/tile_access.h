#ifndef BST_RUNTIME_PROGRAM_TILE_ACCESS_H
#define BST_RUNTIME_PROGRAM_TILE_ACCESS_H

#include "runtime/program/program.h"
#include "runtime/support/byte_ranges.h"

#include <array>
#include <type_traits>

/// Who touches which bytes in which order, over the on-chip memories and the arena in DRAM. The
/// planner finds dependencies with it, the checker makes sure of them.
namespace bst {

constexpr uint32_t noOp = ~uint32_t(0);
constexpr uint32_t theHost = noOp - 1; ///< Wrote the program's inputs, before any operation.

/// By queue: the latest operation, or noOp.
using ByQueue = std::array<uint32_t, queueNames.size()>;
constexpr ByQueue nothingYet = {noOp, noOp, noOp, noOp, noOp, noOp};

/// What has happened to some bytes.
struct Access {
  uint32_t writer = noOp; ///< Or theHost.
  ByQueue readers = nothingYet;
};

/// The memories of a tile program by bytes.
class TileMemories {
public:
  explicit TileMemories(const Program &program);

  /// Calls visit(Access &, begin, end) for the bytes that the slice takes: on chip from its offset,
  /// in DRAM in the arena. Constants in DRAM are never written: there is nothing to visit.
  template <class Visit> void forEach(const Slice &slice, Visit &&visit) {
    visitAll(
        slice,
        [](void *to, Access &access, uint64_t begin, uint64_t end) {
          (*static_cast<std::remove_reference_t<Visit> *>(to))(access, begin, end);
        },
        &visit);
  }
  /// Marks them as written by `writer` and not read yet.
  void write(const Slice &slice, uint32_t writer);

private:
  using VisitFunction = void (*)(void *to, Access &access, uint64_t begin, uint64_t end);
  void visitAll(const Slice &slice, VisitFunction visit, void *to);
  template <class Use> void forEachRange(const Slice &slice, Use &&use);

  const Program &program;
  ByteRanges<Access> data, weights, arena;
};

/// What has finished for certain when each operation starts, as vector clocks: the operations of a
/// queue finish in order, so one entry per queue tells it all.
class Clocks {
public:
  explicit Clocks(size_t ops) { known.reserve(ops); }

  /// Takes in the next operation of TileProgram::ops.
  void add(const TileOp &op);
  /// Has `earlier` finished before `later` starts, whatever the order of execution? Both added.
  bool ordered(const TileProgram &tiles, uint32_t earlier, uint32_t later) const {
    const uint32_t seen = known[later].before[size_t(tiles.ops[earlier].queue)];
    return seen != noOp && earlier <= seen;
  }
  const ByQueue &before(uint32_t op) const { return known[op].before; }
  /// The latest operation of each queue.
  const ByQueue &latest() const { return last; }
  /// Raises each entry of `clock` to that of `other`.
  static void merge(ByQueue &clock, const ByQueue &other);

private:
  struct Known {
    ByQueue before;
    Queue queue;
  };
  std::vector<Known> known; ///< One per operation.
  ByQueue last = nothingYet;
};

/// For each command, for each of its inputs: the command that wrote the value it reads, theHost for
/// an input of the program, or noOp for a constant. The program has passed verifyDataFlow.
std::vector<std::vector<uint32_t>> writersOf(const Program &program);

} // namespace bst

#endif // BST_RUNTIME_PROGRAM_TILE_ACCESS_H

#ifndef BSTC_PARTITIONER_TILE_UNITS_H
#define BSTC_PARTITIONER_TILE_UNITS_H

#include "partitioner/tile_demand.h"
#include "runtime/program/program.h"

#include "llvm/ADT/ArrayRef.h"

#include <map>
#include <vector>

namespace bstc {

constexpr uint32_t noUnit = ~uint32_t(0);

/// Rows [begin, end) of a map; empty where they are equal.
struct RowRange {
  int32_t begin = 0, end = 0;
  int32_t count() const { return end - begin; }
  bool operator==(const RowRange &) const = default;
  void include(RowRange other) {
    if (!other.count())
      return;
    if (!count())
      *this = other;
    begin = std::min(begin, other.begin);
    end = std::max(end, other.end);
  }
};

/// A feature map that a unit reads.
struct UnitInput {
  uint32_t tensor = 0;
  uint32_t command = 0; ///< Of the unit; reads it as its input `index`.
  uint32_t index = 0;
  uint32_t producer = noUnit; ///< Unit that writes it, or none: an input or a constant.
  bool alias = false;         ///< `tensor` is another name for what the producer writes.
  /// Of TileUnit::byInput: the first channel of its part of the result; and could the part be
  /// written there at once, as the same bytes that nobody else reads?
  int32_t channel = 0;
  bool sameBytes = false;
  /// The result's value depends on no other one of this map than the one at the same place.
  bool elementwise = false;
  bool onlyReader = false; ///< Nobody else reads the map.
};

/// What is computed in one go: a command, or a convolution and the sum that rides on it where the
/// device does that (maca.fusedAdd).
struct TileUnit {
  std::vector<uint32_t> commands;
  bool inBands = false;          ///< Or as a whole, on DRAM (worksInBands).
  std::vector<UnitInput> inputs; ///< Of a unit that works in bands.
  uint32_t tensor = 0;           ///< Its result.
  int32_t rows = 0;              ///< Of the result.
  uint64_t rowBytes = 0;
  uint32_t lastReader = 0;  ///< Unit.
  bool byInput = false;     ///< A concatenation of channels that can be made input by input.
  bool table = false;       ///< Can be made channel by channel, as soon as its one input is there.
  bool leaves = false;      ///< The result is needed in DRAM in any case.
  uint64_t weightBytes = 0; ///< On chip, to be loaded for a frame; 0: it has none.
  uint64_t keptBytes = 0;   ///< On chip, loaded once for all frames.
};

/// Cuts a program into units. \p roots: for each tensor the one whose bytes it names.
std::vector<TileUnit> tileUnits(const bst::Program &program, llvm::ArrayRef<uint32_t> roots,
                                const Target &target);

/// The rows of an input that its unit reads to compute `rows` of the unit's result.
RowRange rowsNeeded(const bst::Program &program, const UnitInput &input, RowRange rows);

/// Seconds that its engine takes for some rows and channels of a unit's result, the command's
/// overhead included. Keeps what it has computed.
class UnitTimes {
public:
  UnitTimes(const bst::Program &program, const Target &target)
      : program(program), target(target), riders(program, target), whole(program.commands.size()) {}
  /// Of all channels.
  double seconds(const TileUnit &unit, int32_t rows) {
    std::vector<double> &times = whole[unit.commands[0]];
    if (times.size() <= size_t(rows))
      times.resize(size_t(rows) + 1, -1);
    if (times[size_t(rows)] < 0)
      times[size_t(rows)] = compute(unit, rows, program.tensors[unit.tensor].shape[1]);
    return times[size_t(rows)];
  }
  double seconds(const TileUnit &unit, int32_t rows, int32_t channels);

private:
  double compute(const TileUnit &unit, int32_t rows, int32_t channels) const;

  const bst::Program &program;
  const Target &target;
  const Riders riders;
  std::vector<std::vector<double>> whole;           ///< By first command, rows; -1: unknown.
  std::map<std::array<uint32_t, 3>, double> pieces; ///< By first command, rows, channels.
};

} // namespace bstc

#endif // BSTC_PARTITIONER_TILE_UNITS_H

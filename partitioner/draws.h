#ifndef BSTC_PARTITIONER_DRAWS_H
#define BSTC_PARTITIONER_DRAWS_H

#include "backends/target.h"

#include <optional>

namespace bstc {

/// Devices that are drawn where some of a description's fields are not certain.
constexpr size_t drawCount = 100;

/// The values of one field in all draws, log-uniform between its `low` and `high` (uniform where
/// `low` is 0): one in each of drawCount equally likely intervals, in an order of its own (Latin
/// hypercube), so that few draws show the whole range. They depend on the field's name and range
/// only: two devices, networks or runs that share a field share its draws. Six digits are kept, in
/// which the logarithms of all machines agree.
///
/// Numbers that count something are whole. Block quanta (`*_quantum`) take one of their ends, as
/// there is nothing between two powers of two; fields that decide tiles (Decides::Tiles) one of
/// their ends or the stated value, so that few plans are made.
std::vector<double> drawField(const Target &target, size_t field);

/// The devices: `target` with the drawn values of every uncertain field. Empty: none is uncertain.
std::vector<Target> drawTargets(const Target &target);

/// The value below which `share` (0 to 1) of `values` are, between two of them by the straight
/// line. 0 of none.
double quantile(std::vector<double> values, double share);

/// The part of the draws that a band leaves out at either end: it holds 8 of 10 draws.
constexpr double bandTail = 0.1;

/// What FPS of two predictions differ by, draw by draw on the same devices.
struct FpsDifference {
  double low = 0, high = 0;      ///< Band of `b` over `a`, less 1: 0.12 for 12% more.
  double faster = 0, slower = 0; ///< Share of the draws in which `b` has more, and fewer FPS.
  /// Is it the faster, or the slower one, in at least 9 of 10 draws?
  bool certain() const { return std::max(faster, slower) >= 1 - bandTail; }
};
/// None where the draws are not of the same number, or no network runs in any of them.
std::optional<FpsDifference> differenceOf(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b);

} // namespace bstc

#endif // BSTC_PARTITIONER_DRAWS_H

#ifndef BSTC_DIAGNOSE_DIFF_DIFF_H
#define BSTC_DIAGNOSE_DIFF_DIFF_H

#include "diagnose/diff/edit.h"
#include "diagnose/match/match.h"

namespace bstc::diagnose {

/// What was compared, and what of it is the same.
struct DiffTotals {
  size_t weightsCompared = 0; ///< Matched layers with weights of one shape.
  size_t weightsEqual = 0;    ///< Of those, the same numbers.
  size_t weightsRounded = 0;  ///< Of those, the same up to the rounding of integers.
  size_t othersA = 0, othersB = 0, othersBoth = 0; ///< Layers without weights.
  size_t rangesCompared = 0;                       ///< Values with scales in both.
  size_t rangesEqual = 0;                          ///< Of those, the same range.
};

/// What makes network B of network A.
struct Difference {
  Matching matching;
  std::vector<Edit> edits; ///< In the order of edits.def's families; summaries last.
  DiffTotals totals;
  bool equal() const { return edits.empty() && matching.sameNetwork(); }
};

/// Compares two networks, matched by structure and weights. Edits are only looked for where they
/// are two forms of one network (Matching::sameNetwork()).
Difference compareNetworks(const Network &a, const Network &b);

/// One line of what is the same: "60 convolutions matched, 57 with equal weights; ...".
std::string totalsText(const Network &a, const Network &b, const Difference &difference);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_DIFF_H

#ifndef BSTC_DIAGNOSE_LINT_REPORT_H
#define BSTC_DIAGNOSE_LINT_REPORT_H

#include "diagnose/findings/finding.h"
#include "diagnose/lint/facts.h"

#include "llvm/ADT/StringSet.h"

namespace bstc::diagnose {

/// A layer that a rule does not like.
struct Suspect {
  std::string path, node; ///< As in Finding.
  std::string detail;     ///< Continues "PATH: "; without a full stop.
  double weight = 0;      ///< As in Finding.
};

/// Collects findings.
class Report {
public:
  std::vector<Finding> findings;

  /// One finding for all suspects, with the worst in front and the next few named; nothing where
  /// there are none. \p advice ends the text.
  void add(Code code, Severity severity, Certainty certainty, std::vector<Suspect> suspects,
           llvm::StringRef advice = "");
  /// Later rules leave pairs alone that are known to be wrong: what they would see follows of that.
  void blame(const Pair &pair) { blamed.insert(pair.quantize); }
  bool isBlamed(const Pair &pair) const { return blamed.contains(pair.quantize); }

private:
  llvm::StringSet<> blamed;
};

/// One rule: looks at the facts and reports.
using Rule = void (*)(const Facts &facts, Report &report);

// scales.cpp
void findUncalibrated(const Facts &facts, Report &report);
void findDisagreement(const Facts &facts, Report &report);
void findSharedScales(const Facts &facts, Report &report);
void findUnusedHalf(const Facts &facts, Report &report);
void findReducedRange(const Facts &facts, Report &report);
void findPowersOfTwo(const Facts &facts, Report &report);
// inputs.cpp
void findInputRange(const Facts &facts, Report &report);
// pairs.cpp
void findMissingPairs(const Facts &facts, Report &report);
void findFloatInput(const Facts &facts, Report &report);
void findFloatHeads(const Facts &facts, Report &report);
void findPairBeforeRelu(const Facts &facts, Report &report);
void findFloatWeights(const Facts &facts, Report &report);
void findUnfoldedNorms(const Facts &facts, Report &report);
// ranges.cpp
void findConcatRanges(const Facts &facts, Report &report);
void findAddRanges(const Facts &facts, Report &report);
void findHeadRanges(const Facts &facts, Report &report);
void findImpliedRanges(const Facts &facts, Report &report);
// weights.cpp
void findPerTensorWeights(const Facts &facts, Report &report);
void findStaleWeightScales(const Facts &facts, Report &report);
void findWrongWeightAxis(const Facts &facts, Report &report);
void findOutliers(const Facts &facts, Report &report);
void findDeadChannels(const Facts &facts, Report &report);
void findLargeWeights(const Facts &facts, Report &report);
void findHalfPrecision(const Facts &facts, Report &report);
// biases.cpp
void findLostBias(const Facts &facts, Report &report);
void findBiasOutOfRange(const Facts &facts, Report &report);
// activations.cpp
void findMixedActivations(const Facts &facts, Report &report);
// decodes.cpp
void findQuantisedDecode(const Facts &facts, Report &report);
void findAnchorOrder(const Facts &facts, Report &report);
// topology.cpp
void findOtherTopology(const Facts &facts, Report &report);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_LINT_REPORT_H

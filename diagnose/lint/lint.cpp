#include "diagnose/lint/lint.h"
#include "diagnose/lint/report.h"
#include "diagnose/lint/topology.h"

namespace bstc::diagnose {

/// In the order in which they run: what follows of a fault comes behind the rule that names it
/// (Report::blame()).
static constexpr Rule rules[] = {
    findOtherTopology,    findAnchorOrder,   findQuantisedDecode, findDisagreement,
    findUncalibrated,     findInputRange,    findFloatInput,      findPairBeforeRelu,
    findMissingPairs,     findFloatHeads,    findFloatWeights,    findUnfoldedNorms,
    findMixedActivations, findSharedScales,  findWrongWeightAxis, findStaleWeightScales,
    findPerTensorWeights, findLostBias,      findBiasOutOfRange,  findReducedRange,
    findImpliedRanges,    findConcatRanges,  findAddRanges,       findHeadRanges,
    findUnusedHalf,       findPowersOfTwo,   findOutliers,        findDeadChannels,
    findLargeWeights,     findHalfPrecision,
};

std::vector<Finding> lint(const Network &network) {
  Facts facts(network);
  facts.topology = matchYolov5(facts);
  facts.isDetector |= facts.topology.has_value();
  Report report;
  for (Rule rule : rules)
    rule(facts, report);
  sortFindings(report.findings);
  return std::move(report.findings);
}

llvm::Expected<std::vector<Finding>> lint(const Graph &imported) {
  llvm::Expected<Network> network = readNetwork(imported);
  if (!network)
    return network.takeError();
  return lint(*network);
}

} // namespace bstc::diagnose

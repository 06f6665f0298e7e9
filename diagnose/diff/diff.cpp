#include "diagnose/diff/diff.h"

#include "diagnose/diff/finders.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {

static void countOthers(const Compared &compared, DiffTotals &totals) {
  for (size_t i = 0; i < compared.a.layers.size(); ++i)
    if (!compared.a.layers[i].weights) {
      ++totals.othersA;
      totals.othersBoth += compared.matching.toB[i] >= 0;
    }
  totals.othersB = size_t(llvm::count_if(
      compared.b.layers, [](const Layer &layer) { return !layer.weights.has_value(); }));
}

Difference compareNetworks(const Network &a, const Network &b) {
  Difference difference;
  difference.matching = matchNetworks(a, b);
  const Compared compared{a, b, difference.matching};
  countOthers(compared, difference.totals);
  if (!difference.matching.sameNetwork())
    return difference;
  Changes changes;
  findStructure(compared, changes);
  findAttributes(compared, changes);
  findActivations(compared, changes);
  findPairs(compared, changes);
  findRanges(compared, difference.totals, changes);
  findWeightScales(compared, changes);
  findWeights(compared, difference.totals, changes);
  findDecode(compared, changes);
  difference.edits = groupChanges(std::move(changes));
  return difference;
}

std::string totalsText(const Network &a, const Network &b, const Difference &difference) {
  const Matching &matching = difference.matching;
  const DiffTotals &totals = difference.totals;
  const auto isConv = [](const Layer &layer) { return !layer.weights || layer.op == OpKind::Conv; };
  const std::string kind = llvm::all_of(a.layers, isConv) && llvm::all_of(b.layers, isConv)
                               ? "convolutions"
                               : "layers with weights";
  if (!matching.sameNetwork())
    return "not the same network: " + std::to_string(matching.weightedBoth) + " of " +
           std::to_string(std::max(matching.weightedA, matching.weightedB)) + " " + kind +
           " found again";
  std::string text = std::to_string(matching.weightedBoth) + " " + kind + " matched";
  const auto add = [&](size_t count, const char *what) {
    if (count)
      text += ", " + (count == matching.weightedBoth ? "all" : std::to_string(count)) + " " + what;
  };
  add(totals.weightsEqual, "with equal weights");
  add(totals.weightsRounded, "equal but for rounding");
  add(matching.weightedBoth - totals.weightsEqual - totals.weightsRounded, "with others");
  text += "; " + std::to_string(totals.othersBoth) + " other layers matched";
  const size_t lone = totals.othersA + totals.othersB - 2 * totals.othersBoth + matching.weightedA +
                      matching.weightedB - 2 * matching.weightedBoth;
  if (lone)
    text += ", " + std::to_string(lone) + " layers in one of the two only";
  if (totals.rangesCompared)
    text += "; " + std::to_string(totals.rangesEqual) + " of " +
            std::to_string(totals.rangesCompared) + " ranges equal";
  return text;
}

} // namespace bstc::diagnose

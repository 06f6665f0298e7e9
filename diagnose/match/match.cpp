#include "diagnose/match/match.h"

#include "diagnose/match/anchors.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

namespace bstc::diagnose {

std::optional<Source> Matching::inB(const Source &source) const {
  if (source.isConstant())
    return std::nullopt;
  Source found = source;
  if (source.layer >= 0)
    found.layer = toB[source.layer];
  if (source.layer >= 0 && found.layer < 0)
    return std::nullopt;
  return found;
}

bool Matching::sameNetwork() const {
  const size_t most = std::max(weightedA, weightedB);
  // Of another width, all have other shapes; then nearly all have to be found again.
  const bool sameWidth = sameShape * 2 >= most;
  if (most > 0)
    return double(weightedBoth) >= (sameWidth ? 0.5 : 0.8) * double(most) &&
           wiresKept >= (sameWidth ? 0.5 : 0.8);
  const auto both = size_t(llvm::count_if(toB, [](int layer) { return layer >= 0; }));
  return both * 2 >= std::max(toB.size(), toA.size());
}

/// For each layer, the layers with weights (or -1: the input) whose numbers reach it without
/// passing another one.
static std::vector<std::set<int>> weightedBefore(const Network &network) {
  std::vector<std::set<int>> before(network.layers.size());
  for (size_t i = 0; i < network.layers.size(); ++i)
    for (const Wire &wire : network.layers[i].inputs) {
      if (wire.input >= 0)
        before[i].insert(-1);
      if (wire.layer < 0)
        continue;
      if (network.layers[wire.layer].weights)
        before[i].insert(wire.layer);
      else
        before[i].insert(before[wire.layer].begin(), before[wire.layer].end());
    }
  return before;
}

static void count(const Network &a, const Network &b, Matching &matching) {
  const auto hasWeights = [](const Layer &layer) { return layer.weights.has_value(); };
  matching.weightedA = size_t(llvm::count_if(a.layers, hasWeights));
  matching.weightedB = size_t(llvm::count_if(b.layers, hasWeights));
  const std::vector<std::set<int>> beforeA = weightedBefore(a), beforeB = weightedBefore(b);
  size_t wires = 0, kept = 0;
  for (size_t i = 0; i < a.layers.size(); ++i) {
    if (!a.layers[i].weights)
      continue;
    const int counterpart = matching.toB[i];
    matching.weightedBoth += counterpart >= 0;
    matching.sameShape += counterpart >= 0 && a.layers[i].weights->shape ==
                                                  b.layers[size_t(counterpart)].weights->shape;
    for (const int maker : beforeA[i]) {
      ++wires;
      const int expected = maker < 0 ? -1 : matching.toB[maker];
      kept += counterpart >= 0 && (maker < 0 || expected >= 0) &&
              beforeB[counterpart].count(expected) != 0;
    }
  }
  matching.wiresKept = wires ? double(kept) / double(wires) : 0;
}

Matching matchNetworks(const Network &a, const Network &b) {
  Matching matching;
  matching.toB.assign(a.layers.size(), -1);
  matching.toA.assign(b.layers.size(), -1);
  matchAnchors(a, b, matching);
  spreadMatches(a, b, matching);
  count(a, b, matching);
  return matching;
}

} // namespace bstc::diagnose

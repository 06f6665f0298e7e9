#include "diagnose/match/anchors.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc::diagnose {
namespace {

/// One of two networks, as its anchors see it.
struct Side {
  const Network &network;
  std::vector<Signature> signatures;
  std::vector<int> order; ///< Layers with weights.

  explicit Side(const Network &network)
      : network(network), signatures(signaturesOf(network)), order(canonicalOrder(network)) {
    llvm::erase_if(order, [&](int layer) { return !network.layers[layer].weights; });
  }
  const Layer &layer(int index) const { return network.layers[index]; }
};

/// How much speaks for two layers with weights being one; 0: they cannot be. Shape, neighbourhood
/// and weights count about the same, so that each can be outvoted: edits change neighbourhoods,
/// training changes weights, and a layer may hold another one's.
double likeness(const Side &sideA, int a, const Side &sideB, int b) {
  const Layer &layerA = sideA.layer(a), &layerB = sideB.layer(b);
  const Signature &x = sideA.signatures[a], &y = sideB.signatures[b];
  if (kindOf(layerA.op) != kindOf(layerB.op) || x.label != y.label)
    return 0;
  double score = 1;
  if (layerA.weights->shape == layerB.weights->shape) {
    score += 3;
    if (x.weightHash == y.weightHash)
      score += 6;
    else if (relativeDistance(x.sample, y.sample) < 0.4)
      score += 5;
    else if (relativeDistance(x.norms, y.norms) < 0.05)
      score += 3;
  }
  for (size_t radius = 0; radius < x.before.size(); ++radius)
    score += (x.before[radius] == y.before[radius]) + (x.behind[radius] == y.behind[radius]);
  if (layerA.path == layerB.path)
    score += 0.5;
  return score;
}

/// The assignment that keeps both orders and has the greatest sum of likenesses (Needleman and
/// Wunsch, 1970, gaps for nothing).
void align(const Side &a, const Side &b, Matching &matching) {
  const size_t rows = a.order.size(), columns = b.order.size();
  std::vector<double> likenesses(rows * columns), best((rows + 1) * (columns + 1));
  const auto at = [&](size_t i, size_t j) -> double & { return best[i * (columns + 1) + j]; };
  for (size_t i = rows; i-- > 0;)
    for (size_t j = columns; j-- > 0;) {
      const double score = likeness(a, a.order[i], b, b.order[j]);
      likenesses[i * columns + j] = score;
      at(i, j) = std::max({at(i + 1, j), at(i, j + 1), score > 0 ? at(i + 1, j + 1) + score : 0});
    }
  for (size_t i = 0, j = 0; i < rows && j < columns;) {
    const double score = likenesses[i * columns + j];
    if (score > 0 && at(i, j) == at(i + 1, j + 1) + score) {
      matching.toB[a.order[i]] = b.order[j];
      matching.toA[b.order[j]] = a.order[i];
      ++i, ++j;
    } else if (at(i, j) == at(i + 1, j)) {
      ++i;
    } else {
      ++j;
    }
  }
}

/// What the orders left over, as where the operands of a concatenation are exchanged: the likest
/// first, if more than their operator speaks for them.
void matchLeftovers(const Side &a, const Side &b, Matching &matching) {
  constexpr double enough = 6;
  struct Candidate {
    double score;
    int a, b;
  };
  std::vector<Candidate> candidates;
  for (const int i : a.order)
    for (const int j : b.order)
      if (matching.toB[i] < 0 && matching.toA[j] < 0)
        if (const double score = likeness(a, i, b, j); score >= enough)
          candidates.push_back({score, i, j});
  llvm::stable_sort(candidates,
                    [](const Candidate &x, const Candidate &y) { return x.score > y.score; });
  for (const auto &[score, i, j] : candidates)
    if (matching.toB[i] < 0 && matching.toA[j] < 0) {
      matching.toB[i] = j;
      matching.toA[j] = i;
    }
}

} // namespace

void matchAnchors(const Network &networkA, const Network &networkB, Matching &matching) {
  const Side a(networkA), b(networkB);
  align(a, b, matching);
  matchLeftovers(a, b, matching);
}

} // namespace bstc::diagnose

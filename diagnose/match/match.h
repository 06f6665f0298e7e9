#ifndef BSTC_DIAGNOSE_MATCH_MATCH_H
#define BSTC_DIAGNOSE_MATCH_MATCH_H

#include "diagnose/match/signature.h"

namespace bstc::diagnose {

/// Which layer of one network is which of another.
struct Matching {
  std::vector<int> toB, toA; ///< By layer of A, of B: its counterpart; -1: there is none.
  /// Layers with weights: how many each has, and how many have a counterpart.
  size_t weightedA = 0, weightedB = 0, weightedBoth = 0;
  size_t sameShape = 0; ///< Of those with a counterpart, weights of the same shape.
  /// Of the wires from one layer with weights of A to the next, the share that B has as well.
  double wiresKept = 0;

  /// Whether the two are forms of one network, so that their edits mean something.
  bool sameNetwork() const;
  /// What `source` of A is in B; a layer of -1 and an input of -1: nothing.
  std::optional<Source> inB(const Source &source) const;
};

/// Matches by structure and weights, never by names alone, which only decide between equals:
/// layers with weights first (the best order-preserving assignment by shape, weights and
/// neighbourhood; then what is left, in any order), from them to their neighbours. The two may have
/// other activations, scales, image sizes, widths, orders of nodes and names.
Matching matchNetworks(const Network &a, const Network &b);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MATCH_MATCH_H

#ifndef BSTC_DIAGNOSE_MATCH_SIGNATURE_H
#define BSTC_DIAGNOSE_MATCH_SIGNATURE_H

#include "diagnose/match/kinds.h"

namespace bstc::diagnose {

/// What a layer is known by in another file of the network. No names: those change with the
/// exporter.
struct Signature {
  /// Kind of operator, size of its window, whether it is grouped: nothing that training, the
  /// image's size, the width of the network or its activation changes.
  uint64_t label = 0;
  /// Weisfeiler-Lehman hashes of the layers before and behind it, at most radius + 1 wires away
  /// (activations do not count). Shervashidze et al., JMLR 12 (2011).
  std::vector<uint64_t> before, behind;
  uint64_t weightHash = 0;   ///< Of the numbers to the bit; 0: it has no weights.
  std::vector<float> sample; ///< Some of the weights, evenly spaced.
  /// Quantiles of the norms of its filters: the same where channels are permuted, and moved little
  /// by training.
  std::vector<float> norms;
};

/// One per layer.
std::vector<Signature> signaturesOf(const Network &network);

/// The layers in an order that depends on the network alone: those that an output needs, depth
/// first, operands in their order; then those that no output needs. Files may have any topological
/// order.
std::vector<int> canonicalOrder(const Network &network);

/// |a - b| / max(|a|, |b|), Euclidean; 0 where both are 0, and 2 where their sizes differ.
double relativeDistance(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b);

/// Euclidean norm of each output channel of weights with these numbers.
std::vector<float> filterNorms(const Weights &weights, llvm::ArrayRef<float> numbers);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MATCH_SIGNATURE_H

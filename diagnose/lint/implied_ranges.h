#ifndef BSTC_DIAGNOSE_LINT_IMPLIED_RANGES_H
#define BSTC_DIAGNOSE_LINT_IMPLIED_RANGES_H

#include "diagnose/lint/facts.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace bstc::diagnose {

/// A relation between the ranges of two tensors: log(range of `to` / what it follows from `from`),
/// 0 where both are as in most layers of the network.
struct RangeRelation {
  static constexpr size_t none = size_t(-1);
  size_t to = 0, from = none; ///< Of Facts::tensors; none: it follows from the layer's bias.
  double log = 0;
};

/// All relations: through a convolution, greatest = input range * norm of a channel's weights times
/// the factor that this has in most layers (its logarithm has a deviation of 0.3 to 0.45 in trained
/// networks); through concatenations, additions and activations; and the range
/// against the greatest bias, which spreads more and counts less.
std::vector<RangeRelation> rangeRelations(const Facts &facts);

/// A tensor whose range does not fit what makes it and what reads it.
struct RangeError {
  size_t tensor = 0;
  double log = 0; ///< Of the factor by which it is too wide; negative: too small.
};

/// For the tensors of a network, how far their relations agree on an error.
struct RangeEvidence {
  double mean = 0;
  double least = 0; ///< Of the magnitudes; 0 where signs differ.
  size_t count = 0;
};
std::vector<RangeEvidence> rangeEvidence(size_t tensors,
                                         const std::vector<RangeRelation> &relations);

/// Those that stand out, the clearest first. A wrong range shows on both sides with opposite signs,
/// which tells it from its neighbours.
/// Tensors that \p isKnown holds for are left out: what is wrong with them is known.
std::vector<RangeError> rangeErrors(const Facts &facts,
                                    llvm::function_ref<bool(const Pair &)> isKnown);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_LINT_IMPLIED_RANGES_H

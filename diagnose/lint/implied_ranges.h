#ifndef BSTC_DIAGNOSE_LINT_IMPLIED_RANGES_H
#define BSTC_DIAGNOSE_LINT_IMPLIED_RANGES_H

#include "diagnose/lint/facts.h"

namespace bstc::diagnose {

/// A relation between the ranges of two tensors: log(range of `to` / what it follows from `from`),
/// 0 where both are as in most layers of the network.
struct RangeRelation {
  size_t to = 0, from = 0; ///< Of Facts::tensors.
  double log = 0;
};

/// All relations: through a convolution, greatest = input range * norm of a channel's weights times
/// the factor that this has in most layers (its logarithm has a deviation of 0.3 to 0.45 in trained
/// networks); through concatenations, additions and activations.
std::vector<RangeRelation> rangeRelations(const Facts &facts);

/// A tensor whose range does not fit what makes it and what reads it.
struct RangeError {
  size_t tensor = 0;
  double log = 0; ///< Of the factor by which it is too wide; negative: too small.
};

/// Those that stand out, the clearest first. A wrong range shows on both sides with opposite signs,
/// which tells it from its neighbours.
std::vector<RangeError> rangeErrors(const Facts &facts);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_LINT_IMPLIED_RANGES_H

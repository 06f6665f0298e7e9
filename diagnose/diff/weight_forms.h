#ifndef BSTC_DIAGNOSE_DIFF_WEIGHT_FORMS_H
#define BSTC_DIAGNOSE_DIFF_WEIGHT_FORMS_H

#include "diagnose/diff/edit.h"
#include "diagnose/match/signature.h"

#include <optional>

namespace bstc::diagnose {

/// How weights of one shape came about from others.
struct WeightForm {
  EditKind kind;
  std::string text; ///< "the output channels are moved by 1".
};

/// What explains the difference of `a` and `b`, numbers of weights that are laid out as `weights`
/// says: channels that are moved or scaled. None: their numbers are others.
std::optional<WeightForm> findForm(const Weights &weights, llvm::ArrayRef<float> a,
                                   llvm::ArrayRef<float> b);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_WEIGHT_FORMS_H

#ifndef BSTC_DIAGNOSE_DIFF_OUTLIERS_H
#define BSTC_DIAGNOSE_DIFF_OUTLIERS_H

#include "diagnose/findings/median.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace bstc::diagnose {

/// What stands out of many differences of one kind.
struct Outliers {
  double base = 0;  ///< What the others have.
  double limit = 0; ///< Farther than this from `base` is an outlier.
  bool isOne(double value) const;
};

/// Of values that are 0 where both networks have the same. Where at least half are, all others
/// stand out. Else those that are farther than `usual` and 5 standard deviations (by the median of
/// the absolute deviations) from the base: the median of those within `usual` of 0, if they are at
/// least a quarter, or else of all.
Outliers outliersOf(llvm::ArrayRef<double> values, double usual);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_OUTLIERS_H

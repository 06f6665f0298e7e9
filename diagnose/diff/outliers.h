#ifndef BSTC_DIAGNOSE_DIFF_OUTLIERS_H
#define BSTC_DIAGNOSE_DIFF_OUTLIERS_H

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace bstc::diagnose {

double medianOf(std::vector<double> values);

/// What stands out of many differences of one kind.
struct Outliers {
  double base = 0;     ///< What the others have: 0 where many are equal, else the median.
  double limit = 0;    ///< Farther than this from `base` is an outlier.
  bool stable = false; ///< Many are equal: every difference is one.
  bool isOne(double value) const;
};

/// Of values that are 0 where both networks have the same. Where at least a quarter are, all others
/// stand out; else those beyond `least` and 5 standard deviations (by the median of the absolute
/// deviations) from the median.
Outliers outliersOf(llvm::ArrayRef<double> values, double least);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_OUTLIERS_H

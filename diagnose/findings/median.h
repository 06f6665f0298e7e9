#ifndef BSTC_DIAGNOSE_FINDINGS_MEDIAN_H
#define BSTC_DIAGNOSE_FINDINGS_MEDIAN_H

#include <vector>

namespace bstc::diagnose {

/// The middle one of the values in their order, of an even number the upper one; 0 where there is
/// none.
double medianOf(std::vector<double> values);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_FINDINGS_MEDIAN_H

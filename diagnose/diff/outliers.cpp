#include "diagnose/diff/outliers.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc::diagnose {

/// Less than this is rounding of floats.
static constexpr double nothing = 1e-4;

double medianOf(std::vector<double> values) {
  if (values.empty())
    return 0;
  const auto middle = values.begin() + ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool Outliers::isOne(double value) const { return std::fabs(value - base) > limit; }

Outliers outliersOf(llvm::ArrayRef<double> values, double least) {
  const auto equal =
      size_t(llvm::count_if(values, [](double value) { return std::fabs(value) <= nothing; }));
  if (equal * 4 >= values.size())
    return {0, nothing, true};
  const double median = medianOf(values.vec());
  std::vector<double> deviations;
  for (const double value : values)
    deviations.push_back(std::fabs(value - median));
  constexpr double toDeviation = 1.4826; // Of a normal distribution.
  return {median, std::max(least, 5 * toDeviation * medianOf(std::move(deviations))), false};
}

} // namespace bstc::diagnose

#include "diagnose/diff/outliers.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace bstc::diagnose {

/// Less than this is rounding of floats.
static constexpr double nothing = 1e-4;

bool Outliers::isOne(double value) const { return std::fabs(value - base) > limit; }

Outliers outliersOf(llvm::ArrayRef<double> values, double usual) {
  const auto within = [&](double limit) {
    std::vector<double> chosen = values.vec();
    llvm::erase_if(chosen, [&](double value) { return std::fabs(value) > limit; });
    return chosen;
  };
  if (within(nothing).size() * 2 >= values.size())
    return {0, nothing};
  std::vector<double> typical = within(usual);
  if (typical.size() * 4 < values.size())
    typical = values.vec();
  const double median = medianOf(typical);
  for (double &value : typical)
    value = std::fabs(value - median);
  constexpr double toDeviation = 1.4826; // Of a normal distribution.
  return {median, std::max(usual, 5 * toDeviation * medianOf(std::move(typical)))};
}

} // namespace bstc::diagnose

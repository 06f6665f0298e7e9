#include "diagnose/findings/median.h"

#include <algorithm>
#include <cstddef>

namespace bstc::diagnose {

double medianOf(std::vector<double> values) {
  if (values.empty())
    return 0;
  const auto middle = values.begin() + ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

} // namespace bstc::diagnose

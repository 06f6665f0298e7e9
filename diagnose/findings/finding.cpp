#include "diagnose/findings/finding.h"

#include "llvm/ADT/STLExtras.h"

#include <tuple>

namespace bstc::diagnose {

const char *certaintyName(Certainty certainty) {
  static constexpr const char *names[] = {"certain", "likely", "possible"};
  return names[size_t(certainty)];
}

void sortFindings(std::vector<Finding> &findings) {
  auto place = [](const Finding &finding) {
    return std::make_tuple(-int(finding.severity), int(finding.certainty), -finding.weight);
  };
  llvm::stable_sort(findings,
                    [&](const Finding &a, const Finding &b) { return place(a) < place(b); });
}

Notice toNotice(const Finding &finding) {
  return {finding.code, finding.severity, finding.node, finding.text};
}

} // namespace bstc::diagnose

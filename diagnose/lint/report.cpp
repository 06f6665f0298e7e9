#include "diagnose/lint/report.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace bstc::diagnose {

void Report::add(Code code, Severity severity, Certainty certainty, std::vector<Suspect> suspects,
                 llvm::StringRef advice) {
  if (suspects.empty())
    return;
  llvm::stable_sort(suspects,
                    [](const Suspect &a, const Suspect &b) { return a.weight > b.weight; });
  const Suspect &first = suspects.front();
  Finding finding{code, severity, certainty, first.path, first.node, {}, first.weight, {}, {}, {}};
  finding.text = (first.path.empty() ? "" : first.path + ": ") + first.detail;
  constexpr size_t most = 4;
  std::vector<std::string> others;
  for (const Suspect &suspect : llvm::drop_begin(suspects))
    if (suspect.path != first.path && !llvm::is_contained(others, suspect.path))
      others.push_back(suspect.path);
  if (!others.empty()) {
    finding.text += "; also " + others.front();
    for (size_t i = 1; i < std::min(others.size(), most); ++i)
      finding.text += ", " + others[i];
    if (others.size() > most)
      finding.text += " and " + std::to_string(others.size() - most) + " more";
  }
  if (!advice.empty())
    finding.text += ". " + advice.str();
  finding.others = std::move(others);
  findings.push_back(std::move(finding));
}

} // namespace bstc::diagnose

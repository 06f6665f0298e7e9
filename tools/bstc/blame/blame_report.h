#ifndef BSTC_TOOLS_BSTC_BLAME_BLAME_REPORT_H
#define BSTC_TOOLS_BSTC_BLAME_BLAME_REPORT_H

#include "diagnose/blame/part_accuracy.h"
#include "diagnose/measure/measured_findings.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// What each layer of a network costs.
struct BlameReport {
  std::string model, reference; ///< Files; no reference: the network itself without its pairs.
  const diagnose::Measurement *measurement = nullptr;
  diagnose::Measures measures;
  std::vector<diagnose::Finding> findings;
  /// With labelled pictures: what blocks, then layers, cost.
  std::string data;
  std::optional<diagnose::PartsAccuracy> accuracy;
  std::vector<diagnose::Part> parts; ///< As accuracy->parts.
  size_t blocks = 0;                 ///< So many of the first are blocks.
  uint64_t unreadable = 0;           ///< Pictures that were left out of the measures.
};

/// Everything as text: findings, the mAP of parts, and the tensors; \p top: only so many of these,
/// the worst first (0: all, in the network's order).
void printBlame(const BlameReport &report, size_t top, llvm::raw_ostream &out);

/// The report as JSON (docs/accuracy.md has the schema).
std::string blameJson(const BlameReport &report);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_BLAME_BLAME_REPORT_H

#ifndef BSTC_DIAGNOSE_FINDINGS_FINDING_H
#define BSTC_DIAGNOSE_FINDINGS_FINDING_H

#include "ir/notice.h"

#include <optional>
#include <string>
#include <vector>

namespace bstc::diagnose {

/// How sure a finding is that something is wrong.
enum class Certainty : uint8_t {
  Certain,  ///< The file contradicts itself, or no correct network looks like this.
  Likely,   ///< Correct networks that look like this are not known.
  Possible, ///< A hint: correct networks may look like this.
};
/// "certain", "likely", "possible".
const char *certaintyName(Certainty certainty);

/// Something that costs accuracy, or may do so, at one layer or in the whole network. Its code's
/// row (ir/codes/accuracy.def) says why it happens, what it means and how training code cures it.
struct Finding {
  Code code;
  Severity severity; ///< Error: a fault; Warning: probably one; Note: a hint.
  Certainty certainty = Certainty::Likely;
  std::string layer; ///< Module path, "model.6.m.0.cv2" (layerPath()); empty: the whole network.
  std::string node;  ///< Of the file; empty: the whole network.
  /// One sentence that stands by itself, with the layer's path and the numbers in it.
  std::string text;
  /// For the order: what it is expected to cost, in dB of the network's output or by experience.
  double weight = 0;
  /// What it was measured to cost, where it was: dB of SQNR, mAP50-95.
  std::optional<double> decibels, averagePrecision;
  std::vector<std::string> others = {}; ///< Paths of further layers that it is about.
};

/// The most likely cause first: by severity, certainty, weight, then as they were.
void sortFindings(std::vector<Finding> &findings);

/// As notices, for what prints those.
Notice toNotice(const Finding &finding);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_FINDINGS_FINDING_H

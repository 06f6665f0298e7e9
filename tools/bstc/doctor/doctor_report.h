#ifndef BSTC_TOOLS_BSTC_DOCTOR_DOCTOR_REPORT_H
#define BSTC_TOOLS_BSTC_DOCTOR_DOCTOR_REPORT_H

#include "diagnose/blame/part_accuracy.h"
#include "diagnose/verdict/verdict.h"

#include <memory>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// What a detector would score without a fault.
struct CuredScore {
  size_t fault = 0; ///< Index into the verdict's faults.
  std::string how;  ///< "these 4 adds undone", "model.6.cv2 in float".
  diagnose::Score score;
};

/// mAP on labelled pictures.
struct DoctorAccuracy {
  std::string data;
  uint64_t pictures = 0, unreadable = 0;
  bool stopped = false; ///< By a signal: not all was run.
  diagnose::Score model;
  std::optional<diagnose::Score> reference;
  std::vector<CuredScore> cured;
  std::optional<diagnose::Score> allUndone; ///< With the edits of all faults undone, if several.
};

/// Everything that was looked at, and what it comes to.
struct DoctorReport {
  std::string model, reference; ///< Files.
  diagnose::Network network;
  std::optional<diagnose::Network> referenceNetwork;
  std::optional<diagnose::Difference> difference; ///< From the reference; none without one.
  std::vector<diagnose::Finding> lint;
  std::unique_ptr<diagnose::Measurement> measurement; ///< Null: no pictures were looked at.
  bool measuredReference = false;                     ///< Against the reference, not itself.
  diagnose::Measures measures;
  uint64_t unreadable = 0;                ///< Pictures that the measures leave out.
  bool hasData = false;                   ///< Labelled pictures were given.
  std::optional<DoctorAccuracy> accuracy; ///< None where the network is no detector, either.
  diagnose::Verdict verdict;
  std::vector<std::string> notes; ///< What could not be looked at, and why.
};

/// The verdict as lines of at most `columns` characters, a screenful.
std::vector<std::string> verdictLines(const DoctorReport &report, size_t columns = 100);

/// What was looked at: "the file (143 layers, float)", "8 pictures", ...
std::vector<std::string> lookedAt(const DoctorReport &report);
/// What would tell more: "--images DIR: ...".
std::vector<std::string> moreWouldTell(const DoctorReport &report);
/// What a fault costs, as far as it was measured: "29.6 dB of the signal before it, 10.5 dB
/// behind it; mAP50-95 .096, .219 with these 4 adds undone"; or empty.
std::string costText(const DoctorReport &report, size_t fault);

/// All of it as JSON; docs/json.md describes it.
std::string doctorJson(const DoctorReport &report);
/// The same as one HTML page that needs no other file.
std::string doctorPage(const DoctorReport &report);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_DOCTOR_DOCTOR_REPORT_H

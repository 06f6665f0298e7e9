#include "tools/bstc/cli/notices.h"
#include "tools/bstc/cli/table.h"
#include "tools/bstc/doctor/doctor_report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace bstc {

using namespace diagnose;

namespace {

/// A verdict fits on a screen.
constexpr size_t mostLines = 24;

/// `text` behind `head`, in at most `most` lines of `columns`; what is left over ends in "...".
std::vector<std::string> folded(const std::string &head, llvm::StringRef text, size_t columns,
                                size_t most) {
  std::vector<std::string> lines = {head};
  llvm::SmallVector<llvm::StringRef, 64> words;
  text.split(words, ' ', -1, false);
  bool first = true;
  for (const llvm::StringRef word : words) {
    if (!first && lines.back().size() + 1 + word.size() > columns) {
      if (lines.size() == most) {
        std::string &last = lines.back();
        while (last.size() + 4 > columns && last.find_last_of(' ') != std::string::npos)
          last.resize(last.find_last_of(' '));
        last += " ...";
        return lines;
      }
      lines.push_back(std::string(head.size(), ' '));
      first = true;
    }
    if (!first)
      lines.back() += ' ';
    lines.back() += word;
    first = false;
  }
  return lines;
}

/// ".096", as publications write it.
std::string precision(double value) {
  const std::string text = fixedPoint(value, 3);
  return llvm::StringRef(text).startswith("0.") ? text.substr(1) : text;
}

std::string numberOfFaults(const Verdict &verdict) {
  const auto errors = uint64_t(llvm::count_if(verdict.faults, [](const Fault &fault) {
    return fault.finding.severity == Severity::Error;
  }));
  const uint64_t others = verdict.faults.size() - errors;
  if (verdict.faults.empty())
    return "nothing found that explains a drop";
  if (errors == 0)
    return "no fault; " + counted(others, "warning") + " that may cost accuracy";
  return counted(errors, "fault") + (others ? " and " + counted(others, "warning") : "") +
         (errors + others > 1 ? ", the most likely cause first" : "");
}

/// "mAP50-95 .096; the reference .219"; or empty.
std::string accuracyText(const DoctorReport &report) {
  if (!report.accuracy)
    return "";
  const DoctorAccuracy &accuracy = *report.accuracy;
  std::string text = "mAP50-95 " + precision(accuracy.model.map);
  if (accuracy.reference)
    text += "; the reference " + precision(accuracy.reference->map);
  if (accuracy.allUndone)
    text += "; " + precision(accuracy.allUndone->map) + " with all edits of these faults undone";
  return text;
}

/// What other looks say of the same fault: "reference: ...; pictures: ...".
std::string alsoText(const Fault &fault) {
  std::vector<std::string> texts;
  std::set<Basis> said = {fault.basis};
  for (const Evidence &evidence : fault.evidence)
    if (said.insert(evidence.basis).second)
      texts.push_back(std::string(basisName(evidence.basis)) + ": " +
                      llvm::StringRef(evidence.finding.text).rtrim('.').str());
  return llvm::join(texts, "; ");
}

std::string headOf(size_t index) {
  const std::string number = std::to_string(index + 1);
  return number + std::string(number.size() < 3 ? 3 - number.size() : 1, ' ');
}

/// One line: what it is, and where.
std::vector<std::string> shortLines(const Fault &fault, size_t index, size_t columns) {
  const Finding &finding = fault.finding;
  const std::string where = finding.layer.empty() ? "" : finding.layer + ": ";
  return folded(headOf(index),
                std::string(severityName(finding.severity)) + ", " +
                    certaintyName(finding.certainty) + ": " +
                    withCode(finding.code, where + codeInfo(finding.code).title),
                columns, 1);
}

std::vector<std::string> faultLines(const DoctorReport &report, size_t index, size_t columns,
                                    bool inFull) {
  const Fault &fault = report.verdict.faults[index];
  const Finding &finding = fault.finding;
  std::vector<std::string> lines =
      folded(headOf(index),
             std::string(severityName(finding.severity)) + ", " + certaintyName(finding.certainty) +
                 ": " + withCode(finding.code, llvm::StringRef(finding.text).rtrim('.')),
             columns, inFull ? 4 : 2);
  const auto add = [&](const char *what, const std::string &text, size_t most) {
    if (!text.empty())
      llvm::append_range(lines, folded(std::string("   ") + what, text, columns, most));
  };
  add("cost  ", costText(report, index), inFull ? 2 : 1);
  if (inFull)
    add("also  ", alsoText(fault), 2);
  add("cure  ", fault.cure, inFull ? 4 : 2);
  return lines;
}

std::string dB(double decibels) {
  const double shown = std::fabs(decibels) < 0.05 ? 0 : decibels; // Never "-0.0".
  return std::isinf(decibels) ? "all" : fixedPoint(shown, 1) + " dB";
}

} // namespace

std::string costText(const DoctorReport &report, size_t index) {
  const Fault &fault = report.verdict.faults[index];
  std::vector<std::string> costs;
  if (report.measurement)
    if (const auto loss = signalLoss(fault, *report.measurement, report.measures))
      costs.push_back(dB(loss->before) + " of the signal are left before it, " + dB(loss->behind) +
                      " behind it");
  if (report.accuracy)
    for (const CuredScore &cured : report.accuracy->cured)
      if (cured.fault == index)
        costs.push_back("mAP50-95 " + precision(report.accuracy->model.map) + ", " +
                        precision(cured.score.map) + " with " + cured.how);
  return llvm::join(costs, "; ");
}

std::vector<std::string> lookedAt(const DoctorReport &report) {
  std::vector<std::string> texts;
  texts.push_back(std::string("the file (") + counted(report.network.layers.size(), "layer") +
                  ", " + (report.network.quantised ? "quantised" : "float") + ")");
  if (report.difference && report.difference->matching.sameNetwork())
    texts.push_back("the reference (" +
                    totalsText(*report.referenceNetwork, report.network, *report.difference) + ")");
  if (report.measurement) {
    std::string text = counted(report.measures.pictures, "picture");
    std::vector<std::string> outputs;
    for (const NoiseMeter &meter : report.measures.outputs)
      if (!meter.empty())
        outputs.push_back(dB(meter.decibels()));
    if (!outputs.empty())
      text += " (" + llvm::join(outputs, ", ") + " of the output left)";
    texts.push_back(text);
  }
  if (report.accuracy)
    texts.push_back(counted(report.accuracy->pictures, "labelled picture"));
  return texts;
}

std::vector<std::string> moreWouldTell(const DoctorReport &report) {
  std::vector<std::string> texts;
  if (report.reference.empty())
    texts.emplace_back("--reference FILE, the network before the drop or in float");
  if (!report.measurement)
    texts.emplace_back("--images DIR, some pictures");
  if (!report.hasData)
    texts.emplace_back("--data DATASET, labelled pictures, for mAP");
  return texts;
}

std::vector<std::string> verdictLines(const DoctorReport &report, size_t columns) {
  const Verdict &verdict = report.verdict;
  std::vector<std::string> tail;
  const auto addTail = [&](const std::string &head, const std::string &text, size_t most) {
    if (!text.empty())
      llvm::append_range(tail, folded(head, text, columns, most));
  };
  addTail("Looked at: ", llvm::join(lookedAt(report), "; "), 3);
  for (const std::string &note : report.notes)
    addTail("Note: ", note, 2);
  if (!verdict.hints.empty())
    addTail("Hints: ",
            counted(verdict.hints.size(), "hint") +
                ", which correct networks have, too ('bstc lint', --json, --html)",
            1);
  addTail("More would tell: ", llvm::join(moreWouldTell(report), "; "), 2);

  std::vector<std::string> lines =
      folded("", report.model + ": " + numberOfFaults(verdict), columns, 2);
  if (!report.reference.empty())
    llvm::append_range(
        lines, folded("", "(A: the reference " + report.reference + "; B: this file)", columns, 2));
  if (report.accuracy)
    llvm::append_range(lines, folded("", accuracyText(report), columns, 2));
  size_t shown = 0;
  for (; shown < verdict.faults.size(); ++shown) {
    const std::vector<std::string> next = faultLines(report, shown, columns, shown == 0);
    if (shown > 0 && lines.size() + next.size() + tail.size() + 2 > mostLines)
      break;
    llvm::append_range(lines, next);
  }
  for (; shown < verdict.faults.size() && lines.size() + tail.size() + 2 <= mostLines; ++shown)
    llvm::append_range(lines, shortLines(verdict.faults[shown], shown, columns));
  if (const size_t left = verdict.faults.size() - shown)
    lines.push_back("   and " + std::to_string(left) + " more (--json, --html)");
  llvm::append_range(lines, tail);
  return lines;
}

} // namespace bstc

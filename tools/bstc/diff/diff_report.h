#ifndef BSTC_TOOLS_BSTC_DIFF_DIFF_REPORT_H
#define BSTC_TOOLS_BSTC_DIFF_DIFF_REPORT_H

#include "diagnose/diff/diff.h"

#include "llvm/ADT/StringRef.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// Two networks and what makes one of the other.
struct DiffReport {
  std::string pathA, pathB;
  diagnose::Network a, b;
  std::string note; ///< How they were made comparable, where that took something; or empty.
  diagnose::Difference difference;
};

/// For people: edits with what to look for, totals in the last line.
void printDiff(const DiffReport &report, llvm::raw_ostream &stream);

/// The same as JSON; docs/json.md describes it.
std::string diffJson(const DiffReport &report);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_DIFF_DIFF_REPORT_H

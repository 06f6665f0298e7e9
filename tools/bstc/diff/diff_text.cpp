#include "tools/bstc/cli/terminal.h"
#include "tools/bstc/diff/diff_report.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

namespace bstc {

/// Prints `text` behind `head`, folded at the width of the terminal, further lines indented.
static void printFolded(llvm::StringRef head, llvm::StringRef text, llvm::raw_ostream &stream) {
  const size_t width = terminalWidth(stream);
  size_t column = head.size();
  stream << head;
  llvm::SmallVector<llvm::StringRef, 32> words;
  text.split(words, ' ', -1, false);
  for (size_t i = 0; i < words.size(); ++i) {
    if (width != 0 && i > 0 && column + 1 + words[i].size() > width) {
      stream << '\n';
      stream.indent(unsigned(head.size()));
      column = head.size();
    } else if (i > 0) {
      stream << ' ';
      ++column;
    }
    stream << words[i];
    column += words[i].size();
  }
  stream << '\n';
}

static void printSummaryHeading(const diagnose::Edit &edit, bool &printed, bool any,
                                llvm::raw_ostream &stream) {
  if (!edit.summary || printed)
    return;
  printed = true;
  stream << (any ? "\nBeside that, all over the network:\n" : "\nAll over the network:\n");
}

void printDiff(const DiffReport &report, llvm::raw_ostream &stream) {
  const auto describe = [](const diagnose::Network &network) {
    return network.quantised ? "quantised" : "float";
  };
  stream << "A  " << report.pathA << " (" << describe(report.a) << ")\n";
  stream << "B  " << report.pathB << " (" << describe(report.b) << ")\n";
  if (!report.note.empty())
    printFolded("   ", report.note, stream);
  bool summaries = false, any = false;
  std::set<diagnose::EditKind> explained; // What to look for is said once.
  for (const diagnose::Edit &edit : report.difference.edits) {
    printSummaryHeading(edit, summaries, any, stream);
    any = true;
    if (!edit.summary)
      stream << '\n';
    const std::string number = std::to_string(edit.id);
    const std::string head = number + std::string(number.size() < 3 ? 3 - number.size() : 1, ' ');
    const char *hint = diagnose::editInfo(edit.kind).hint;
    printFolded(head,
                edit.summary || !explained.insert(edit.kind).second ? edit.text
                                                                    : edit.text + " " + hint,
                stream);
  }
  stream << '\n';
  const std::string totals = diagnose::totalsText(report.a, report.b, report.difference);
  printFolded(report.difference.equal() ? "equal: " : "", totals, stream);
}

} // namespace bstc

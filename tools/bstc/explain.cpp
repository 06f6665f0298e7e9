// bstc explain: the table of codes (ir/codes.def) for people, and as docs/codes.md.
#include "tools/bstc/cli/subcommands.h"

#include "ir/notice.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace bstc {
namespace {

using llvm::StringRef;

/// What a code's first digit says.
struct Area {
  char digit;
  const char *title;
};
constexpr Area areas[] = {{'1', "Reading model files"},
                          {'2', "Quantisation and placement"},
                          {'3', "Targets, schedule and memory"},
                          {'4', "Packages, runtime and devices"},
                          {'5', "Pictures and detectors"},
                          {'6', "Datasets and accuracy"},
                          {'7', "Files and the command line"},
                          {'8', "Why accuracy drops"},
                          {'9', "Our own bugs"}};

/// Calls `each(info)` for the codes of an area.
template <class Each> void forEachOf(const Area &area, const Each &each) {
  for (const CodeInfo &info : allCodes())
    if (std::to_string(unsigned(info.code)).front() == area.digit)
      each(info);
}

/// The text in lines of at most 80 columns, indented by two.
void printParagraph(StringRef heading, StringRef text) {
  constexpr size_t width = 80;
  llvm::outs() << '\n' << heading << "\n ";
  size_t used = 1;
  llvm::SmallVector<StringRef, 64> words;
  text.split(words, ' ');
  for (StringRef word : words) {
    if (used + 1 + word.size() > width) {
      llvm::outs() << "\n ";
      used = 1;
    }
    llvm::outs() << ' ' << word;
    used += 1 + word.size();
  }
  llvm::outs() << '\n';
}

void printOne(const CodeInfo &info) {
  llvm::outs() << codeText(info.code) << " (" << severityName(info.severity) << "): " << info.title
               << '\n';
  printParagraph("Why", info.cause);
  printParagraph("What it means", info.consequence);
  printParagraph("What to do", info.cure);
}

void printAll() {
  for (const Area &area : areas) {
    llvm::outs() << area.title << '\n';
    forEachOf(area, [](const CodeInfo &info) {
      llvm::outs() << "  " << codeText(info.code) << "  "
                   << llvm::left_justify(severityName(info.severity), 7) << "  " << info.title
                   << '\n';
    });
    llvm::outs() << '\n';
  }
  llvm::outs() << "'bstc explain CODE' says why it happens, what it means and what to do.\n";
}

void printMarkdown() {
  llvm::outs() << "# Codes of notices and errors\n\n"
                  "Every notice and error of `bstc` ends in a code. `bstc explain BST2003` prints "
                  "one row of this\ntable. A code's number never changes. This file is what `bstc "
                  "explain --markdown` prints; the texts are\nin `ir/codes/`.\n";
  for (const Area &area : areas) {
    llvm::outs() << "\n## " << area.title << "\n\n| code | what | why | what it means | what to do "
                 << "|\n|---|---|---|---|---|\n";
    forEachOf(area, [](const CodeInfo &info) {
      llvm::outs() << "| " << codeText(info.code) << " (" << severityName(info.severity) << ") | "
                   << info.title << " | " << info.cause << " | " << info.consequence << " | "
                   << info.cure << " |\n";
    });
  }
}

std::vector<std::string> codeNames() {
  std::vector<std::string> names;
  for (const CodeInfo &info : allCodes())
    names.push_back(codeText(info.code));
  return names;
}

/// The code that a mistyped one was probably meant to be: the first that begins with its digits,
/// else the nearest number, else the nearest text.
std::string nearestCode(StringRef text) {
  const StringRef digits = text.drop_while([](char c) { return !llvm::isDigit(c); });
  int number = 0;
  const std::vector<std::string> known = codeNames();
  const auto begins = [&](StringRef code) { return code.drop_front(3).startswith(digits); };
  if (const auto found = llvm::find_if(known, begins); !digits.empty() && found != known.end())
    return *found;
  if (!digits.getAsInteger(10, number)) {
    const CodeInfo *nearest =
        std::min_element(allCodes().begin(), allCodes().end(), [&](const auto &a, const auto &b) {
          return std::abs(int(a.code) - number) < std::abs(int(b.code) - number);
        });
    return codeText(nearest->code);
  }
  return nearestName(text.upper(), std::vector<StringRef>(known.begin(), known.end())).str();
}

llvm::Error runExplain(const Arguments &arguments) {
  if (arguments.has("--markdown") && !arguments.positional.empty())
    return llvm::make_error<UsageError>("--markdown prints all codes; leave CODE out");
  if (arguments.has("--markdown")) {
    printMarkdown();
    return llvm::Error::success();
  }
  if (arguments.positional.empty()) {
    printAll();
    return llvm::Error::success();
  }
  const std::string &text = arguments.positional.front();
  if (const CodeInfo *info = findCode(StringRef(text).trim("[]"))) {
    printOne(*info);
    return llvm::Error::success();
  }
  const std::string nearest = nearestCode(StringRef(text).trim("[]"));
  return llvm::make_error<UsageError>(
      "no code '" + text + "'" +
      (nearest.empty() ? "; 'bstc explain' lists all" : "; the nearest is " + nearest));
}

constexpr Option options[] = {
    {"--markdown", nullptr, nullptr, "Print the table of all codes as docs/codes.md has it."},
};

constexpr const char *examples[] = {"bstc explain BST2003", "bstc explain"};

} // namespace

const Subcommand explainSubcommand = {
    "explain",
    "[CODE]",
    0,
    1,
    "Say why a notice or error came, what it means and what to do",
    "Notices and errors end in a code such as [BST2003]. Explains it: why it happens, what it "
    "means\n"
    "for speed and accuracy, and what to do. Without CODE, lists all codes. 'bst2003' and '2003' "
    "are\n"
    "understood, too.",
    options,
    examples,
    runExplain,
    codeNames};

} // namespace bstc

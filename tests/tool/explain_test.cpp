// bstc explain: codes in words, and docs/codes.md, which is what it prints.
#include "ir/notice.h"
#include "tests/tool/tool.h"

#include "llvm/ADT/SmallVector.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;
using Explain = ToolTest;

TEST_F(Explain, SaysCauseConsequenceAndCureInAScreenful) {
  for (const CodeInfo &info : allCodes()) {
    const std::string text = succeed("explain " + codeText(info.code));
    EXPECT_THAT(text, StartsWith(codeText(info.code) + " (" + severityName(info.severity) +
                                 "): " + info.title + "\n"));
    EXPECT_THAT(text, AllOf(HasSubstr("\nWhy\n  "), HasSubstr("\nWhat it means\n  "),
                            HasSubstr("\nWhat to do\n  ")));
    llvm::SmallVector<llvm::StringRef, 32> lines;
    llvm::StringRef(text).split(lines, '\n');
    EXPECT_LE(lines.size(), 25u) << info.name;
    for (llvm::StringRef line : lines)
      EXPECT_LE(line.size(), 80u) << line.str();
  }
}

TEST_F(Explain, TakesACodeAsUsersWriteIt) {
  const std::string text = succeed("explain BST2003");
  EXPECT_THAT(text, AllOf(HasSubstr("FloatFunctional"), HasSubstr("--fail-on-fallback")));
  EXPECT_EQ(succeed("explain bst2003"), text);
  EXPECT_EQ(succeed("explain 2003"), text);
  EXPECT_EQ(succeed("explain [BST2003]"), text);
}

TEST_F(Explain, OfAnUnknownCodeNamesTheNearest) {
  const std::pair<const char *, const char *> cases[] = {
      {"BST2099", "; the nearest is BST2016"},
      {"BST200", "; the nearest is BST2001"},
      {"1", "; the nearest is BST1001"},
      {"bstx003", "; the nearest is BST"},
      {"fallback", "; 'bstc explain' lists all"}};
  for (const auto &[text, nearest] : cases) {
    const Outcome outcome = bstc(std::string("explain ") + text);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr(std::string("no code '") + text + "'" + nearest));
    EXPECT_THAT(outcome.err, HasSubstr("[BST7001]\nhint: see 'bstc explain --help'\n"));
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_EQ(bstc("explain 2003 --markdown").code, 2);
}

TEST_F(Explain, WithoutACodeListsAll) {
  const std::string text = succeed("explain");
  for (const CodeInfo &info : allCodes())
    EXPECT_THAT(text, HasSubstr("  " + codeText(info.code) + "  " + severityName(info.severity)));
  EXPECT_THAT(text, HasSubstr("Quantisation and placement\n  BST2001  warning  nothing is"));
}

TEST_F(Explain, DocumentIsWhatItPrints) {
  std::ifstream stream("../docs/codes.md");
  std::stringstream text;
  text << stream.rdbuf();
  EXPECT_EQ(succeed("explain --markdown"), text.str())
      << "write it anew: bstc explain --markdown >docs/codes.md";
  for (const CodeInfo &info : allCodes())
    EXPECT_THAT(text.str(), HasSubstr("\n| " + codeText(info.code) + " ("));
}

} // namespace
} // namespace bstc::test

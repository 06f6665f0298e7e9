// Man pages and completions, which the build makes of the option tables (tools/bstc/manual).
#include "tests/tool/tool.h"
#include "tools/bstc/manual/manual.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Program.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace bstc::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

/// As the source of a page writes it, in bold where `bold`.
std::string inPage(const std::string &text, bool bold = false) {
  std::string result = bold ? "\\fB" : "";
  for (char c : text) {
    if (c == '-')
      result += '\\';
    result += c;
  }
  return bold ? result + "\\fR" : result;
}

/// All names of an option.
Words namesOf(const Option &option) {
  Words names;
  for (const char *name : {option.name, option.alias, option.synonym})
    if (name)
      names.emplace_back(name);
  return names;
}

TEST(ManPages, HaveEveryOptionAndExample) {
  for (const Subcommand *subcommand : allSubcommands()) {
    const std::string page = manPage(*subcommand);
    EXPECT_THAT(page, HasSubstr(inPage(subcommand->summary)));
    for (llvm::ArrayRef<Option> options : {subcommand->options, commonOptions()})
      for (const Option &option : options) {
        for (const std::string &name : namesOf(option))
          EXPECT_THAT(page, HasSubstr(inPage(name, true))) << subcommand->name;
        EXPECT_THAT(page, HasSubstr(inPage(option.help) + "\n")) << subcommand->name;
      }
    for (const char *example : subcommand->examples)
      EXPECT_THAT(page, HasSubstr(inPage(example))) << subcommand->name;
  }
  const std::string overview = overviewPage(allSubcommands());
  for (const Subcommand *subcommand : allSubcommands())
    EXPECT_THAT(overview, HasSubstr(inPage(std::string("bstc-") + subcommand->name, true) + "(1)"));
}

std::vector<std::string> allPages() {
  std::vector<std::string> pages = {overviewPage(allSubcommands())};
  for (const Subcommand *subcommand : allSubcommands())
    pages.push_back(manPage(*subcommand));
  return pages;
}

/// man(7): the requests that we use, fonts that end where they began, and no text that is taken for
/// a request.
TEST(ManPages, AreWellFormed) {
  for (const std::string &page : allPages()) {
    EXPECT_EQ(page.rfind(".TH BSTC", 0), 0u);
    std::istringstream lines(page);
    int filling = 0, indent = 0;
    for (std::string line; std::getline(lines, line);) {
      EXPECT_NE(line, "") << page;
      if (line[0] == '.') {
        const std::string request = line.substr(1, line.find(' ') - 1);
        EXPECT_THAT((Words{"TH", "SH", "TP", "PP", "B", "br", "nf", "fi", "RS", "RE"}),
                    Contains(request));
        filling += (request == "nf") - (request == "fi");
        indent += (request == "RS") - (request == "RE");
      } else {
        EXPECT_NE(line[0], '\'') << line;
      }
      size_t began = 0, ended = 0;
      for (size_t at = 0; (at = line.find('\\', at)) != std::string::npos; at += 2) {
        ASSERT_LT(at + 1, line.size()) << line;
        EXPECT_NE(std::string("-ef&").find(line[at + 1]), std::string::npos) << line;
        if (line[at + 1] == 'f')
          ++(line[at + 2] == 'R' ? ended : began);
      }
      EXPECT_EQ(began, ended) << line;
    }
    EXPECT_EQ(filling, 0);
    EXPECT_EQ(indent, 0);
    for (const char *section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES",
                                "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"})
      EXPECT_THAT(page, HasSubstr(std::string("\n.SH ") + section + "\n"));
  }
}

class Manual : public ToolTest {
protected:
  /// What bash proposes after these words, the last of which is being typed.
  Words proposed(const std::string &words) const {
    write("bstc.bash", bashCompletion(allSubcommands()));
    const Outcome outcome = shell(
        "bash -c 'source ./bstc.bash; COMP_WORDS=(" + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _bstc; printf \"%s\\n\" \"${COMPREPLY[@]}\"'");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "") << words;
    Words result;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty())
        result.push_back(line);
    return result;
  }
};

TEST_F(Manual, GroffFindsNoFault) {
  ASSERT_TRUE(bool(llvm::sys::findProgramByName("groff"))) << "scripts/setup.sh installs it";
  for (const std::string &page : allPages()) {
    write("page.1", page);
    const Outcome outcome = shell("groff -man -Tutf8 -ww -rLL=100n page.1");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.err, "") << page.substr(0, 40);
    EXPECT_GT(outcome.out.size(), page.size() / 2);
  }
}

TEST_F(Manual, BashCompletesSubcommands) {
  Words names = {"help"};
  for (const Subcommand *subcommand : allSubcommands())
    names.push_back(subcommand->name);
  EXPECT_THAT(proposed("bstc \"\""), testing::UnorderedElementsAreArray(names));
  EXPECT_THAT(proposed("bstc help \"\""), testing::UnorderedElementsAreArray(names));
  EXPECT_THAT(proposed("bstc help zoo \"\""), IsEmpty());
  EXPECT_THAT(proposed("bstc com"), UnorderedElementsAre("compile"));
  EXPECT_THAT(proposed("bstc --ver"), UnorderedElementsAre("--version", "--verbose"));
}

TEST_F(Manual, BashCompletesEveryOption) {
  for (const Subcommand *subcommand : allSubcommands()) {
    const Words found = proposed(std::string("bstc ") + subcommand->name + " -");
    for (llvm::ArrayRef<Option> options : {subcommand->options, commonOptions()})
      for (const Option &option : options)
        EXPECT_THAT(found, testing::IsSupersetOf(namesOf(option))) << subcommand->name;
  }
  EXPECT_THAT(proposed("bstc -v run model.bst --thr"), UnorderedElementsAre("--threads"));
}

TEST_F(Manual, BashCompletesValues) {
  write("mine.json", "");
  std::filesystem::create_directory(path("folder"));
  for (const Subcommand *subcommand : allSubcommands())
    for (const Option &option : subcommand->options)
      if (!option.choices.empty()) {
        const Words choices(option.choices.begin(), option.choices.end());
        EXPECT_THAT(proposed(std::string("bstc ") + subcommand->name + " " + option.name + " \"\""),
                    testing::UnorderedElementsAreArray(choices));
      }
  EXPECT_THAT(proposed("bstc zoo --quant a"), UnorderedElementsAre("affine"));
  EXPECT_THAT(proposed("bstc zoo --quant = a"), UnorderedElementsAre("affine"));
  EXPECT_THAT(proposed("bstc zoo yolov5"), Contains("yolov5x"));
  EXPECT_THAT(proposed("bstc profile --target \"\""),
              testing::AllOf(Contains("bst-a1000b0"), Contains("mine.json")));
  EXPECT_THAT(proposed("bstc targets \"\""),
              testing::AllOf(Contains("bst-a1000b0"), Contains("mine.json")));
  EXPECT_THAT(proposed("bstc compile m"), UnorderedElementsAre("mine.json"));
  write("two words.onnx", "");
  EXPECT_THAT(proposed("bstc compile two"), UnorderedElementsAre("two words.onnx"));
  EXPECT_THAT(proposed("bstc run --device \"\""),
              testing::AllOf(Contains("simulator"), Contains("mine.json")));
  EXPECT_THAT(proposed("bstc run --output-dir \"\""), UnorderedElementsAre("folder"));
  EXPECT_THAT(proposed("bstc run --repeat \"\""), IsEmpty());
}

TEST_F(Manual, ZshTakesTheCompletion) {
  const std::string text = zshCompletion(allSubcommands());
  EXPECT_EQ(text.rfind("#compdef bstc\n", 0), 0u);
  for (const Subcommand *subcommand : allSubcommands())
    for (const Option &option : subcommand->options)
      EXPECT_THAT(text, HasSubstr(std::string(option.name) + (option.value ? "=[" : "[")));
  ASSERT_TRUE(bool(llvm::sys::findProgramByName("zsh"))) << "scripts/setup.sh installs it";
  write("_bstc", text);
  const Outcome outcome = shell("zsh -n _bstc");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
}

} // namespace
} // namespace bstc::test

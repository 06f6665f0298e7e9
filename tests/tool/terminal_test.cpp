// What the tool does on a terminal: colours, and tables that fit. In pipes and files it does
// neither. The terminal is a pseudo-terminal (pty(7)) that nobody but the test reads.
#include "tests/tool/tool.h"

#include "llvm/ADT/SmallVector.h"

#include <gmock/gmock.h>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Terminal : public ToolTest {
protected:
  /// What a line of the shell, in which $BSTC is the tool, writes to a terminal of that width.
  std::string shown(const std::string &line, unsigned short columns = 80) const {
    const winsize size = {24, columns, 0, 0};
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      setenv("BSTC", BSTC_BINARY, 1);
      setenv("TERM", "xterm", 1);
      unsetenv("NO_COLOR");
      unsetenv("COLUMNS");
      if (chdir(path("").c_str()) == 0)
        execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    std::string text;
    char bytes[4096];
    for (ssize_t count; (count = ::read(terminal, bytes, sizeof bytes)) > 0;)
      text.append(bytes, size_t(count));
    close(terminal);
    waitpid(child, nullptr, 0);
    std::erase(text, '\r'); // A terminal's ends of lines.
    return text;
  }
  /// The longest line, without colours.
  static size_t widest(const std::string &text) {
    size_t most = 0, here = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\x1b')
        i = text.find('m', i);
      else if (text[i] == '\n')
        here = 0;
      else
        most = std::max(most, ++here);
    }
    return most;
  }
};

const std::string escape = "\x1b[";

TEST_F(Terminal, ErrorsAreRed) {
  EXPECT_THAT(shown("$BSTC inspect missing.bst"),
              testing::StartsWith("bstc: " + escape + "1;31merror:" + escape + "0m missing.bst"));
}

TEST_F(Terminal, WarningsNotesAndHeadingsStandOut) {
  write("bad.png", "no picture");
  writePackage();
  EXPECT_THAT(shown("$BSTC detect model.bst bad.png"),
              HasSubstr("bstc: " + escape + "1;33mwarning:" + escape + "0m "));
  EXPECT_THAT(shown("$BSTC targets"), HasSubstr(escape + "1mtarget "));
  const std::string help = shown("$BSTC help run");
  for (const char *heading : {"Usage:", "Options:", "Examples:"})
    EXPECT_THAT(help, HasSubstr(escape + "1m" + heading + escape + "0m"));
  writeModel("--quant float");
  EXPECT_THAT(shown("$BSTC compile model.onnx --no-fidelity"),
              HasSubstr(escape + "1;33mwarning:" + escape + "0m "));
}

TEST_F(Terminal, NobodyGetsColoursWhoCannotSeeThem) {
  for (const char *line : {"NO_COLOR=1 $BSTC help run; NO_COLOR=1 $BSTC inspect missing.bst",
                           "TERM=dumb $BSTC help run; TERM=dumb $BSTC inspect missing.bst",
                           "unset TERM; $BSTC help run; $BSTC inspect missing.bst",
                           "$BSTC help run | cat; $BSTC inspect missing.bst 2>&1 | cat"}) {
    const std::string text = shown(line);
    EXPECT_THAT(text, HasSubstr("Usage:")) << line;
    EXPECT_THAT(text, HasSubstr("error:")) << line;
    EXPECT_THAT(text, Not(HasSubstr(escape))) << line;
  }
  // An empty NO_COLOR counts as none (no-color.org).
  EXPECT_THAT(shown("NO_COLOR= $BSTC help run"), HasSubstr(escape));
}

TEST_F(Terminal, TablesFitIt) {
  writePackage();
  const std::string everything = succeed("compile model.onnx --no-fidelity --explain");
  EXPECT_GT(widest(everything), 110u); // In a pipe, as long as it is.
  EXPECT_EQ(widest(shown("$BSTC compile model.onnx --no-fidelity --explain | cat", 70)),
            widest(everything));

  // The table of nodes; the rest of the text need not fit.
  const auto nodes = [&](const std::string &line, unsigned short columns) {
    const std::string text = shown(line, columns);
    return text.substr(0, text.find("\n\n"));
  };
  const std::string explain = "$BSTC compile model.onnx --no-fidelity --explain";
  for (unsigned short columns : {70, 80, 100})
    EXPECT_EQ(widest(nodes(explain, columns)), columns);
  EXPECT_EQ(widest(nodes("COLUMNS=66 " + explain, 100)), 66u);
  // Both ends of a name stay, and what is short stays whole.
  const std::string narrow = nodes(explain, 80);
  EXPECT_NE(narrow.find("\n/quant/activa..QuantizeLinear  quantize    dsp "), std::string::npos);
  EXPECT_NE(narrow.find("\n/model.0/conv/Conv  "), std::string::npos);
  EXPECT_TRUE(nodes(explain, 400) == nodes(explain, 300));
  EXPECT_EQ(nodes(explain, 20), nodes(explain, 62)); // Names of 20 characters stay.

  // Shapes are no names: they stay whole, and the lines wrap.
  EXPECT_THAT(shown("$BSTC profile model.bst"), HasSubstr(" 1x16x32x32 "));
}

TEST_F(Terminal, ProgressNeedsOneThatIsNotDumb) {
  write("bad.png", "no picture");
  writePackage();
  EXPECT_THAT(shown("$BSTC detect model.bst bad.png"), HasSubstr(escape + "K"));
  for (const char *line :
       {"TERM=dumb $BSTC detect model.bst bad.png", "TERM= $BSTC detect model.bst bad.png"}) {
    const std::string text = shown(line);
    EXPECT_THAT(text, HasSubstr("warning: ")) << line;
    EXPECT_THAT(text, Not(HasSubstr(escape))) << line;
  }
}

} // namespace
} // namespace bstc::test

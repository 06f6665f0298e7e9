#include "tools/bstc/cli/terminal.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace bstc {

bool isDumbTerminal() {
  const char *terminal = std::getenv("TERM");
  return !terminal || !*terminal || llvm::StringRef(terminal) == "dumb";
}

static bool showsColours(const llvm::raw_ostream &stream) {
  const char *none = std::getenv("NO_COLOR");
  return stream.is_displayed() && !(none && *none) && !isDumbTerminal();
}

std::string painted(const llvm::raw_ostream &stream, Paint paint, llvm::StringRef text) {
  constexpr const char *codes[] = {"1;31", "1;33", "1;36", "1"}; // Red, yellow, cyan; all bold.
  if (!showsColours(stream))
    return text.str();
  return "\x1b[" + std::string(codes[size_t(paint)]) + "m" + text.str() + "\x1b[0m";
}

size_t terminalWidth(const llvm::raw_ostream &stream) {
  if (!stream.is_displayed())
    return 0;
  size_t columns = 0;
  if (const char *said = std::getenv("COLUMNS");
      said && !llvm::StringRef(said).getAsInteger(10, columns) && columns > 0)
    return columns;
  winsize size = {}; // LLVM's Process::StandardOutColumns() knows COLUMNS only.
  const int descriptor = &stream == &llvm::errs() ? STDERR_FILENO : STDOUT_FILENO;
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

llvm::raw_ostream &warning() {
  llvm::outs().flush(); // What was printed before is seen before.
  return llvm::errs() << "bstc: " << painted(llvm::errs(), Paint::Warning, "warning:") << ' ';
}

} // namespace bstc

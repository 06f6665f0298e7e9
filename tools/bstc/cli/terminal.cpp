#include "tools/bstc/cli/terminal.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

namespace bstc {

static bool showsColours(const llvm::raw_ostream &stream) {
  const char *none = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  return stream.is_displayed() && !(none && *none) && terminal &&
         llvm::StringRef(terminal) != "dumb";
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
  return &stream == &llvm::errs() ? llvm::sys::Process::StandardErrColumns()
                                  : llvm::sys::Process::StandardOutColumns();
}

llvm::raw_ostream &warning() {
  llvm::outs().flush(); // What was printed before is seen before.
  return llvm::errs() << "bstc: " << painted(llvm::errs(), Paint::Warning, "warning:") << ' ';
}

} // namespace bstc

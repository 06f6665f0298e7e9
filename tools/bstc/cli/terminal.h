#ifndef BSTC_TOOLS_BSTC_CLI_TERMINAL_H
#define BSTC_TOOLS_BSTC_CLI_TERMINAL_H

#include "llvm/ADT/StringRef.h"

#include <cstddef>
#include <string>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// What a piece of text is, for its colour.
enum class Paint { Error, Warning, Note, Heading };

/// The terminal takes no escape sequences: TERM is "dumb", empty or not set.
bool isDumbTerminal();

/// `text` in the colour of `paint`, where `stream` is a terminal that shows colours: not a pipe or
/// a file, not a dumb one, and NO_COLOR is not set (no-color.org). Else `text` as it is.
std::string painted(const llvm::raw_ostream &stream, Paint paint, llvm::StringRef text);

/// Columns of the terminal behind `stream` (COLUMNS in the environment, else what it says itself);
/// 0 where it is none and lines may have any length.
size_t terminalWidth(const llvm::raw_ostream &stream);

/// stderr, with "bstc: warning: " at the start of a new line.
llvm::raw_ostream &warning();

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_TERMINAL_H

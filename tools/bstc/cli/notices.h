#ifndef BSTC_TOOLS_BSTC_CLI_NOTICES_H
#define BSTC_TOOLS_BSTC_CLI_NOTICES_H

#include "ir/error.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

class JsonWriter;

/// Prints one line per notice: "warning: node 'a' runs in float on DSP: why [BST2003]". Where a
/// code has more than three, those with the same reason become one line with the nodes that they
/// are about, the first few by name: "warning: 87 nodes: runs in float on DSP: why: a, b, c, ...
/// (-v lists each) [BST2003]". With `each`, all have their own line. Where `stream` is
/// llvm::nulls(), as a file goes to stdout, warnings go to stderr.
void printNotices(llvm::ArrayRef<Notice> notices, llvm::raw_ostream &stream, bool each = false);

/// The member "notices" of the object that is open: an array of {code, severity, node, text}, whose
/// code is a text such as "BST2003".
void writeNotices(JsonWriter &json, llvm::ArrayRef<Notice> notices);

/// One line on stderr, behind what stdout has: "bstc: warning: text [BST6014]".
void warn(Code code, const llvm::Twine &text);

/// `text [BST1009]`.
std::string withCode(Code code, llvm::StringRef text);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_NOTICES_H

#ifndef BSTC_TOOLS_BSTC_CLI_NOTICES_H
#define BSTC_TOOLS_BSTC_CLI_NOTICES_H

#include "ir/error.h"

namespace llvm {
class raw_ostream;
}

namespace bstc {

class JsonWriter;

/// Prints one line per notice: "note: node 'a' reads int8 data but runs on DSP: why [BST2003]".
/// More than three with one code become one line with the nodes that they are about, the first few
/// by name: "note: 87 nodes: a layer falls back to float on DSP: a, b, c, ... [BST2003]". With
/// `each`, every notice has its own line.
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

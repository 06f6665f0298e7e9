#ifndef BSTC_IR_NOTICE_H
#define BSTC_IR_NOTICE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace bstc {

/// What a notice or an error is about: a row of codes.def. The value is its number, which stays for
/// ever; users read it as "BST2003".
enum class Code : uint16_t {
#define BSTC_CODE(number, name, ...) name = number,
#include "ir/codes.def"
};

enum class Severity : uint8_t {
  Note,    ///< Worth knowing; nothing is wrong.
  Warning, ///< The work goes on, but costs speed, accuracy or completeness.
  Error,   ///< What was asked for is not done.
};
/// "note", "warning", "error".
const char *severityName(Severity severity);

/// Row of codes.def. Texts are one paragraph each.
struct CodeInfo {
  Code code;
  Severity severity;       ///< As it usually is; a Notice may have another.
  const char *name;        ///< The enumerator, for our own messages.
  const char *title;       ///< One phrase without a full stop.
  const char *cause;       ///< Why it happens.
  const char *consequence; ///< What it means for speed, accuracy or the command that was given.
  const char *cure;        ///< What to do: an option of bstc or a change of the model.
};
/// All rows by rising number.
llvm::ArrayRef<CodeInfo> allCodes();
const CodeInfo &codeInfo(Code code);
/// The row that a user means by "BST2003", "bst2003" or "2003"; null: there is none.
const CodeInfo *findCode(llvm::StringRef text);
/// "BST2003".
std::string codeText(Code code);

/// Something that a user should know about a model, although the work goes on.
struct Notice {
  Code code;
  Severity severity;
  std::string node; ///< The node of the file that it is about; empty: the whole network.
  std::string text; ///< One sentence that stands by itself, with the node's name in it.
  /// What it says of the node, "runs in float on DSP: why": for one line about many nodes. Empty:
  /// the code's title.
  std::string reason = {};
};
/// With the severity of the code's row.
Notice makeNotice(Code code, std::string text, std::string node = "");

} // namespace bstc

#endif // BSTC_IR_NOTICE_H

#include "ir/notice.h"

#include "llvm/ADT/STLExtras.h"

namespace bstc {

static constexpr CodeInfo codeTable[] = {
#define BSTC_CODE(number, name, severity, ...) {Code::name, Severity::severity, #name, __VA_ARGS__},
#include "ir/codes.def"
};

llvm::ArrayRef<CodeInfo> allCodes() { return codeTable; }

const CodeInfo &codeInfo(Code code) {
  return *llvm::find_if(codeTable, [&](const CodeInfo &info) { return info.code == code; });
}

const CodeInfo *findCode(llvm::StringRef text) {
  if (text.startswith_insensitive("bst"))
    text = text.drop_front(3);
  unsigned number = 0;
  if (text.size() != 4 || text.getAsInteger(10, number))
    return nullptr;
  const auto *found =
      llvm::find_if(codeTable, [&](const CodeInfo &info) { return unsigned(info.code) == number; });
  return found == std::end(codeTable) ? nullptr : found;
}

std::string codeText(Code code) { return "BST" + std::to_string(unsigned(code)); }

const char *severityName(Severity severity) {
  switch (severity) {
  case Severity::Note:
    return "note";
  case Severity::Warning:
    return "warning";
  case Severity::Error:
    return "error";
  }
  return "";
}

Notice makeNotice(Code code, std::string text, std::string node) {
  return {code, codeInfo(code).severity, std::move(node), std::move(text)};
}

} // namespace bstc

#include "tools/bstc/files/html_page.h"

namespace bstc {

std::string fillPage(llvm::StringRef rest,
                     llvm::ArrayRef<std::pair<llvm::StringRef, std::string>> parts) {
  std::string page;
  while (!rest.empty()) {
    const auto [before, after] = rest.split("{{");
    page += before;
    const auto [name, next] = after.split("}}");
    for (const auto &[key, text] : parts)
      if (key == name)
        page += text;
    rest = next;
  }
  return page;
}

/// JSON in a script element must not end it, nor open a comment: "<" only occurs within texts,
/// where an escape may stand for it.
std::string inScript(llvm::StringRef json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json)
    text += c == '<' ? "\\u003c" : std::string(1, c);
  return text;
}

std::string asHtml(llvm::StringRef text) {
  std::string escaped;
  for (const char c : text)
    escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return escaped;
}

} // namespace bstc

#include "tools/bstc/cli/notices.h"

#include "tools/bstc/cli/table.h"
#include "tools/bstc/cli/terminal.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <vector>

namespace bstc {

std::string withCode(Code code, llvm::StringRef text) {
  return (text + " [" + codeText(code) + "]").str();
}

void warn(Code code, const llvm::Twine &text) { warning() << withCode(code, text.str()) << '\n'; }

/// "87 nodes: a layer falls back to float on DSP: a, b, c, ..." for notices of one code.
static std::string groupText(llvm::ArrayRef<const Notice *> group) {
  constexpr size_t most = 5;
  std::vector<std::string> nodes;
  for (const Notice *notice : group)
    if (!notice->node.empty())
      nodes.push_back(notice->node);
  std::string text =
      (nodes.empty() ? counted(group.size(), "time") : counted(nodes.size(), "node")) + ": " +
      codeInfo(group.front()->code).title;
  for (size_t i = 0; i < std::min(nodes.size(), most); ++i)
    text += (i ? ", " : ": ") + nodes[i];
  return text + (nodes.size() > most ? ", ..." : "");
}

void printNotices(llvm::ArrayRef<Notice> notices, llvm::raw_ostream &stream, bool each) {
  constexpr size_t mostAlone = 3;
  std::vector<Code> grouped;
  for (const Notice &notice : notices) {
    llvm::SmallVector<const Notice *, 4> group;
    for (const Notice &other : notices)
      if (other.code == notice.code)
        group.push_back(&other);
    if (each || group.size() <= mostAlone) {
      stream << painted(stream, Paint::Note, "note:") << ' ' << withCode(notice.code, notice.text)
             << '\n';
    } else if (!llvm::is_contained(grouped, notice.code)) {
      grouped.push_back(notice.code);
      stream << painted(stream, Paint::Note, "note:") << ' '
             << withCode(notice.code, groupText(group)) << '\n';
    }
  }
}

void writeNotices(JsonWriter &json, llvm::ArrayRef<Notice> notices) {
  json.key("notices");
  json.beginArray();
  for (const Notice &notice : notices) {
    json.beginObjectOnOneLine();
    json.member("code", codeText(notice.code));
    json.member("severity", severityName(notice.severity));
    json.member("node", notice.node);
    json.member("text", notice.text);
    json.endObject();
  }
  json.endArray();
}

} // namespace bstc

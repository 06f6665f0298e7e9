#include "tools/bstc/cli/notices.h"

#include "tools/bstc/cli/terminal.h"

#include "llvm/Support/raw_ostream.h"

namespace bstc {

void printNotices(llvm::ArrayRef<std::string> notices, llvm::raw_ostream &stream) {
  for (const std::string &notice : notices)
    stream << painted(stream, Paint::Note, "note:") << ' ' << notice << '\n';
}

void writeNotices(JsonWriter &json, llvm::ArrayRef<std::string> notices) {
  json.key("notices");
  json.beginArray();
  for (const std::string &notice : notices) {
    json.beginObject();
    json.member("text", notice);
    json.endObject();
  }
  json.endArray();
}

} // namespace bstc

#include "tools/bstc/files/json_writer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

#include <charconv>
#include <cmath>

namespace bstc {

void JsonWriter::newLine() {
  text += '\n';
  text.append(2 * depth, ' ');
}

void JsonWriter::startValue() {
  if (!afterKey && depth > 0) {
    if (!first)
      text += ',';
    if (oneLineDepth == 0)
      newLine();
    else if (!first)
      text += ' ';
  }
  afterKey = false;
  first = false;
}

void JsonWriter::open(char bracket, bool oneLine) {
  startValue();
  text += bracket;
  ++depth;
  if (oneLine && oneLineDepth == 0)
    oneLineDepth = depth;
  first = true;
}

void JsonWriter::close(char bracket) {
  --depth;
  if (!first && oneLineDepth == 0)
    newLine();
  if (depth < oneLineDepth)
    oneLineDepth = 0;
  text += bracket;
  first = false;
}

void JsonWriter::beginDocument(llvm::StringRef kind, int32_t schema) {
  beginObject();
  member("schema", schema);
  member("kind", kind);
  member("bstc", BSTC_VERSION);
}

void JsonWriter::key(llvm::StringRef name) {
  startValue();
  quote(name);
  text += ": ";
  afterKey = true;
}

/// Bytes of the UTF-8 character at the start of `content`, 0 where there is none.
static size_t characterLength(llvm::StringRef content) {
  const size_t length = llvm::getNumBytesForUTF8(llvm::UTF8(content.front()));
  const auto *bytes = reinterpret_cast<const llvm::UTF8 *>(content.data());
  return length <= content.size() && llvm::isLegalUTF8Sequence(bytes, bytes + length) ? length : 0;
}

void JsonWriter::quote(llvm::StringRef content) {
  text += '"';
  while (!content.empty()) {
    const char c = content.front();
    const size_t length = characterLength(content);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text += "\\u00";
      text += llvm::hexdigit(unsigned(c) / 16, true);
      text += llvm::hexdigit(unsigned(c) % 16, true);
    } else if (length > 0) {
      text += content.take_front(length);
    } else {
      text += "\xef\xbf\xbd"; // U+FFFD, the replacement character.
    }
    content = content.drop_front(std::max<size_t>(length, 1));
  }
  text += '"';
}

template <typename T> void JsonWriter::number(T content) {
  char digits[64];
  const auto result = std::to_chars(digits, digits + sizeof digits, content);
  text.append(digits, result.ptr);
}

void JsonWriter::value(llvm::StringRef content) {
  startValue();
  quote(content);
}

void JsonWriter::value(bool truth) {
  startValue();
  text += truth ? "true" : "false";
}

void JsonWriter::value(uint64_t content) {
  startValue();
  number(content);
}

void JsonWriter::value(int64_t content) {
  startValue();
  number(content);
}

void JsonWriter::value(double content) {
  startValue();
  if (std::isfinite(content))
    number(content);
  else
    text += "null";
}

void JsonWriter::value(float content) {
  startValue();
  if (std::isfinite(content))
    number(content);
  else
    text += "null";
}

void JsonWriter::value(llvm::ArrayRef<int32_t> numbers) {
  startValue();
  text += '[';
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0)
      text += ", ";
    number(numbers[i]);
  }
  text += ']';
}

} // namespace bstc

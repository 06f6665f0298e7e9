#include "runtime/support/text.h"

#include <cstdio>

namespace bst {

namespace {

template <class T> const T &at(uint64_t word) {
  return *reinterpret_cast<const T *>(uintptr_t(word));
}

void appendNumber(TextSink &out, uint64_t magnitude, bool negative) {
  char digits[24];
  char *begin = std::end(digits);
  do
    *--begin = char('0' + magnitude % 10);
  while (magnitude /= 10);
  if (negative)
    *--begin = '-';
  out.append({begin, std::end(digits)});
}

void appendSigned(TextSink &out, int64_t number) {
  appendNumber(out, number < 0 ? 0 - uint64_t(number) : uint64_t(number), number < 0);
}

void appendReal(TextSink &out, double number) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%g", number);
  out.append(digits);
}

void appendQuoted(TextSink &out, std::string_view name) {
  constexpr size_t mostShown = 120;
  out.append("'");
  out.append(name.substr(0, mostShown));
  out.append(name.size() > mostShown ? "...'" : "'");
}

void appendShape(TextSink &out, std::span<const int32_t> shape) {
  const char *before = "[";
  for (int32_t extent : shape) {
    out.append(before);
    appendSigned(out, extent);
    before = ",";
  }
  out.append(shape.empty() ? "[]" : "]");
}

void appendPart(TextSink &out, TextKind kind, uint64_t word) {
  switch (kind) {
  case TextKind::Signed:
    return appendSigned(out, int64_t(word));
  case TextKind::Unsigned:
    return appendNumber(out, word, false);
  case TextKind::Real:
    return appendReal(out, std::bit_cast<double>(word));
  case TextKind::Chars:
    return out.append(&at<char>(word));
  case TextKind::View:
    return out.append(at<std::string_view>(word));
  case TextKind::String:
    return out.append(at<std::string>(word));
  case TextKind::Quoted:
    return appendQuoted(out, at<Quoted>(word).name);
  case TextKind::Shape:
    return appendShape(out, at<std::vector<int32_t>>(word));
  case TextKind::Extents:
    return appendShape(out, at<std::span<const int32_t>>(word));
  case TextKind::Label:
    return at<TextLabel>(word).describe(out);
  case TextKind::Text:
    return out.print(at<Text>(word));
  case TextKind::End:
    return;
  }
}

} // namespace

/// Bytes of the character that `text`, in UTF-8, begins with; 0 where that is none to be shown.
static size_t characterSize(std::string_view text) {
  const auto lead = uint8_t(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (size < 2)
    return size == 1 && lead >= ' ' && lead != 127;
  if (size > text.size() || lead > 0xf4)
    return 0;
  uint32_t code = lead & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((text[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (text[i] & 0x3f);
  }
  // Below there are shorter forms, and the control characters from 0x80 on.
  constexpr uint32_t least[] = {0xa0, 0x800, 0x10000};
  const bool isSurrogate = code >= 0xd800 && code < 0xe000;
  const bool endsLine = code == 0x2028 || code == 0x2029;
  return code >= least[size - 2] && code < 0x110000 && !isSurrogate && !endsLine ? size : 0;
}

void makeOneLine(char *text, size_t length) {
  for (size_t at = 0; at < length;) {
    const size_t size = characterSize({text + at, length - at});
    if (!size)
      text[at] = '?';
    at += size ? size : 1;
  }
}

void TextSink::print(Text text) {
  std::string_view rest = text.format;
  const uint64_t *word = text.words;
  for (uint64_t kinds = *word++; kinds; kinds >>= 4) {
    const size_t place = rest.find("{}");
    append(rest.substr(0, place));
    appendPart(*this, TextKind(kinds & 15), *word++);
    rest.remove_prefix(place + 2);
  }
  append(rest);
}

namespace {

struct Joined final : TextSink {
  void append(std::string_view part) override { text += part; }
  std::string text;
};

} // namespace

std::string joinText(Text text) {
  Joined joined;
  joined.print(text);
  return std::move(joined.text);
}

} // namespace bst

#include "runtime/text.h"

#include <cstdio>

namespace bst {

namespace {

template <class T> const T &at(uint64_t word) { return *std::bit_cast<const T *>(word); }

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
  for (char c : name.substr(0, mostShown)) {
    const char shown = uint8_t(c) < ' ' || c == 127 ? '?' : c; // char is unsigned on ARM.
    out.append({&shown, 1});
  }
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

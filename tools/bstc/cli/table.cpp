#include "tools/bstc/cli/table.h"

#include "tools/bstc/cli/terminal.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

constexpr llvm::StringRef mark = "..";

static std::string shortened(std::string text, size_t most) {
  if (text.size() > most)
    text.replace(0, text.size() - most + mark.size(), mark.data());
  return text;
}

/// The first byte of a letter, not one of those that go on with it (UTF-8).
static bool startsLetter(char c) { return (uint8_t(c) & 0xC0) != 0x80; }

/// `text` in at most `most` bytes (more than the mark's), with the mark for its middle.
static std::string withoutMiddle(const std::string &text, size_t most) {
  if (text.size() <= most)
    return text;
  size_t head = (most - mark.size()) / 2, tail = text.size() - (most - mark.size() - head);
  while (head > 0 && !startsLetter(text[head]))
    --head;
  while (tail < text.size() && !startsLetter(text[tail]))
    ++tail;
  return text.substr(0, head) + mark.str() + text.substr(tail);
}

constexpr size_t columnGap = 2;

std::vector<size_t> Table::columnWidths(size_t width) const {
  std::vector<size_t> widths;
  size_t sum = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    size_t widest = llvm::StringRef(columns[i].title).size();
    for (const auto &row : rows)
      if (!row.empty())
        widest = std::max(widest, std::min(row[i].size(), columns[i].most));
    widths.push_back(widest);
    sum += widest + (i ? columnGap : 0);
  }
  constexpr size_t narrowest = 20; // A shorter name tells nothing.
  for (; width && sum > width; --sum) {
    size_t *most = nullptr;
    for (size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name && (!most || widths[i] > *most) &&
          widths[i] > std::max(narrowest, llvm::StringRef(columns[i].title).size()))
        most = &widths[i];
    if (!most)
      break; // The terminal wraps what is left.
    --*most;
  }
  return widths;
}

void Table::print(llvm::raw_ostream &stream) const { print(stream, terminalWidth(stream)); }

void Table::print(llvm::raw_ostream &stream, size_t width) const {
  const std::vector<size_t> widths = columnWidths(width);
  const auto line = [&](llvm::function_ref<std::string(size_t)> cell) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      std::string text = cell(i);
      text = widths[i] < std::min(text.size(), columns[i].most)
                 ? withoutMiddle(text, widths[i])
                 : shortened(std::move(text), columns[i].most);
      const std::string padding(widths[i] - text.size(), ' ');
      if (i)
        line += std::string(columnGap, ' ');
      line += columns[i].rightAligned ? padding + text : text + padding;
    }
    return llvm::StringRef(line).rtrim().str();
  };
  const std::string rule = line([&](size_t i) { return std::string(widths[i], '-'); });
  stream << painted(stream, Paint::Heading, line([&](size_t i) { return columns[i].title; }))
         << '\n'
         << rule << '\n';
  for (const auto &row : rows)
    stream << (row.empty() ? rule : line([&](size_t i) { return row[i]; })) << '\n';
}

std::string withCommas(uint64_t number) {
  std::string text = std::to_string(number);
  for (ptrdiff_t at = ptrdiff_t(text.size()) - 3; at > 0; at -= 3)
    text.insert(size_t(at), 1, ',');
  return text;
}

std::string fixedPoint(double number, int digits) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*f", digits, number);
  return text;
}

std::string signedFixed(double number, int digits) {
  const std::string text = fixedPoint(number, digits);
  if (text.find_first_not_of("-0.") == std::string::npos)
    return fixedPoint(0, digits);
  return (number > 0 ? "+" : "") + text;
}

std::string numberText(double number, int digits) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, number);
  return text;
}

std::string counted(uint64_t number, const std::string &noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string withPrefix(double number) {
  const char *prefixes[] = {"", " k", " M", " G", " T", " P", " E"};
  size_t prefix = 0;
  // 999.5 would print as "1000".
  while (number >= 999.5 && prefix + 1 < std::size(prefixes)) {
    number /= 1000;
    ++prefix;
  }
  const int digits = prefix == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  return fixedPoint(number, digits) + prefixes[prefix];
}

std::string bytesText(uint64_t bytes) {
  const std::string text = withPrefix(double(bytes));
  return text + (llvm::StringRef(text).contains(' ') ? "B" : " B");
}

std::string shapeText(llvm::ArrayRef<int32_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(shape, stream, "x");
  return text;
}

} // namespace bstc

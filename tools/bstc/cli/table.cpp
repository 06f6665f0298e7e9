#include "tools/bstc/cli/table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace bstc {

static std::string shortened(std::string text, size_t most) {
  constexpr llvm::StringRef mark = "..";
  if (text.size() > most)
    text.replace(0, text.size() - most + mark.size(), mark.data());
  return text;
}

void Table::print(llvm::raw_ostream &stream) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns.size(); ++i) {
    size_t width = llvm::StringRef(columns[i].title).size();
    for (const auto &row : rows)
      if (!row.empty())
        width = std::max(width, std::min(row[i].size(), columns[i].most));
    widths.push_back(width);
  }
  const auto printLine = [&](llvm::function_ref<std::string(size_t)> cell) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string text = shortened(cell(i), columns[i].most);
      const std::string padding(widths[i] - text.size(), ' ');
      if (i)
        line += "  ";
      line += columns[i].rightAligned ? padding + text : text + padding;
    }
    stream << llvm::StringRef(line).rtrim() << '\n';
  };
  const auto printRule = [&] { printLine([&](size_t i) { return std::string(widths[i], '-'); }); };
  printLine([&](size_t i) { return columns[i].title; });
  printRule();
  for (const auto &row : rows)
    if (row.empty())
      printRule();
    else
      printLine([&](size_t i) { return row[i]; });
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

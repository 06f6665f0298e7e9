#ifndef BSTC_TOOLS_BSTC_CLI_TABLE_H
#define BSTC_TOOLS_BSTC_CLI_TABLE_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace bstc {

/// A column of a table for the terminal.
struct Column {
  const char *title;
  bool rightAligned = false;
  size_t most = 200; ///< Longer cells lose their front: names differ at their end.
  bool name = false; ///< May lose the middle of its cells on a narrow terminal.
};

/// A column of names or reasons, which are still known by their head and tail.
inline Column nameColumn(const char *title, size_t most = 200) {
  return {title, false, most, true};
}

/// Rows of text under aligned columns. On a terminal that is too narrow for them, the widest
/// columns of names lose the middle of their longest cells, down to 20 characters; everything else
/// stays whole, and the terminal wraps what is still too long.
class Table {
public:
  explicit Table(std::vector<Column> columns) : columns(std::move(columns)) {}
  /// One cell per column.
  void add(std::vector<std::string> cells) { rows.push_back(std::move(cells)); }
  /// A line between the rows before and after.
  void addRule() { rows.emplace_back(); }
  void print(llvm::raw_ostream &stream) const;
  /// The same in lines of `width` characters; 0: as long as they are.
  void print(llvm::raw_ostream &stream, size_t width) const;

private:
  std::vector<size_t> columnWidths(size_t width) const;

  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows; ///< An empty row is a rule.
};

/// "1,234,567".
std::string withCommas(uint64_t number);
/// "1 node", "2 nodes".
std::string counted(uint64_t number, const std::string &noun);
/// "1.23 M": three digits and a decimal prefix.
std::string withPrefix(double number);
/// "1.23 MB": withPrefix and a B.
std::string bytesText(uint64_t bytes);
/// Fixed point with `digits` decimals.
std::string fixedPoint(double number, int digits);
/// The same with a sign for what is more than nothing, and never "-0.0".
std::string signedFixed(double number, int digits);
/// As short as `digits` significant ones allow: "25.6", "1.5e-07".
std::string numberText(double number, int digits = 9);
/// "1x3x640x640"; "scalar" for no extents.
std::string shapeText(llvm::ArrayRef<int32_t> shape);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_TABLE_H

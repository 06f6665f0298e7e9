#ifndef BSTC_TOOLS_BSTC_FILES_JSON_WRITER_H
#define BSTC_TOOLS_BSTC_FILES_JSON_WRITER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace bstc {

/// Writes JSON (RFC 8259) as it goes: members stay in the order of the calls, two spaces per level;
/// the shortest digits that read back as the same number. Text that is not UTF-8 is mended.
///
/// LLVM's JSON classes would do, but llvm/Support/JSON.h of LLVM 14 does not compile as C++20 with
/// Clang and libstdc++ 12.
class JsonWriter {
public:
  void beginObject() { open('{'); }
  /// The object that is the whole document, with what those of most subcommands begin with (eval
  /// and profile have heads of their own): "schema", which changes when a field is renamed or means
  /// something else; "kind", the subcommand; and "bstc", the version of the tool.
  void beginDocument(llvm::StringRef kind, int32_t schema = 1);
  void endObject() { close('}'); }
  void beginArray() { open('['); }
  void endArray() { close(']'); }
  /// The same, and everything in it, on one line: rows of a long table.
  void beginObjectOnOneLine() { open('{', true); }
  void beginArrayOnOneLine() { open('[', true); }
  /// The name of the member whose value comes next.
  void key(llvm::StringRef name);

  void value(llvm::StringRef text);
  void value(const char *text) { value(llvm::StringRef(text)); }
  void value(const std::string &text) { value(llvm::StringRef(text)); }
  void value(bool truth);
  void value(uint64_t number);
  void value(int64_t number);
  void value(int32_t number) { value(int64_t(number)); }
  void value(uint32_t number) { value(uint64_t(number)); }
  void value(double number); ///< null where it is not finite.
  void value(float number);
  void value(llvm::ArrayRef<int32_t> numbers); ///< An array on one line.

  template <typename T> void member(llvm::StringRef name, const T &content) {
    key(name);
    value(content);
  }

  /// A member that is an array with an object for each row, whose members `write(row)` adds.
  template <typename Rows, typename Write>
  void objects(llvm::StringRef name, const Rows &rows, Write write) {
    writeObjects(name, rows, write, false);
  }
  /// The same with each object on one line.
  template <typename Rows, typename Write>
  void objectsOnOneLine(llvm::StringRef name, const Rows &rows, Write write) {
    writeObjects(name, rows, write, true);
  }
  /// A member that is an array of values, on one line.
  template <typename Values> void arrayOnOneLine(llvm::StringRef name, const Values &values) {
    key(name);
    beginArrayOnOneLine();
    for (const auto &element : values)
      value(element);
    endArray();
  }

  /// The document, with a newline at its end.
  std::string take() { return std::move(text) + "\n"; }

private:
  template <typename Rows, typename Write>
  void writeObjects(llvm::StringRef name, const Rows &rows, Write &write, bool oneLine) {
    key(name);
    beginArray();
    for (const auto &row : rows) {
      open('{', oneLine);
      write(row);
      endObject();
    }
    endArray();
  }
  void open(char bracket, bool oneLine = false);
  void close(char bracket);
  void startValue();
  void newLine();
  void quote(llvm::StringRef content);
  template <typename T> void number(T content);

  std::string text;
  size_t depth = 0;
  size_t oneLineDepth = 0; ///< Of the outermost bracket that is on one line; 0: none.
  bool first = true;       ///< Nothing yet in the innermost bracket.
  bool afterKey = false;   ///< The next value belongs to a key on this line.
};

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_FILES_JSON_WRITER_H

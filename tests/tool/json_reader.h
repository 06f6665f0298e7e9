#ifndef BSTC_TESTS_TOOL_JSON_READER_H
#define BSTC_TESTS_TOOL_JSON_READER_H

#include <memory>
#include <string>

namespace bstc::test {

/// A JSON document, read by LLVM's parser (an independent reader of what the tool writes). Values
/// are named by their path: "commands.3.macs". A path that leads nowhere, or to another kind of
/// value, fails the test.
class JsonReader {
public:
  explicit JsonReader(const std::string &text);
  ~JsonReader();
  double number(const std::string &path) const;
  std::string text(const std::string &path) const;
  bool truth(const std::string &path) const;
  /// Elements of an array; "" is the document itself.
  size_t size(const std::string &path) const;
  bool has(const std::string &path) const;

private:
  struct Document;
  std::unique_ptr<Document> document;
};

} // namespace bstc::test

#endif // BSTC_TESTS_TOOL_JSON_READER_H

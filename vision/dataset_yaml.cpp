#include "vision/dataset_yaml.h"

#include "ir/error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <optional>

namespace bstc {

namespace yaml = llvm::yaml;

namespace {

/// Walks the document once; the first complaint, with its line, is in `error`.
class Reader {
public:
  Reader(llvm::StringRef text, llvm::StringRef file) : file(file), stream(text, sources) {
    sources.setDiagHandler(
        [](const llvm::SMDiagnostic &diagnostic, void *context) {
          auto &reader = *static_cast<Reader *>(context);
          if (reader.error.empty())
            reader.error = (reader.file + ":" + llvm::Twine(diagnostic.getLineNo()) + ": " +
                            diagnostic.getMessage())
                               .str();
        },
        this);
  }

  llvm::Expected<DatasetYaml> read() {
    auto document = stream.begin();
    yaml::Node *root = document == stream.end() ? nullptr : document->getRoot();
    auto *members = llvm::dyn_cast_or_null<yaml::MappingNode>(root);
    if (!members && error.empty())
      error = (file + ": not a dataset: a map with 'path', 'val' and 'names' is needed").str();
    if (members)
      for (yaml::KeyValueNode &member : *members) {
        readMember(member);
        if (!error.empty())
          break;
      }
    if (error.empty() && count && !result.names.empty() && *count != result.names.size())
      error = (file + ": nc is " + llvm::Twine(*count) + ", but there are " +
               llvm::Twine(result.names.size()) + " names")
                  .str();
    if (!error.empty())
      return makeError(error);
    return std::move(result);
  }

private:
  void complain(yaml::Node *node, const llvm::Twine &what) { stream.printError(node, what); }

  /// The text of a plain or quoted value; nothing for other nodes.
  std::optional<std::string> textOf(yaml::Node *node) {
    auto *scalar = llvm::dyn_cast_or_null<yaml::ScalarNode>(node);
    if (!scalar)
      return std::nullopt;
    llvm::SmallString<64> storage;
    return scalar->getValue(storage).str();
  }

  std::vector<std::string> listOf(yaml::SequenceNode &sequence) {
    std::vector<std::string> list;
    for (yaml::Node &node : sequence)
      if (const auto text = textOf(&node))
        list.push_back(*text);
      else if (error.empty())
        complain(&node, "a list of texts is needed here");
    return list;
  }

  void readMember(yaml::KeyValueNode &member) {
    const std::optional<std::string> key = textOf(member.getKey());
    yaml::Node *value = member.getValue();
    if (!key || !value)
      return;
    auto *list = llvm::dyn_cast<yaml::SequenceNode>(value);
    if (*key == "names")
      return readNames(value);
    if (*key == "train" || *key == "val" || *key == "test" ||
        (list && *key != "download")) { // Others may have lists of any kind of their own.
      if (list)
        result.splits[*key] = listOf(*list);
      else if (const auto text = textOf(value); text && !text->empty())
        result.splits[*key] = {*text};
      return;
    }
    const std::optional<std::string> text = textOf(value);
    if (*key == "path" && text)
      result.path = *text;
    uint64_t number = 0;
    if (*key == "nc" && text && !llvm::StringRef(*text).getAsInteger(10, number))
      count = number;
    if (!text)
      value->skip();
  }

  void readNames(yaml::Node *value) {
    if (auto *list = llvm::dyn_cast<yaml::SequenceNode>(value)) {
      result.names = listOf(*list);
      return;
    }
    auto *map = llvm::dyn_cast<yaml::MappingNode>(value);
    if (!map)
      return complain(value, "names: a list, or a map from number to name, is needed");
    std::map<uint64_t, std::string> byNumber;
    for (yaml::KeyValueNode &member : *map) {
      const auto key = textOf(member.getKey()), name = textOf(member.getValue());
      uint64_t number = 0;
      if (!key || !name || llvm::StringRef(*key).getAsInteger(10, number))
        return complain(value, "names: a number and a name are needed in each row");
      byNumber[number] = *name;
    }
    for (auto &[number, name] : byNumber) {
      if (number != result.names.size())
        return complain(value, "names: number " + llvm::Twine(result.names.size()) +
                                   " is missing; they count from 0");
      result.names.push_back(name);
    }
  }

  llvm::StringRef file;
  llvm::SourceMgr sources;
  yaml::Stream stream;
  std::string error;
  DatasetYaml result;
  std::optional<uint64_t> count; ///< nc.
};

} // namespace

llvm::Expected<DatasetYaml> parseDatasetYaml(llvm::StringRef text, llvm::StringRef file) {
  return Reader(text, file).read();
}

} // namespace bstc

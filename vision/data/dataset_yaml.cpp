#include "vision/data/dataset_yaml.h"

#include "detectors/shared/class_names.h"
#include "ir/error.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <optional>
#include <set>

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
    if (error.empty() && result.classes && !result.names.empty() &&
        *result.classes != result.names.size())
      error = (file + ": nc is " + llvm::Twine(*result.classes) + ", but there are " +
               llvm::Twine(result.names.size()) + " names")
                  .str();
    if (!error.empty())
      return makeError(Code::BadDataset, error);
    return std::move(result);
  }

private:
  void complain(yaml::Node *node, const llvm::Twine &what) { stream.printError(node, what); }

  std::vector<std::string> listOf(yaml::SequenceNode &sequence) {
    std::vector<std::string> list;
    for (yaml::Node &node : sequence)
      if (const auto text = textOf(&node); text && !text->empty())
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
    if (!seen.insert(*key).second)
      return complain(member.getKey(), "'" + *key + "' is there twice");
    auto *list = llvm::dyn_cast<yaml::SequenceNode>(value);
    if (*key == "names")
      return void(
          readNames(*value, result.names,
                    [this](yaml::Node *node, const llvm::Twine &what) { complain(node, what); }));
    const std::optional<std::string> text = textOf(value);
    if (*key == "path" && !text && !llvm::isa<yaml::NullNode>(value))
      return complain(value, "path: a folder is needed");
    const bool isSplit = *key == "train" || *key == "val" || *key == "test";
    if (isSplit || (list && *key != "download")) // Others may have lists of any kind of their own.
      return readSplit(*key, value, list);
    if (*key == "path" && text)
      result.path = *text;
    uint64_t number = 0;
    if (*key == "nc" && (!text || llvm::StringRef(*text).getAsInteger(10, number)))
      return complain(value, "nc: the number of classes is needed");
    if (*key == "nc")
      result.classes = number;
    if (!text)
      value->skip();
  }

  void readSplit(const std::string &name, yaml::Node *value, yaml::SequenceNode *list) {
    const std::optional<std::string> text = textOf(value);
    if (list)
      result.splits[name] = listOf(*list);
    else if (text && !text->empty())
      result.splits[name] = {*text};
    else if (!text && !llvm::isa<yaml::NullNode>(value))
      complain(value, name + ": a folder, a file or a list of them is needed");
  }

  llvm::StringRef file;
  llvm::SourceMgr sources;
  yaml::Stream stream;
  std::string error;
  DatasetYaml result;
  std::set<std::string> seen; ///< Members.
};

} // namespace

llvm::Expected<DatasetYaml> parseDatasetYaml(llvm::StringRef text, llvm::StringRef file) {
  return Reader(text, file).read();
}

} // namespace bstc

#include "detectors/shared/class_names.h"

#include "ir/error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <map>
#include <optional>

namespace bstc {

namespace yaml = llvm::yaml;

namespace {

/// Reads a text once; the first complaint, with its line, stays in `error`.
class NamesReader {
public:
  explicit NamesReader(llvm::StringRef text) : stream(text, sources, /*ShowColors=*/false) {
    sources.setDiagHandler(
        [](const llvm::SMDiagnostic &diagnostic, void *context) {
          auto &reader = *static_cast<NamesReader *>(context);
          if (reader.error.empty())
            reader.error =
                ("line " + llvm::Twine(diagnostic.getLineNo()) + ": " + diagnostic.getMessage())
                    .str();
        },
        this);
  }

  llvm::Expected<std::vector<std::string>> read() {
    auto document = stream.begin();
    if (yaml::Node *root = document == stream.end() ? nullptr : document->getRoot())
      readRoot(root);
    if (error.empty() && names.empty())
      error = "has no class names: a list, or a map from numbers to names, is needed";
    if (!error.empty())
      return makeError(error);
    return std::move(names);
  }

private:
  void complain(yaml::Node *node, const llvm::Twine &what) {
    stream.printError(node, what);
    if (error.empty())
      error = what.str();
  }

  static std::optional<std::string> textOf(yaml::Node *node) {
    auto *scalar = llvm::dyn_cast_or_null<yaml::ScalarNode>(node);
    if (!scalar)
      return std::nullopt;
    llvm::SmallString<64> storage;
    return scalar->getValue(storage).str();
  }

  void readRoot(yaml::Node *root) {
    if (auto *list = llvm::dyn_cast<yaml::SequenceNode>(root))
      return readList(*list);
    auto *map = llvm::dyn_cast<yaml::MappingNode>(root);
    if (!map)
      return;
    std::map<uint64_t, std::string> byNumber;
    for (yaml::KeyValueNode &member : *map) {
      const std::optional<std::string> key = textOf(member.getKey());
      yaml::Node *value = member.getValue();
      uint64_t number = 0;
      if (key && *key == "names" && value)
        return readRoot(value); // The rest of a dataset description is none of ours.
      if (const auto name = textOf(value);
          key && name && !llvm::StringRef(*key).getAsInteger(10, number))
        byNumber[number] = *name;
      else if (value)
        value->skip();
      if (!error.empty())
        return;
    }
    takeNumbered(map, byNumber);
  }

  void readList(yaml::SequenceNode &list) {
    for (yaml::Node &node : list) {
      const std::optional<std::string> name = textOf(&node);
      if (!name)
        return complain(&node, "a list of names is needed here");
      names.push_back(*name);
    }
  }

  void takeNumbered(yaml::Node *map, const std::map<uint64_t, std::string> &byNumber) {
    for (const auto &[number, name] : byNumber) {
      if (number != names.size())
        return complain(map, "class " + llvm::Twine(names.size()) +
                                 " has no name; numbers count from 0 without gaps");
      names.push_back(name);
    }
  }

  llvm::SourceMgr sources;
  yaml::Stream stream;
  std::string error;
  std::vector<std::string> names;
};

} // namespace

/// Hosts get names as C strings.
static llvm::Expected<std::vector<std::string>> checked(std::vector<std::string> names) {
  for (size_t number = 0; number < names.size(); ++number)
    if (names[number].find('\0') != std::string::npos)
      return makeError("the name of class " + llvm::Twine(number) + " has a zero byte in it");
  return names;
}

llvm::Expected<std::vector<std::string>> parseClassNames(llvm::StringRef yaml) {
  llvm::Expected<std::vector<std::string>> names = NamesReader(yaml).read();
  return names ? checked(std::move(*names)) : std::move(names);
}

/// One name a line; empty lines at the end do not count.
static std::vector<std::string> namesOfLines(llvm::StringRef text) {
  std::vector<std::string> names;
  llvm::SmallVector<llvm::StringRef, 0> lines;
  text.rtrim().split(lines, '\n');
  names.reserve(lines.size());
  for (llvm::StringRef line : lines)
    names.push_back(line.trim().str());
  return names;
}

static std::vector<std::string> namesOfList(llvm::StringRef text) {
  std::vector<std::string> names;
  llvm::SmallVector<llvm::StringRef, 0> parts;
  text.split(parts, ',');
  names.reserve(parts.size());
  for (llvm::StringRef part : parts)
    names.push_back(part.trim().str());
  return names;
}

llvm::Expected<std::vector<std::string>> readClassNames(llvm::StringRef fileOrList) {
  if (!llvm::sys::fs::exists(fileOrList) && fileOrList.contains(','))
    return namesOfList(fileOrList);
  auto file = llvm::MemoryBuffer::getFile(fileOrList, /*IsText=*/true);
  if (!file)
    return makeError("cannot read " + fileOrList + ": " + file.getError().message() +
                     " (names that are no file have commas between them)");
  const llvm::StringRef text = (*file)->getBuffer();
  if (text.trim().empty())
    return makeError(fileOrList + ": has no class names");
  const bool isYaml = fileOrList.endswith(".yaml") || fileOrList.endswith(".yml");
  auto names = isYaml ? parseClassNames(text) : checked(namesOfLines(text));
  if (!names)
    return makeError(fileOrList + ": " + llvm::toString(names.takeError()));
  return names;
}

} // namespace bstc

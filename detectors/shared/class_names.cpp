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

std::optional<std::string> textOf(yaml::Node *node) {
  auto *scalar = llvm::dyn_cast_or_null<yaml::ScalarNode>(node);
  if (!scalar)
    return std::nullopt;
  llvm::SmallString<64> storage;
  return scalar->getValue(storage).str();
}

namespace {

std::optional<uint64_t> numberOf(yaml::Node *node) {
  const std::optional<std::string> text = textOf(node);
  uint64_t number = 0;
  return text && !llvm::StringRef(*text).getAsInteger(10, number) ? std::optional(number)
                                                                  : std::nullopt;
}

/// Names by their numbers, as a map has them.
class NumberedNames {
public:
  explicit NumberedNames(NameComplaint complain) : complain(complain) {}

  bool add(yaml::KeyValueNode &row) {
    const std::optional<uint64_t> number = numberOf(row.getKey());
    const std::optional<std::string> name = textOf(row.getValue());
    if (!number || !name)
      return fail(&row, "names: a number and a name are needed in each row");
    return byNumber.try_emplace(*number, *name).second ||
           fail(row.getKey(), "names: number " + llvm::Twine(*number) + " is there twice");
  }

  bool take(yaml::Node &map, std::vector<std::string> &names) {
    for (const auto &[number, name] : byNumber) {
      if (number != names.size())
        return fail(&map, "names: class " + llvm::Twine(names.size()) +
                              " has no name; numbers count from 0 without gaps");
      names.push_back(name);
    }
    return true;
  }

private:
  bool fail(yaml::Node *node, const llvm::Twine &what) {
    complain(node, what);
    return false;
  }

  NameComplaint complain;
  std::map<uint64_t, std::string> byNumber;
};

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
      return makeError(Code::BadClassNames, error);
    return std::move(names);
  }

private:
  void complain(yaml::Node *node, const llvm::Twine &what) {
    stream.printError(node, what);
    if (error.empty())
      error = what.str();
  }

  void readRoot(yaml::Node *root) {
    const auto complaint = [this](yaml::Node *node, const llvm::Twine &what) {
      complain(node, what);
    };
    auto *map = llvm::dyn_cast<yaml::MappingNode>(root);
    if (!map) {
      if (llvm::isa<yaml::SequenceNode>(root))
        readNames(*root, names, complaint);
      return;
    }
    NumberedNames rows(complaint);
    for (yaml::KeyValueNode &member : *map) {
      const std::optional<std::string> key = textOf(member.getKey());
      yaml::Node *value = member.getValue();
      if (key && *key == "names" &&
          llvm::isa_and_nonnull<yaml::SequenceNode, yaml::MappingNode>(value)) {
        readNames(*value, names, complaint);
        return; // The rest of a dataset description is not read here.
      }
      if (numberOf(member.getKey()))
        rows.add(member);
      else if (value)
        value->skip();
      if (!error.empty())
        return;
    }
    rows.take(*map, names);
  }

  llvm::SourceMgr sources;
  yaml::Stream stream;
  std::string error;
  std::vector<std::string> names;
};

} // namespace

bool readNames(yaml::Node &value, std::vector<std::string> &names, NameComplaint complain) {
  if (auto *list = llvm::dyn_cast<yaml::SequenceNode>(&value)) {
    for (yaml::Node &node : *list) {
      const std::optional<std::string> name = textOf(&node);
      if (!name || name->empty()) {
        complain(&node, "a list of names is needed here");
        return false;
      }
      names.push_back(*name);
    }
    return true;
  }
  auto *map = llvm::dyn_cast<yaml::MappingNode>(&value);
  if (!map) {
    complain(&value, "has no class names: a list, or a map from numbers to names, is needed");
    return false;
  }
  NumberedNames rows(complain);
  for (yaml::KeyValueNode &row : *map)
    if (!rows.add(row))
      return false;
  return rows.take(*map, names);
}

/// Hosts get names as C strings.
static llvm::Expected<std::vector<std::string>> checked(std::vector<std::string> names) {
  for (size_t number = 0; number < names.size(); ++number)
    if (names[number].find('\0') != std::string::npos)
      return makeError(Code::BadClassNames,
                       "the name of class " + llvm::Twine(number) + " has a zero byte in it");
  return names;
}

llvm::Expected<std::vector<std::string>> parseClassNames(llvm::StringRef yaml) {
  llvm::Expected<std::vector<std::string>> names = NamesReader(yaml).read();
  return names ? checked(std::move(*names)) : std::move(names);
}

/// One name per line; empty lines at the end do not count.
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
  text = text.rtrim();
  if (text.count(',') == 1)
    text.consume_back(","); // "person,": a list of one name.
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
    return makeError(Code::BadClassNames, "cannot read " + fileOrList + ": " +
                                              file.getError().message() +
                                              " (names that are no file have commas between them)");
  const llvm::StringRef text = (*file)->getBuffer();
  if (text.trim().empty())
    return makeError(Code::BadClassNames, fileOrList + ": has no class names");
  const bool isYaml = fileOrList.endswith(".yaml") || fileOrList.endswith(".yml");
  auto names = isYaml ? parseClassNames(text) : checked(namesOfLines(text));
  if (!names)
    return prefixError(fileOrList, names.takeError());
  return names;
}

} // namespace bstc

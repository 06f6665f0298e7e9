#include "vision/data/class_numbering.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

namespace bstc {

using Names = std::vector<std::string>;

/// The first few of the names, for an error.
static std::string listed(llvm::ArrayRef<std::string> names) {
  constexpr size_t most = 8;
  return llvm::join(names.take_front(most), ", ") + (names.size() > most ? ", ..." : "");
}

/// A file's names in the order of their ids.
static Names namesOf(const CocoAnnotations &file) {
  Names names;
  for (const CocoCategory &category : file.categories)
    names.push_back(category.name);
  return names;
}

namespace {

/// An id or a name that two files use differently.
struct Conflict {
  std::string file, other; ///< Empty: there is none.
  std::string what;
};

/// The categories of all files in one list.
class Union {
public:
  explicit Union(llvm::ArrayRef<CocoAnnotations> files) {
    for (const CocoAnnotations &file : files)
      for (const CocoCategory &category : file.categories)
        add(file, category);
  }

  Conflict conflict; ///< The first.
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto &[name, seen] : byName)
      names.insert(name);
    return names;
  }
  /// Names by rising id; for files without a conflict.
  Names inOrder() const {
    Names names;
    for (const auto &[id, seen] : byId)
      names.push_back(seen.text);
    return names;
  }

private:
  struct Seen {
    std::string file;
    int64_t id;
    std::string text; ///< Its name.
  };
  void add(const CocoAnnotations &file, const CocoCategory &category) {
    const Seen seen = {file.file, category.id, category.name};
    const Seen &sameName = byName.try_emplace(category.name, seen).first->second;
    const Seen &sameId = byId.try_emplace(category.id, seen).first->second;
    if (!conflict.other.empty())
      return;
    if (sameName.id != category.id)
      conflict = {sameName.file, file.file,
                  "'" + category.name + "' is category " + std::to_string(sameName.id) +
                      " in the first and " + std::to_string(category.id) + " in the second"};
    else if (sameId.text != category.name)
      conflict = {sameId.file, file.file,
                  "category " + std::to_string(category.id) + " is '" + sameId.text +
                      "' in the first and '" + category.name + "' in the second"};
  }

  std::map<std::string, Seen> byName;
  std::map<int64_t, Seen> byId;
};

} // namespace

/// One order for the names of all files.
static llvm::Expected<Names> commonNames(llvm::ArrayRef<CocoAnnotations> files) {
  const Union all(files);
  if (all.conflict.other.empty())
    return all.inOrder();
  const Conflict &conflict = all.conflict;
  const std::string advice = "; say the order of the network's classes with 'names' in the "
                             "dataset's .yaml file";
  const CocoAnnotations *complete = nullptr;
  for (const CocoAnnotations &file : files) {
    if (file.categories.size() != all.names().size())
      continue;
    if (complete && namesOf(*complete) != namesOf(file))
      return makeError(Code::NumberingConflict,
                       complete->file + " and " + file.file +
                           " number the same classes differently: " + listed(namesOf(*complete)) +
                           " in the first, " + listed(namesOf(file)) + " in the second" + advice);
    if (!complete)
      complete = &file;
  }
  if (!complete)
    return makeError(
        Code::NumberingConflict,
        conflict.file + " and " + conflict.other +
            " number classes differently, and no file has all of them: " + conflict.what + advice);
  return namesOf(*complete);
}

/// The class number of each category of the file that labels use.
static llvm::Expected<std::vector<int32_t>>
numbersOf(const CocoAnnotations &file, const Names &names, llvm::StringRef namesFile) {
  std::vector<int32_t> numbers(file.categories.size(), -1);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const CocoCategory &category = file.categories[i];
    const auto found = llvm::find(names, category.name);
    if (!category.isUsed)
      continue;
    if (found == names.end())
      return makeError(Code::NumberingConflict,
                       file.file + ": has labels of category " + llvm::Twine(category.id) + ", '" +
                           category.name + "', which is not among the names in " + namesFile +
                           ": " + listed(names) + "; name the classes alike in both");
    if (std::find(found + 1, names.end(), category.name) != names.end())
      return makeError(Code::NumberingConflict,
                       namesFile + ": '" + category.name +
                           "' is the name of two classes; labels of it in " + file.file +
                           " may be of either");
    numbers[i] = int32_t(found - names.begin());
  }
  return numbers;
}

llvm::Error numberClasses(llvm::MutableArrayRef<CocoAnnotations> files, Names &names,
                          llvm::StringRef namesFile) {
  if (names.empty()) {
    llvm::Expected<Names> common = commonNames(files);
    if (!common)
      return common.takeError();
    names = std::move(*common);
  }
  for (CocoAnnotations &file : files) {
    llvm::Expected<std::vector<int32_t>> numbers = numbersOf(file, names, namesFile);
    if (!numbers)
      return numbers.takeError();
    for (LabelledImage &image : file.images)
      for (Label &label : image.labels)
        label.classIndex = (*numbers)[size_t(label.classIndex)];
  }
  return llvm::Error::success();
}

} // namespace bstc

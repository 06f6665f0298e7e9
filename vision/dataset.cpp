#include "vision/dataset.h"

#include "ir/error.h"
#include "vision/coco_annotations.h"
#include "vision/dataset_yaml.h"
#include "vision/image_file.h"
#include "vision/yolo_labels.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>

namespace bstc {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using llvm::StringRef;

static std::string joined(StringRef folder, StringRef name) {
  if (path::is_absolute(name) || folder.empty())
    return name.str();
  name.consume_front("./");
  llvm::SmallString<256> text = folder;
  if (!name.empty() && name != ".")
    path::append(text, name);
  return text.str().str();
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readText(StringRef file) {
  fs::file_status status;
  if (!fs::status(file, status) && status.type() != fs::file_type::regular_file)
    return makeError(file + ": no regular file");
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/true);
  if (!buffer)
    return makeError(file + ": " + buffer.getError().message());
  return std::move(*buffer);
}

/// `name` in the first of the folders that has it; empty where none has.
static std::string find(StringRef name, llvm::ArrayRef<std::string> folders) {
  for (const std::string &folder : folders)
    if (const std::string there = joined(folder, name); fs::exists(there))
      return there;
  return "";
}

namespace {

/// Gathers the pictures of a dataset, and their labels.
class Reader {
public:
  explicit Reader(const DatasetOptions &options) : options(options) {}

  llvm::Error readYaml(StringRef file);
  llvm::Error readFolder(StringRef folder);
  /// A folder of pictures, a list of them or a COCO file.
  llvm::Error readEntry(StringRef entry);
  llvm::Error readLabels();
  Dataset dataset;

private:
  llvm::Error readList(StringRef file);
  llvm::Error readPictures(StringRef folder);

  const DatasetOptions &options;
  bool labelsAreRead = false; ///< COCO files bring them along.
};

llvm::Error Reader::readYaml(StringRef file) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> text = readText(file);
  if (!text)
    return text.takeError();
  llvm::Expected<DatasetYaml> yaml = parseDatasetYaml((*text)->getBuffer(), file);
  if (!yaml)
    return yaml.takeError();
  dataset.names = yaml->names;
  const std::string here = path::parent_path(file).empty() ? "." : path::parent_path(file).str();
  // YOLOv5 counts `path` from its own folder; a dataset that travels counts from its file.
  std::string root = here;
  if (!yaml->path.empty() && (root = find(yaml->path, {here, ""})).empty())
    return makeError(file + ": path '" + yaml->path + "' is not there");
  std::string split = options.split;
  for (const char *usual : {"val", "test", "train"})
    if (split.empty() && yaml->splits.count(usual))
      split = usual;
  const auto found = yaml->splits.find(split);
  std::vector<std::string> entries;
  if (found != yaml->splits.end())
    entries = found->second;
  else if (!split.empty())
    entries = {split};
  if (entries.empty())
    return makeError(file + ": neither 'val' nor 'test' nor 'train' is in it");
  for (const std::string &entry : entries) {
    const std::string there = find(entry, {root, ""});
    if (there.empty())
      return makeError(
          file + ": '" + entry + "' of split '" + split + "' is neither in '" + root +
          "' nor here; it has the splits " +
          llvm::join(llvm::map_range(yaml->splits, [](const auto &s) { return s.first; }), ", "));
    if (llvm::Error error = readEntry(there))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Reader::readFolder(StringRef folder) {
  if (const std::string names = joined(folder, "classes.txt"); fs::exists(names)) {
    llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> text = readText(names);
    if (!text)
      return text.takeError();
    llvm::SmallVector<StringRef, 0> lines;
    (*text)->getBuffer().trim().split(lines, '\n');
    for (StringRef line : lines)
      dataset.names.push_back(line.trim().str());
  }
  const std::string pictures = joined(folder, "images");
  std::string entry = fs::is_directory(pictures) ? pictures : folder.str();
  if (!options.split.empty() &&
      (entry = find(options.split, {joined(folder, "images"), folder.str(), ""})).empty())
    return makeError(folder + ": no split '" + options.split + "': neither a folder in '" +
                     pictures + "' nor a list of pictures");
  return readEntry(entry);
}

llvm::Error Reader::readEntry(StringRef entry) {
  if (fs::is_directory(entry))
    return readPictures(entry);
  if (path::extension(entry) != ".json")
    return readList(entry);
  labelsAreRead = true;
  dataset.names.clear();
  return readCocoAnnotations(entry, options.imageFolder, dataset);
}

llvm::Error Reader::readPictures(StringRef folder) {
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end; at != end && !code;
       at.increment(code))
    if (hasImageSuffix(at->path()))
      dataset.images.push_back({at->path(), {}});
  return code ? makeError(folder + ": " + code.message()) : llvm::Error::success();
}

llvm::Error Reader::readList(StringRef file) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> text = readText(file);
  if (!text)
    return text.takeError();
  llvm::SmallVector<StringRef, 0> lines;
  (*text)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    line = line.trim();
    if (line.empty())
      continue;
    if (line.contains('\0'))
      return makeError(file + ": neither a list of pictures, nor a folder, nor a .json file");
    // Lists with "./" count from their own folder; others are commonly written for a place above.
    const std::string beside = joined(path::parent_path(file), line);
    const bool here = !line.startswith("./") && !fs::exists(beside) && fs::exists(line);
    dataset.images.push_back({here ? line.str() : beside, {}});
  }
  return llvm::Error::success();
}

llvm::Error Reader::readLabels() {
  std::vector<LabelledImage> images;
  std::swap(images, dataset.images);
  llvm::stable_sort(images, [](const auto &a, const auto &b) { return a.path < b.path; });
  images.erase(std::unique(images.begin(), images.end(),
                           [](const auto &a, const auto &b) { return a.path == b.path; }),
               images.end());
  if (images.size() > options.limit)
    images.resize(options.limit);
  const size_t classes = dataset.names.empty() ? SIZE_MAX : dataset.names.size();
  for (LabelledImage &image : images) {
    const std::string file = labelFileOf(image.path);
    if (!labelsAreRead && fs::exists(file)) {
      llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> text = readText(file);
      llvm::Expected<std::vector<Label>> labels =
          text ? parseYoloLabels((*text)->getBuffer(), file, classes, dataset.duplicates)
               : text.takeError();
      if (!labels) {
        dataset.leftOut.push_back(llvm::toString(labels.takeError()));
        continue;
      }
      image.labels = std::move(*labels);
    }
    dataset.background += image.labels.empty();
    dataset.labels += image.labels.size();
    dataset.masks += size_t(llvm::count_if(image.labels, std::mem_fn(&Label::hasMask)));
    dataset.images.push_back(std::move(image));
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<Dataset> readDataset(StringRef name, const DatasetOptions &options) {
  Reader reader(options);
  const std::string suffix = path::extension(name).lower();
  llvm::Error error = !fs::exists(name)        ? makeError(name + ": no such file or folder")
                      : fs::is_directory(name) ? reader.readFolder(name)
                      : suffix == ".yaml" || suffix == ".yml" ? reader.readYaml(name)
                                                              : reader.readEntry(name);
  if (!error)
    error = reader.readLabels();
  if (error)
    return error;
  Dataset &dataset = reader.dataset;
  if (dataset.images.empty() && dataset.leftOut.empty())
    return makeError(name + ": no pictures (.jpg, .png, .bmp)");
  if (dataset.labels == 0 && !dataset.leftOut.empty())
    return makeError(dataset.leftOut.front() + " (no picture of " + name + " has good labels)");
  if (dataset.labels == 0)
    return makeError(name + ": no labels; those of '" + dataset.images.front().path +
                     "' are looked for in '" + labelFileOf(dataset.images.front().path) + "'");
  return std::move(reader.dataset);
}

} // namespace bstc

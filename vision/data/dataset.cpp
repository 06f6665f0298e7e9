#include "vision/data/dataset.h"

#include "ir/error.h"
#include "vision/data/class_numbering.h"
#include "vision/data/coco_annotations.h"
#include "vision/data/dataset_yaml.h"
#include "vision/data/yolo_labels.h"
#include "vision/image/image_file.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

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
    return makeError(Code::DatasetUnreadable, file + ": no regular file");
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/true);
  if (!buffer)
    return makeError(Code::DatasetUnreadable, file + ": " + buffer.getError().message());
  return std::move(*buffer);
}

/// `name` in the first of the folders that has it; empty where none has.
static std::string find(StringRef name, llvm::ArrayRef<std::string> folders) {
  for (const std::string &folder : folders)
    if (const std::string there = joined(folder, name); fs::exists(there))
      return there;
  return "";
}

bool haveSameShape(double width, double height, double otherWidth, double otherHeight) {
  // width * s + a and height * s + b, where a and b are less than a pixel, of one sign.
  return std::abs(width * otherHeight - height * otherWidth) <=
         std::max({width, height, otherWidth, otherHeight});
}

/// Whether YOLOv5 (IMG_FORMATS) takes a file of a folder for a picture. Those that cannot be read
/// here are reported as unreadable later: left out silently, they would change the figures.
static bool mayBePicture(StringRef file) {
  return hasImageSuffix(file) ||
         llvm::any_of(
             std::initializer_list<const char *>{".dng", ".mpo", ".tif", ".tiff", ".webp", ".pfm"},
             [&](const char *suffix) { return file.endswith_insensitive(suffix); });
}

/// A path that is the same for all names of one file that differ only in their folders' names.
static std::string identityOf(StringRef file, std::map<std::string, std::string> &folders) {
  const std::string folder = path::parent_path(file).str();
  const auto [entry, isNew] = folders.try_emplace(folder);
  llvm::SmallString<256> real;
  if (isNew)
    entry->second = fs::real_path(folder.empty() ? "." : folder, real) ? folder : real.str().str();
  return entry->second + "/" + path::filename(file).str();
}

/// The label file of a picture that no COCO file lists; empty where it has none. A link that leads
/// nowhere is a file that cannot be read, not one that is not there.
static std::string existingLabelFile(StringRef picture) {
  const std::string file = labelFileOf(picture);
  fs::file_status status;
  const std::error_code code = fs::status(file, status, /*Follow=*/false);
  const bool isMissing =
      code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory;
  return isMissing ? "" : file;
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
  void add(std::string picture) { dataset.images.push_back({std::move(picture), {}, "", 0, 0}); }
  llvm::Error takeCocoFiles();
  llvm::Error takeEachOnce();

  const DatasetOptions &options;
  std::vector<CocoAnnotations> cocoFiles;
  std::optional<uint64_t> classes; ///< How many the YAML file counts.
};

llvm::Error Reader::readYaml(StringRef file) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> text = readText(file);
  if (!text)
    return text.takeError();
  llvm::Expected<DatasetYaml> yaml = parseDatasetYaml((*text)->getBuffer(), file);
  if (!yaml)
    return yaml.takeError();
  dataset.names = yaml->names;
  dataset.namesFile = file.str();
  classes = yaml->classes;
  const std::string here = path::parent_path(file).empty() ? "." : path::parent_path(file).str();
  // YOLOv5 counts `path` from its own folder; a dataset that travels counts from its file.
  std::string root = here;
  if (!yaml->path.empty() && (root = find(yaml->path, {here, ""})).empty())
    return makeError(Code::DatasetUnreadable, file + ": path '" + yaml->path + "' is not there");
  std::string split = options.split;
  for (const char *usual : {"val", "test", "train"})
    if (split.empty() && yaml->splits.count(usual)) {
      split = usual;
      dataset.insteadOfVal = split == "val" ? "" : split;
    }
  const auto found = yaml->splits.find(split);
  std::vector<std::string> entries;
  if (found != yaml->splits.end())
    entries = found->second;
  else if (!split.empty())
    entries = {split};
  if (entries.empty())
    return makeError(Code::BadDataset, file + ": neither 'val' nor 'test' nor 'train' is in it");
  for (const std::string &entry : entries) {
    std::string there = find(entry, {root});
    // Exports often count from a folder beside the file's; YOLOv5 (check_dataset) accepts that.
    if (StringRef inside = entry; there.empty() && inside.consume_front("../"))
      there = find(inside, {root});
    if (there.empty())
      there = find(entry, {""});
    if (there.empty())
      return makeError(
          Code::NoSuchSplit,
          file + ": '" + entry + "' of split '" + split + "' is neither in '" + root +
              "' nor here; it has the splits " +
              llvm::join(llvm::map_range(yaml->splits, [](const auto &s) { return s.first; }),
                         ", "));
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
    dataset.namesFile = names;
    dataset.files.push_back(names);
  }
  const std::string pictures = joined(folder, "images");
  std::string entry = fs::is_directory(pictures) ? pictures : folder.str();
  if (!options.split.empty() &&
      (entry = find(options.split, {joined(folder, "images"), folder.str(), ""})).empty())
    return makeError(Code::NoSuchSplit, folder + ": no split '" + options.split +
                                            "': neither a folder in '" + pictures +
                                            "' nor a list of pictures");
  return readEntry(entry);
}

llvm::Error Reader::readEntry(StringRef entry) {
  if (fs::is_directory(entry))
    return readPictures(entry);
  dataset.files.push_back(entry.str());
  if (path::extension(entry) != ".json")
    return readList(entry);
  llvm::Expected<CocoAnnotations> file = readCocoAnnotations(entry, options.imageFolder);
  if (!file)
    return file.takeError();
  cocoFiles.push_back(std::move(*file));
  return llvm::Error::success();
}

llvm::Error Reader::readPictures(StringRef folder) {
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end; at != end && !code;
       at.increment(code))
    if (mayBePicture(at->path()))
      add(at->path());
  return code ? makeError(Code::DatasetUnreadable, folder + ": " + code.message())
              : llvm::Error::success();
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
      return makeError(Code::BadDataset,
                       file + ": neither a list of pictures, nor a folder, nor a .json file");
    // Lists with "./" count from their own folder; others are commonly written for a place above.
    const std::string beside = joined(path::parent_path(file), line);
    const bool here = !line.startswith("./") && !fs::exists(beside) && fs::exists(line);
    add(here ? line.str() : beside);
  }
  return llvm::Error::success();
}

/// Their labels with the dataset's numbers, their images to the others.
llvm::Error Reader::takeCocoFiles() {
  if (cocoFiles.empty())
    return llvm::Error::success();
  if (dataset.names.empty())
    dataset.namesFile = cocoFiles.front().file;
  if (llvm::Error error = numberClasses(cocoFiles, dataset.names, dataset.namesFile))
    return error;
  for (CocoAnnotations &file : cocoFiles) {
    dataset.duplicates += file.duplicates;
    dataset.crowds += file.crowds;
    dataset.empty += file.empty;
    llvm::move(file.images, std::back_inserter(dataset.images));
  }
  return llvm::Error::success();
}

/// Finds the label files, and puts the pictures in order. A picture that is there twice counts
/// once, with the labels of the place that has some; two such places would have to be chosen from.
llvm::Error Reader::takeEachOnce() {
  std::vector<LabelledImage> images;
  std::swap(images, dataset.images);
  llvm::stable_sort(images, [](const auto &a, const auto &b) { return a.path < b.path; });
  std::map<std::string, std::string> folders;
  std::map<std::string, size_t> known;
  for (LabelledImage &image : images) {
    if (image.labelFile.empty())
      image.labelFile = existingLabelFile(image.path);
    const auto [entry, isNew] =
        known.try_emplace(identityOf(image.path, folders), dataset.images.size());
    if (isNew) {
      dataset.images.push_back(std::move(image));
      continue;
    }
    LabelledImage &other = dataset.images[entry->second];
    if (other.labelFile.empty())
      other = std::move(image);
    else if (!image.labelFile.empty() && image.labelFile != other.labelFile &&
             !fs::equivalent(image.labelFile, other.labelFile))
      return makeError(Code::LabelledTwice, image.path + ": has labels in '" + other.labelFile +
                                                "' and in '" + image.labelFile +
                                                "'; list it in one place");
  }
  return llvm::Error::success();
}

llvm::Error Reader::readLabels() {
  if (!options.imageFolder.empty() && cocoFiles.empty())
    return makeError(Code::PicturesNotFound,
                     "the folder of pictures '" + options.imageFolder +
                         "' is for COCO files, and there is no COCO file in the dataset");
  if (llvm::Error error = takeCocoFiles())
    return error;
  if (llvm::Error error = takeEachOnce())
    return error;
  std::vector<LabelledImage> images;
  std::swap(images, dataset.images);
  for (const LabelledImage &image : images) {
    dataset.files.push_back(image.path);
    if (!image.labelFile.empty())
      dataset.files.push_back(image.labelFile);
  }
  if (images.size() > options.limit)
    images.resize(options.limit);
  const size_t most = dataset.names.empty() ? classes.value_or(SIZE_MAX) : dataset.names.size();
  for (LabelledImage &image : images) {
    if (image.width == 0 && !image.labelFile.empty()) { // COCO files are read already.
      llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> text = readText(image.labelFile);
      llvm::Expected<std::vector<Label>> labels =
          text ? parseYoloLabels((*text)->getBuffer(), image.labelFile, most, dataset.duplicates)
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
  const bool isYaml = suffix == ".yaml" || suffix == ".yml";
  if (!options.split.empty() && !isYaml && fs::is_regular_file(name))
    return makeError(Code::NoSuchSplit, name + ": is one part by itself and has no split '" +
                                            options.split +
                                            "'; only .yaml files and folders have splits");
  llvm::Error error = !fs::exists(name)
                          ? makeError(Code::DatasetUnreadable, name + ": no such file or folder")
                      : fs::is_directory(name) ? reader.readFolder(name)
                      : isYaml                 ? reader.readYaml(name)
                                               : reader.readEntry(name);
  if (!error)
    error = reader.readLabels();
  if (error)
    return error;
  Dataset &dataset = reader.dataset;
  if (dataset.images.empty() && dataset.leftOut.empty())
    return makeError(Code::NoLabels, name + ": no pictures (.jpg, .png, .bmp)");
  if (dataset.labels == 0 && !dataset.leftOut.empty())
    return makeError(Code::BadLabels,
                     dataset.leftOut.front() + " (no picture of " + name + " has good labels)");
  const LabelledImage &first = dataset.images.front();
  if (dataset.labels == 0 && first.width > 0)
    return makeError(Code::NoLabels,
                     name + ": no labels; " + first.labelFile + " has none that count");
  if (dataset.labels == 0)
    return makeError(Code::NoLabels, name + ": no labels; those of '" + first.path +
                                         "' are looked for in '" + labelFileOf(first.path) + "'");
  return std::move(reader.dataset);
}

} // namespace bstc

// Compiled as C++17: see CMakeLists.txt.
#include "vision/coco_annotations.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace bstc {

namespace json = llvm::json;
namespace path = llvm::sys::path;

namespace {

/// A picture of the file while its annotations are gathered.
struct Picture {
  LabelledImage image;
  double width = 0, height = 0;
};

class Reader {
public:
  Reader(llvm::StringRef file, Dataset &dataset) : file(file), dataset(dataset) {}

  llvm::Error read(const json::Object &root) {
    if (llvm::Error error = readCategories(root))
      return error;
    if (llvm::Error error = readImages(root))
      return error;
    return readAnnotations(root);
  }
  std::map<int64_t, Picture> pictures; ///< By id.

private:
  llvm::Error wrong(const char *list, size_t index, const llvm::Twine &what) {
    return makeError(file + ": " + list + "[" + llvm::Twine(index) + "]: " + what);
  }
  /// Calls `each` for every object of the list.
  template <typename F> llvm::Error forEach(const json::Object &root, const char *list, F &&each) {
    const json::Array *rows = root.getArray(list);
    if (!rows)
      return makeError(file + ": no list '" + list +
                       "': not COCO's annotations of instances (instances_*.json)");
    for (size_t i = 0; i < rows->size(); ++i) {
      const json::Object *row = (*rows)[i].getAsObject();
      if (!row)
        return wrong(list, i, "not an object");
      if (llvm::Error error = each(*row, i))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error readCategories(const json::Object &root);
  llvm::Error readImages(const json::Object &root);
  llvm::Error readAnnotations(const json::Object &root);
  std::string readMask(const json::Value &segmentation, const Picture &picture, Label &label);

  llvm::StringRef file;
  Dataset &dataset;
  std::map<int64_t, int32_t> classes; ///< By category id.
};

llvm::Error Reader::readCategories(const json::Object &root) {
  std::map<int64_t, std::string> categories;
  llvm::Error error =
      forEach(root, "categories", [&](const json::Object &row, size_t i) -> llvm::Error {
        const auto id = row.getInteger("id");
        const auto name = row.getString("name");
        if (!id || !name)
          return wrong("categories", i, "needs 'id' and 'name'");
        categories[*id] = name->str();
        return llvm::Error::success();
      });
  for (const auto &[id, name] : categories) {
    classes[id] = int32_t(dataset.names.size());
    dataset.names.push_back(name);
  }
  return error;
}

llvm::Error Reader::readImages(const json::Object &root) {
  return forEach(root, "images", [&](const json::Object &row, size_t i) -> llvm::Error {
    const auto id = row.getInteger("id");
    const auto name = row.getString("file_name");
    const auto width = row.getNumber("width"), height = row.getNumber("height");
    if (!id || !name || !width || !height || !(*width >= 1) || !(*height >= 1) ||
        !(*width <= 1 << 20) || !(*height <= 1 << 20))
      return wrong("images", i, "needs 'id', 'file_name', 'width' and 'height'");
    pictures[*id] = {{name->str(), {}}, *width, *height};
    return llvm::Error::success();
  });
}

/// Reads polygons in pixels or runs; says what is wrong with them, or nothing.
std::string Reader::readMask(const json::Value &segmentation, const Picture &picture,
                             Label &label) {
  if (const json::Array *polygons = segmentation.getAsArray()) {
    for (const json::Value &value : *polygons) {
      const json::Array *points = value.getAsArray();
      if (!points || points->size() < 6 || points->size() % 2)
        return "a polygon of 'segmentation' needs 3 points and more, x and y in turn";
      std::vector<float> &polygon = label.polygons.emplace_back();
      for (size_t i = 0; i < points->size(); ++i) {
        const auto number = (*points)[i].getAsNumber();
        if (!number)
          return "a polygon of 'segmentation' has what is not a number";
        const double fraction = *number / (i % 2 ? picture.height : picture.width);
        polygon.push_back(float(std::clamp(fraction, 0.0, 1.0)));
      }
    }
    return "";
  }
  const json::Object *mask = segmentation.getAsObject();
  const json::Array *size = mask ? mask->getArray("size") : nullptr;
  const auto height = size && size->size() == 2 ? (*size)[0].getAsInteger() : llvm::None;
  const auto width = size && size->size() == 2 ? (*size)[1].getAsInteger() : llvm::None;
  if (!height || !width || *height < 1 || *width < 1 || *height > 1 << 14 || *width > 1 << 14)
    return "'segmentation' is neither polygons nor runs with 'size' and 'counts'";
  label.runs.height = int(*height);
  label.runs.width = int(*width);
  if (const auto text = mask->getString("counts"))
    label.runs.counts = runsOfCocoText(*text);
  else if (const json::Array *counts = mask->getArray("counts"))
    for (const json::Value &count : *counts)
      label.runs.counts.push_back(
          uint32_t(std::clamp<int64_t>(count.getAsInteger().getValueOr(0), 0, UINT32_MAX)));
  const uint64_t sum =
      std::accumulate(label.runs.counts.begin(), label.runs.counts.end(), uint64_t(0));
  return sum == uint64_t(*height) * uint64_t(*width)
             ? ""
             : "the runs of 'segmentation' do not add up to its size";
}

llvm::Error Reader::readAnnotations(const json::Object &root) {
  return forEach(root, "annotations", [&](const json::Object &row, size_t i) -> llvm::Error {
    const auto image = row.getInteger("image_id"), category = row.getInteger("category_id");
    const json::Array *box = row.getArray("bbox");
    if (!image || !category || !box || box->size() != 4)
      return wrong("annotations", i, "needs 'image_id', 'category_id' and a 'bbox' of 4 numbers");
    const auto picture = pictures.find(*image);
    if (picture == pictures.end())
      return wrong("annotations", i, "'images' has no image_id " + llvm::Twine(*image));
    const auto found = classes.find(*category);
    if (found == classes.end())
      return wrong("annotations", i, "'categories' has no category_id " + llvm::Twine(*category));
    if (row.getInteger("iscrowd").getValueOr(0)) {
      ++dataset.crowds;
      return llvm::Error::success();
    }
    double corner[4];
    for (size_t k = 0; k < 4; ++k) {
      const auto number = (*box)[k].getAsNumber();
      if (!number)
        return wrong("annotations", i, "'bbox' has what is not a number");
      const double extent = k % 2 ? picture->second.height : picture->second.width;
      const double from = k < 2 ? 0 : corner[k - 2] * extent;
      corner[k] = std::clamp((from + *number) / extent, 0.0, 1.0);
    }
    Label label;
    label.classIndex = found->second;
    label.box = {float(corner[0]), float(corner[1]), float(corner[2]), float(corner[3])};
    if (label.box.x2 <= label.box.x1 || label.box.y2 <= label.box.y1)
      return llvm::Error::success();
    const auto same = [&](const Label &other) {
      return other.classIndex == label.classIndex && other.box.x1 == label.box.x1 &&
             other.box.y1 == label.box.y1 && other.box.x2 == label.box.x2 &&
             other.box.y2 == label.box.y2;
    };
    if (llvm::any_of(picture->second.image.labels, same)) {
      ++dataset.duplicates;
      return llvm::Error::success();
    }
    if (const json::Value *segmentation = row.get("segmentation"))
      if (std::string reason = readMask(*segmentation, picture->second, label); !reason.empty())
        return wrong("annotations", i, reason);
    picture->second.image.labels.push_back(std::move(label));
    return llvm::Error::success();
  });
}

std::string joined(const llvm::Twine &a, const llvm::Twine &b, const llvm::Twine &c = "") {
  llvm::SmallString<256> text;
  path::append(text, a, b, c);
  return text.str().str();
}

/// The folder that has the picture `name`, by the order of readCocoAnnotations.
std::string folderOf(llvm::StringRef file, llvm::StringRef name) {
  const std::string here = path::parent_path(file).empty() ? "." : path::parent_path(file).str();
  const std::string above = joined(here, "..");
  llvm::StringRef split = path::stem(file);
  split.consume_front("instances_");
  for (const std::string &folder :
       {here, joined(here, "images"), joined(here, split), joined(here, "images", split), above,
        joined(above, "images"), joined(above, split), joined(above, "images", split)})
    if (llvm::sys::fs::exists(joined(folder, name)))
      return folder;
  return "";
}

/// Whether brackets are in one another deeper than a parser's stack bears.
bool isTooDeep(llvm::StringRef text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{') && ++depth > 100)
      return true;
    else if (!inString && (c == ']' || c == '}'))
      --depth;
  }
  return false;
}

} // namespace

llvm::Error readCocoAnnotations(llvm::StringRef file, llvm::StringRef imageFolder,
                                Dataset &dataset) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return makeError(file + ": " + buffer.getError().message());
  if (isTooDeep((*buffer)->getBuffer()))
    return makeError(file + ": not COCO's annotations: more than 100 brackets in one another");
  llvm::Expected<json::Value> root = json::parse((*buffer)->getBuffer());
  if (!root)
    return makeError(file + ": not JSON: " + llvm::toString(root.takeError()));
  const json::Object *object = root->getAsObject();
  if (!object)
    return makeError(file + ": not COCO's annotations: the file is not one object");
  Reader reader(file, dataset);
  if (llvm::Error error = reader.read(*object))
    return error;
  if (reader.pictures.empty())
    return makeError(file + ": no images in it");
  std::string folder = imageFolder.str();
  const std::string &first = reader.pictures.begin()->second.image.path;
  if (folder.empty())
    folder = folderOf(file, first);
  if (folder.empty())
    return makeError(file + ": cannot find its pictures, such as '" + first +
                     "', in or beside its folder; give --images DIR");
  for (auto &[id, picture] : reader.pictures) {
    picture.image.path = joined(folder, picture.image.path);
    dataset.images.push_back(std::move(picture.image));
  }
  return llvm::Error::success();
}

} // namespace bstc

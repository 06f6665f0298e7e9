// Compiled as C++17: see CMakeLists.txt.
#include "vision/data/coco_annotations.h"

#include "ir/error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace bstc {

namespace json = llvm::json;
namespace path = llvm::sys::path;

namespace {

class Reader {
public:
  explicit Reader(llvm::StringRef file) { result.file = file.str(); }

  llvm::Error read(const json::Object &root) {
    if (llvm::Error error = readCategories(root))
      return error;
    if (llvm::Error error = readImages(root))
      return error;
    return readAnnotations(root);
  }
  CocoAnnotations result;

private:
  /// An image while its annotations are gathered.
  struct Picture {
    size_t index; ///< In result.images.
    double width, height;
    std::set<std::array<double, 5>> seen; ///< Category and box of its labels.
  };

  llvm::Error wrong(const char *list, size_t index, const llvm::Twine &what) {
    return makeError(Code::BadAnnotations,
                     result.file + ": " + list + "[" + llvm::Twine(index) + "]: " + what);
  }
  /// Calls `each` for every object of the list.
  template <typename F> llvm::Error forEach(const json::Object &root, const char *list, F &&each) {
    const json::Array *rows = root.getArray(list);
    if (!rows)
      return makeError(Code::BadAnnotations,
                       result.file + ": no list '" + list +
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
  llvm::Error readAnnotation(const json::Object &row, size_t i);

  std::map<int64_t, Picture> pictures; ///< By id.
};

llvm::Error Reader::readCategories(const json::Object &root) {
  std::map<std::string, int64_t> idOfName;
  std::vector<CocoCategory> &categories = result.categories;
  llvm::Error error =
      forEach(root, "categories", [&](const json::Object &row, size_t i) -> llvm::Error {
        const auto id = row.getInteger("id");
        const auto name = row.getString("name");
        if (!id || !name)
          return wrong("categories", i, "needs 'id' and 'name'");
        const auto [other, isNew] = idOfName.try_emplace(name->str(), *id);
        if (!isNew)
          return wrong("categories", i,
                       "'" + *name + "' is also the name of category " +
                           llvm::Twine(other->second) + "; each class needs a name of its own");
        categories.push_back({*id, name->str(), false});
        return llvm::Error::success();
      });
  if (error)
    return error;
  llvm::stable_sort(categories, [](const auto &a, const auto &b) { return a.id < b.id; });
  for (size_t i = 1; i < categories.size(); ++i)
    if (categories[i].id == categories[i - 1].id)
      return makeError(Code::BadAnnotations, result.file + ": categories: '" +
                                                 categories[i - 1].name + "' and '" +
                                                 categories[i].name + "' have the same id " +
                                                 llvm::Twine(categories[i].id));
  return llvm::Error::success();
}

llvm::Error Reader::readImages(const json::Object &root) {
  std::map<std::string, int64_t> idOfFile;
  return forEach(root, "images", [&](const json::Object &row, size_t i) -> llvm::Error {
    const auto id = row.getInteger("id");
    const auto name = row.getString("file_name");
    const auto width = row.getNumber("width"), height = row.getNumber("height");
    if (!id || !name || !width || !height || !(*width >= 1) || !(*height >= 1) ||
        !(*width <= 1 << 20) || !(*height <= 1 << 20))
      return wrong("images", i, "needs 'id', 'file_name', 'width' and 'height'");
    if (!pictures.try_emplace(*id, Picture{result.images.size(), *width, *height, {}}).second)
      return wrong("images", i, "another image has the same id " + llvm::Twine(*id));
    const auto [other, isNew] = idOfFile.try_emplace(name->str(), *id);
    if (!isNew)
      return wrong("images", i,
                   "'" + *name + "' is also the file of image " + llvm::Twine(other->second));
    LabelledImage image;
    image.path = name->str();
    image.labelFile = result.file;
    image.width = *width;
    image.height = *height;
    result.images.push_back(std::move(image));
    return llvm::Error::success();
  });
}

/// Reads outlines in pixels; says what is wrong with them, or nothing.
std::string readPolygons(const json::Array &polygons, double width, double height, Label &label) {
  // A point that is this many times the picture's size away is not meant.
  constexpr double farthest = 100;
  for (const json::Value &value : polygons) {
    const json::Array *points = value.getAsArray();
    if (!points || points->size() < 6 || points->size() % 2)
      return "a polygon of 'segmentation' needs 3 points and more, x and y in turn";
    std::vector<float> &polygon = label.polygons.emplace_back();
    for (size_t i = 0; i < points->size(); ++i) {
      const auto number = (*points)[i].getAsNumber();
      if (!number)
        return "a polygon of 'segmentation' has what is not a number";
      const double fraction = *number / (i % 2 ? height : width);
      if (!(std::abs(fraction) <= farthest))
        return "a polygon of 'segmentation' has a point far outside of the picture";
      polygon.push_back(float(fraction));
    }
  }
  return "";
}

/// Reads the runs of a mask; says what is wrong with them, or nothing.
std::string readRuns(const json::Object &mask, double width, double height, Label &label) {
  const json::Array *size = mask.getArray("size");
  const auto rows = size && size->size() == 2 ? (*size)[0].getAsInteger() : llvm::None;
  const auto columns = size && size->size() == 2 ? (*size)[1].getAsInteger() : llvm::None;
  if (!rows || !columns || *rows < 1 || *columns < 1 || *rows > 1 << 14 || *columns > 1 << 14)
    return "'segmentation' is neither polygons nor runs with 'size' and 'counts'";
  if (!haveSameShape(double(*columns), double(*rows), width, height))
    return "'size' of 'segmentation', [height, width], is [" + std::to_string(*rows) + ", " +
           std::to_string(*columns) + "], which is not the shape of its image";
  label.runs.height = int(*rows);
  label.runs.width = int(*columns);
  if (const auto text = mask.getString("counts"))
    label.runs.counts = runsOfCocoText(*text);
  else if (const json::Array *counts = mask.getArray("counts"))
    for (const json::Value &count : *counts) {
      const auto number = count.getAsInteger();
      if (!number || *number < 0 || *number > UINT32_MAX)
        return "'counts' of 'segmentation' has what is not a number of pixels";
      label.runs.counts.push_back(uint32_t(*number));
    }
  const uint64_t sum =
      std::accumulate(label.runs.counts.begin(), label.runs.counts.end(), uint64_t(0));
  return sum == uint64_t(*rows) * uint64_t(*columns)
             ? ""
             : "the runs of 'segmentation' do not add up to its size";
}

std::string readMask(const json::Value &segmentation, double width, double height, Label &label) {
  if (const json::Array *polygons = segmentation.getAsArray())
    return readPolygons(*polygons, width, height, label);
  if (const json::Object *mask = segmentation.getAsObject())
    return readRuns(*mask, width, height, label);
  return segmentation.getAsNull()
             ? ""
             : "'segmentation' is neither polygons nor runs with 'size' and 'counts'";
}

/// `iscrowd`, which is a number or a truth value; nothing where it is something else.
llvm::Optional<bool> crowdOf(const json::Object &row) {
  const json::Value *value = row.get("iscrowd");
  if (!value || value->getAsNull())
    return false;
  if (const auto truth = value->getAsBoolean())
    return *truth;
  const auto number = value->getAsInteger();
  return number && (*number == 0 || *number == 1) ? llvm::Optional<bool>(*number == 1) : llvm::None;
}

llvm::Error Reader::readAnnotation(const json::Object &row, size_t i) {
  const auto imageId = row.getInteger("image_id"), categoryId = row.getInteger("category_id");
  const json::Array *box = row.getArray("bbox");
  if (!imageId || !categoryId || !box || box->size() != 4)
    return wrong("annotations", i, "needs 'image_id', 'category_id' and a 'bbox' of 4 numbers");
  const auto found = pictures.find(*imageId);
  if (found == pictures.end())
    return wrong("annotations", i, "'images' has no image_id " + llvm::Twine(*imageId));
  const auto category = llvm::lower_bound(
      result.categories, *categoryId, [](const auto &other, int64_t id) { return other.id < id; });
  if (category == result.categories.end() || category->id != *categoryId)
    return wrong("annotations", i, "'categories' has no category_id " + llvm::Twine(*categoryId));
  const auto isCrowd = crowdOf(row);
  if (!isCrowd)
    return wrong("annotations", i, "'iscrowd' is neither 0 nor 1");
  if (*isCrowd) {
    ++result.crowds;
    return llvm::Error::success();
  }
  std::array<double, 5> key = {double(category - result.categories.begin())};
  for (size_t k = 0; k < 4; ++k) {
    const auto number = (*box)[k].getAsNumber();
    if (!number || !std::isfinite(*number))
      return wrong("annotations", i, "'bbox' has what is not a number");
    key[k + 1] = *number;
  }
  Picture &picture = found->second;
  const auto across = [&](double x) { return float(std::clamp(x / picture.width, 0.0, 1.0)); };
  const auto down = [&](double y) { return float(std::clamp(y / picture.height, 0.0, 1.0)); };
  const auto [index, x, y, w, h] = key;
  Label label;
  label.classIndex = int32_t(index);
  label.box = {across(x), down(y), across(x + w), down(y + h)};
  if (label.box.x2 <= label.box.x1 || label.box.y2 <= label.box.y1) {
    ++result.empty;
    return llvm::Error::success();
  }
  if (!picture.seen.insert(key).second) {
    ++result.duplicates;
    return llvm::Error::success();
  }
  if (const json::Value *segmentation = row.get("segmentation"))
    if (std::string reason = readMask(*segmentation, picture.width, picture.height, label);
        !reason.empty())
      return wrong("annotations", i, reason);
  category->isUsed = true;
  result.images[picture.index].labels.push_back(std::move(label));
  return llvm::Error::success();
}

llvm::Error Reader::readAnnotations(const json::Object &root) {
  return forEach(root, "annotations",
                 [&](const json::Object &row, size_t i) { return readAnnotation(row, i); });
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

/// Whether brackets are nested deeper than a parser's stack allows.
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

llvm::Expected<CocoAnnotations> readCocoAnnotations(llvm::StringRef file,
                                                    llvm::StringRef imageFolder) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return makeError(Code::DatasetUnreadable, file + ": " + buffer.getError().message());
  if (isTooDeep((*buffer)->getBuffer()))
    return makeError(Code::BadAnnotations,
                     file + ": not COCO's annotations: more than 100 brackets in one another");
  llvm::Expected<json::Value> root = json::parse((*buffer)->getBuffer());
  if (!root)
    return makeError(Code::BadAnnotations,
                     file + ": not JSON: " + llvm::toString(root.takeError()));
  const json::Object *object = root->getAsObject();
  if (!object)
    return makeError(Code::BadAnnotations,
                     file + ": not COCO's annotations: the file is not one object");
  Reader reader(file);
  if (llvm::Error error = reader.read(*object))
    return error;
  std::vector<LabelledImage> &images = reader.result.images;
  if (images.empty())
    return makeError(Code::NoLabels, file + ": no images in it");
  std::string folder = imageFolder.str();
  const std::string first = images.front().path;
  if (folder.empty())
    folder = path::is_absolute(first) ? "/" : folderOf(file, first);
  if (folder.empty())
    return makeError(Code::PicturesNotFound, file + ": cannot find its pictures, such as '" +
                                                 first + "', in or beside its folder");
  for (LabelledImage &image : images)
    if (!path::is_absolute(image.path))
      image.path = joined(folder, image.path);
  return std::move(reader.result);
}

} // namespace bstc

#include "tools/bstc/detect/detect_files.h"

#include "detectors/shared/coco_classes.h"
#include "tools/bstc/cli/model.h"
#include "tools/bstc/files/json_writer.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstdio>
#include <map>

namespace bstc {

std::string className(int32_t classIndex, llvm::ArrayRef<std::string> names) {
  return size_t(classIndex) < names.size() ? names[size_t(classIndex)]
                                           : "class " + std::to_string(classIndex);
}

/// Two persons, buses, wine glasses, benches; skis and scissors stay.
static const char *pluralEnding(llvm::StringRef name) {
  for (const char *end : {"ss", "us", "sh", "ch", "x"})
    if (name.endswith(end))
      return "es";
  return name.endswith("s") ? "" : "s";
}

std::string summaryOf(const std::vector<Detection> &detections, llvm::ArrayRef<std::string> names) {
  std::map<int32_t, size_t> counts;
  for (const Detection &detection : detections)
    ++counts[detection.classIndex];
  std::string text;
  for (const auto &[classIndex, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ';
    text += className(classIndex, names) +
            (count > 1 ? pluralEnding(className(classIndex, names)) : "");
  }
  return text.empty() ? "nothing" : text;
}

std::string yoloText(const Image &picture, const std::vector<Detection> &detections) {
  std::string text;
  const auto width = double(picture.width), height = double(picture.height);
  for (const Detection &detection : detections) {
    const Box &box = detection.box;
    char line[160];
    std::snprintf(line, sizeof line, "%d %.6g %.6g %.6g %.6g %.6g\n", int(detection.classIndex),
                  (double(box.x1) + double(box.x2)) / 2 / width,
                  (double(box.y1) + double(box.y2)) / 2 / height,
                  (double(box.x2) - double(box.x1)) / width,
                  (double(box.y2) - double(box.y1)) / height, double(detection.score));
    text += line;
  }
  return text;
}

/// Rounded to `decimals`, so that files stay small and readable.
static double rounded(double value, int decimals) {
  const double power = std::pow(10.0, decimals);
  return std::round(value * power) / power;
}

static void writeBox(JsonWriter &json, const Box &box) {
  json.key("bbox");
  json.beginArrayOnOneLine();
  json.value(rounded(box.x1, 3));
  json.value(rounded(box.y1, 3));
  json.value(rounded(double(box.x2) - double(box.x1), 3));
  json.value(rounded(double(box.y2) - double(box.y1), 3));
  json.endArray();
}

std::string cocoResults(llvm::StringRef path, const PictureDetections &found, bool coco) {
  std::string lines;
  const llvm::StringRef id = stemOf(path);
  uint64_t number = 0;
  const bool isNumber = llvm::all_of(id, llvm::isDigit) && !id.getAsInteger(10, number);
  for (size_t i = 0; i < found.detections.size(); ++i) {
    const Detection &detection = found.detections[i];
    JsonWriter json;
    json.beginObjectOnOneLine();
    if (isNumber)
      json.member("image_id", number);
    else
      json.member("image_id", id);
    json.member("category_id", coco ? cocoCategory(detection.classIndex) : detection.classIndex);
    writeBox(json, detection.box);
    json.member("score", rounded(detection.score, 5));
    if (!found.masks.empty()) {
      const RunLengthMask &mask = found.masks[i];
      json.key("segmentation");
      json.beginObject();
      json.member("size", llvm::ArrayRef<int32_t>({mask.height, mask.width}));
      json.member("counts", mask.cocoText());
      json.endObject();
    }
    json.endObject();
    lines += (i > 0 ? ",\n" : "") + llvm::StringRef(json.take()).rtrim().str();
  }
  return lines;
}

} // namespace bstc

#include "vision/data/yolo_labels.h"

#include "ir/error.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bstc {

std::string labelFileOf(llvm::StringRef image) {
  llvm::SmallString<256> file;
  const size_t folder = image.rfind("/images/");
  if (folder != llvm::StringRef::npos)
    (image.take_front(folder) + "/labels/" + image.drop_front(folder + 8)).toVector(file);
  else if (image.consume_front("images/"))
    ("labels/" + image).toVector(file);
  else
    file = image;
  llvm::sys::path::replace_extension(file, "txt");
  return file.str().str();
}

static std::string textOf(float number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", double(number));
  return text;
}

/// The beginning of a word that may be anything, fit for a terminal.
static std::string quoted(llvm::StringRef word) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::printEscapedString(word.take_front(40), stream);
  return stream.str();
}

/// What is wrong with a line's numbers; empty: nothing.
static std::string complaint(llvm::ArrayRef<float> numbers, size_t classes) {
  const size_t columns = numbers.size();
  if (columns != 5 && (columns < 7 || columns % 2 == 0))
    return "a label has 5 columns (class, x, y, width, height), or a class and 3 and more points; "
           "this one has " +
           std::to_string(columns);
  for (float number : numbers)
    if (!(number >= 0))
      return "negative label value " + textOf(number);
  if (numbers[0] != std::floor(numbers[0]) || double(numbers[0]) >= double(INT32_MAX))
    return "class " + textOf(numbers[0]) + " is not a whole number";
  if (double(numbers[0]) >= double(classes))
    return "class " + std::to_string(int64_t(numbers[0])) + ", but there are " +
           std::to_string(classes) + " classes (from 0)";
  for (float number : numbers.drop_front())
    if (!(number <= 1))
      return "coordinate " + textOf(number) + " is beyond 1: not a fraction of the picture";
  return "";
}

static Label labelOf(llvm::ArrayRef<float> numbers) {
  Label label;
  label.classIndex = int32_t(numbers[0]);
  if (numbers.size() == 5) {
    const float x = numbers[1], y = numbers[2], w = numbers[3] / 2, h = numbers[4] / 2;
    label.box = {x - w, y - h, x + w, y + h};
    return label;
  }
  label.polygons.emplace_back(numbers.begin() + 1, numbers.end());
  label.box = {1, 1, 0, 0};
  for (size_t i = 1; i < numbers.size(); i += 2) {
    label.box.x1 = std::min(label.box.x1, numbers[i]);
    label.box.x2 = std::max(label.box.x2, numbers[i]);
    label.box.y1 = std::min(label.box.y1, numbers[i + 1]);
    label.box.y2 = std::max(label.box.y2, numbers[i + 1]);
  }
  return label;
}

llvm::Expected<std::vector<Label>> parseYoloLabels(llvm::StringRef text, llvm::StringRef file,
                                                   size_t classes, size_t &duplicates) {
  std::vector<Label> labels;
  std::set<std::vector<float>> seen;
  size_t line = 0;
  while (!text.empty()) {
    llvm::StringRef rest;
    std::tie(rest, text) = text.split('\n');
    ++line;
    const std::string where = (file + ":" + llvm::Twine(line) + ": ").str();
    std::vector<float> numbers;
    llvm::SmallVector<llvm::StringRef, 8> words;
    llvm::SplitString(rest, words, " \t\r\v\f");
    for (llvm::StringRef word : words) {
      double number = 0;
      if (word.getAsDouble(number))
        return makeError(Code::BadLabels, where + "'" + quoted(word) + "' is not a number");
      numbers.push_back(float(number));
    }
    if (numbers.empty())
      continue;
    if (std::string reason = complaint(numbers, classes); !reason.empty())
      return makeError(Code::BadLabels, where + reason);
    if (seen.insert(numbers).second)
      labels.push_back(labelOf(numbers));
    else
      ++duplicates;
  }
  return labels;
}

} // namespace bstc

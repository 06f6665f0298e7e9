#include "detectors/shared/anchors.h"

#include "ir/error.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace bstc {

llvm::Expected<AnchorLevels> parseAnchors(llvm::StringRef text) {
  AnchorLevels levels;
  llvm::SmallVector<llvm::StringRef, 4> rows;
  text.split(rows, '/');
  for (llvm::StringRef row : rows) {
    std::vector<float> numbers;
    llvm::SmallVector<llvm::StringRef, 8> parts;
    row.split(parts, ',');
    for (llvm::StringRef part : parts) {
      double number = 0;
      if (part.trim().getAsDouble(number) || !(number > 0) || !std::isfinite(float(number)))
        return makeError(Code::BadAnchors,
                         "anchors are numbers above 0, not '" + part.trim() + "'");
      numbers.push_back(float(number));
    }
    if (numbers.size() % 2)
      return makeError(Code::BadAnchors, "anchors are pairs of width and height, but '" + row +
                                             "' has " + llvm::Twine(numbers.size()) + " numbers");
    if (!levels.empty() && numbers.size() != levels[0].size())
      return makeError(Code::BadAnchors, "levels have as many anchors each, but '" + row +
                                             "' has " + llvm::Twine(numbers.size() / 2) +
                                             " and the first level " +
                                             llvm::Twine(levels[0].size() / 2));
    levels.push_back(std::move(numbers));
  }
  return levels;
}

} // namespace bstc

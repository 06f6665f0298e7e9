#include "vision/detect/mask.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bstc {

namespace {

/// Whole numbers from `begin` to `end`, without it.
struct Range {
  int begin = 0, end = 0;
  int size() const { return std::max(0, end - begin); }
};

/// Pixels i of [0, count) with low <= i < high.
Range pixelsBetween(float low, float high, int count) {
  const auto first = [&](float edge) {
    return int(std::clamp(std::ceil(edge), 0.0f, float(count)));
  };
  return {first(low), first(high)};
}

/// Probabilities of a part of the prototypes: [rows][columns].
std::vector<float> probabilities(const Prototypes &prototypes, std::span<const float> coefficients,
                                 Range rows, Range columns) {
  assert(coefficients.size() == size_t(prototypes.count));
  const auto width = size_t(columns.size());
  std::vector<float> values(size_t(rows.size()) * width);
  for (int channel = 0; channel < prototypes.count; ++channel)
    for (int row = rows.begin; row < rows.end; ++row) {
      const size_t from =
          (size_t(channel) * size_t(prototypes.height) + size_t(row)) * size_t(prototypes.width) +
          size_t(columns.begin);
      float *to = &values[size_t(row - rows.begin) * width];
      for (size_t column = 0; column < width; ++column)
        to[column] += coefficients[size_t(channel)] * prototypes.values[from + column];
    }
  for (float &value : values)
    value = 1 / (1 + std::exp(-value));
  return values;
}

/// The runs of a mask that is empty outside of a part; inside(x, y) is asked there.
template <class Inside>
RunLengthMask runsOf(int width, int height, Range columns, Range rows, const Inside &inside) {
  RunLengthMask mask{width, height, {}};
  if (columns.size() == 0 || rows.size() == 0)
    columns = {0, 0};
  mask.append(false, uint32_t(columns.begin) * uint32_t(height));
  for (int x = columns.begin; x < columns.end; ++x) {
    mask.append(false, uint32_t(rows.begin));
    for (int y = rows.begin; y < rows.end; ++y)
      mask.append(inside(x, y), 1);
    mask.append(false, uint32_t(height - rows.end));
  }
  mask.append(false, uint32_t(width - columns.end) * uint32_t(height));
  return mask;
}

/// Between which prototype pixels a picture's row or column lies.
struct Tap {
  int first = 0, second = 0;
  float weight = 0; ///< Of the second.
};

/// Taps of the picture's `pixels` along one side. \p start and \p length: where the whole picture's
/// side lies in the prototypes, in their pixels; nothing is taken from the padding around it.
std::vector<Tap> tapsOf(Range pixels, int pictureLength, float start, float length, int count) {
  std::vector<Tap> taps;
  const float least = std::clamp(std::floor(start), 0.0f, float(count - 1));
  const float most = std::clamp(std::ceil(start + length) - 1, least, float(count - 1));
  for (int i = pixels.begin; i < pixels.end; ++i) {
    const float at =
        std::clamp(start + (float(i) + 0.5f) * length / float(pictureLength) - 0.5f, least, most);
    const int first = int(at);
    taps.push_back({first, std::min(first + 1, int(most)), at - float(first)});
  }
  return taps;
}

} // namespace

RunLengthMask prototypeMask(const Prototypes &prototypes, std::span<const float> coefficients,
                            const Box &box, const Letterbox &letterbox) {
  const float scaleX = float(prototypes.width) / float(letterbox.width);
  const float scaleY = float(prototypes.height) / float(letterbox.height);
  const Range columns = pixelsBetween(box.x1 * scaleX, box.x2 * scaleX, prototypes.width);
  const Range rows = pixelsBetween(box.y1 * scaleY, box.y2 * scaleY, prototypes.height);
  const std::vector<float> values = probabilities(prototypes, coefficients, rows, columns);
  return runsOf(prototypes.width, prototypes.height, columns, rows, [&](int x, int y) {
    return values[size_t(y - rows.begin) * size_t(columns.size()) + size_t(x - columns.begin)] >
           0.5f;
  });
}

RunLengthMask pictureMask(const Prototypes &prototypes, std::span<const float> coefficients,
                          const Box &box, const Letterbox &letterbox) {
  const int width = letterbox.pictureWidth, height = letterbox.pictureHeight;
  const Range columns = pixelsBetween(box.x1, box.x2, width);
  const Range rows = pixelsBetween(box.y1, box.y2, height);
  if (columns.size() == 0 || rows.size() == 0)
    return runsOf(width, height, columns, rows, [](int, int) { return false; });
  const float scaleX = float(prototypes.width) / float(letterbox.width);
  const float scaleY = float(prototypes.height) / float(letterbox.height);
  const std::vector<Tap> across = tapsOf(columns, width, float(letterbox.left) * scaleX,
                                         float(letterbox.innerWidth) * scaleX, prototypes.width);
  const std::vector<Tap> down = tapsOf(rows, height, float(letterbox.top) * scaleY,
                                       float(letterbox.innerHeight) * scaleY, prototypes.height);
  const Range usedColumns = {across.front().first, across.back().second + 1};
  const Range usedRows = {down.front().first, down.back().second + 1};
  const std::vector<float> values = probabilities(prototypes, coefficients, usedRows, usedColumns);
  return runsOf(width, height, columns, rows, [&](int x, int y) {
    const Tap &column = across[size_t(x - columns.begin)], &row = down[size_t(y - rows.begin)];
    const auto mixed = [&](int protoRow) {
      const float *line = &values[size_t(protoRow - usedRows.begin) * size_t(usedColumns.size())];
      const float first = line[column.first - usedColumns.begin];
      return first + (line[column.second - usedColumns.begin] - first) * column.weight;
    };
    const float upper = mixed(row.first);
    return upper + (mixed(row.second) - upper) * row.weight > 0.5f;
  });
}

} // namespace bstc

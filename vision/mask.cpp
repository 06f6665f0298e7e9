#include "vision/mask.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace bstc {

void RunLengthMask::append(bool inside, uint32_t length) {
  if (length == 0)
    return;
  if (counts.empty() && inside)
    counts.push_back(0);
  const bool lastInside = counts.size() % 2 == 0;
  if (!counts.empty() && lastInside == inside)
    counts.back() += length;
  else
    counts.push_back(length);
}

uint64_t RunLengthMask::area() const {
  uint64_t sum = 0;
  for (size_t run = 1; run < counts.size(); run += 2)
    sum += counts[run];
  return sum;
}

std::vector<uint8_t> RunLengthMask::pixels() const {
  std::vector<uint8_t> rows(size_t(width) * size_t(height));
  size_t at = 0;
  for (size_t run = 0; run < counts.size(); ++run)
    for (uint32_t i = 0; i < counts[run]; ++i, ++at)
      if (run % 2)
        rows[at % size_t(height) * size_t(width) + at / size_t(height)] = 1;
  return rows;
}

std::string RunLengthMask::cocoText() const {
  std::string text;
  for (size_t run = 0; run < counts.size(); ++run) {
    int64_t rest = int64_t(counts[run]) - (run > 2 ? int64_t(counts[run - 2]) : 0);
    for (bool more = true; more;) {
      int digit = int(rest & 0x1f);
      rest >>= 5;
      more = (digit & 0x10) != 0 ? rest != -1 : rest != 0;
      text.push_back(char(digit + (more ? 0x20 : 0) + '0'));
    }
  }
  return text;
}

double intersectionOverUnion(const RunLengthMask &a, const RunLengthMask &b) {
  assert(a.width == b.width && a.height == b.height);
  uint64_t both = 0;
  size_t i = 0, j = 0;
  uint32_t restA = a.counts.empty() ? 0 : a.counts[0], restB = b.counts.empty() ? 0 : b.counts[0];
  while (i < a.counts.size() && j < b.counts.size()) {
    const uint32_t step = std::min(restA, restB);
    if (i % 2 && j % 2)
      both += step;
    if ((restA -= step) == 0 && ++i < a.counts.size())
      restA = a.counts[i];
    if ((restB -= step) == 0 && ++j < b.counts.size())
      restB = b.counts[j];
  }
  const uint64_t either = a.area() + b.area() - both;
  return either > 0 ? double(both) / double(either) : 0;
}

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

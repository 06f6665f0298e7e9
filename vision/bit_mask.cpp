#include "vision/bit_mask.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace bstc {

uint64_t BitMask::count() const { return countCommon(*this); }

uint64_t BitMask::countCommon(const BitMask &other) const {
  assert(columns == other.columns && rows == other.rows);
  uint64_t sum = 0;
  for (size_t i = 0; i < words.size(); ++i)
    sum += uint64_t(std::popcount(words[i] & other.words[i]));
  return sum;
}

float intersectionOverUnion(const BitMask &a, const BitMask &b) {
  const uint64_t common = a.countCommon(b), all = a.count() + b.count() - common;
  return all ? float(double(common) / double(all)) : 0;
}

namespace {

struct Vertex {
  int x, y;
};

/// Draws what of the line is on the mask.
void drawLine(BitMask &mask, Vertex a, Vertex b) {
  const int steps = std::max(std::abs(b.x - a.x), std::abs(b.y - a.y));
  for (int i = 0; i <= steps; ++i) {
    const double t = steps ? double(i) / steps : 0;
    const int x = int(std::lround(a.x + t * (b.x - a.x))),
              y = int(std::lround(a.y + t * (b.y - a.y)));
    if (x >= 0 && y >= 0 && x < mask.width() && y < mask.height())
      mask.set(x, y);
  }
}

/// Fills by the even-odd rule, and draws the border.
void fillPolygon(BitMask &mask, const std::vector<Vertex> &polygon) {
  for (int y = 0; y < mask.height(); ++y) {
    std::vector<double> crossings;
    for (size_t i = 0; i < polygon.size(); ++i) {
      Vertex a = polygon[i], b = polygon[(i + 1) % polygon.size()];
      if (a.y > b.y)
        std::swap(a, b);
      if (a.y <= y && y < b.y)
        crossings.push_back(a.x + double(b.x - a.x) * (y - a.y) / (b.y - a.y));
    }
    std::sort(crossings.begin(), crossings.end());
    for (size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const int from = std::max(0, int(std::ceil(crossings[i])));
      const int to = std::min(mask.width() - 1, int(std::floor(crossings[i + 1])));
      for (int x = from; x <= to; ++x)
        mask.set(x, y);
    }
  }
  for (size_t i = 0; i < polygon.size(); ++i)
    drawLine(mask, polygon[i], polygon[(i + 1) % polygon.size()]);
}

void drawPolygon(BitMask &mask, const std::vector<float> &points, const PictureFrame &frame) {
  std::vector<Vertex> polygon;
  for (size_t i = 0; i + 1 < points.size(); i += 2)
    polygon.push_back({int(double(points[i]) * frame.width + frame.left),
                       int(double(points[i + 1]) * frame.height + frame.top)});
  fillPolygon(mask, polygon);
}

void drawRuns(BitMask &mask, const RunLengths &runs, const PictureFrame &frame) {
  BitMask picture(runs.width, runs.height);
  uint64_t at = 0;
  for (size_t i = 0; i < runs.counts.size(); ++i)
    for (uint32_t k = 0; k < runs.counts[i]; ++k, ++at)
      if (i % 2)
        picture.set(int(at / uint64_t(runs.height)), int(at % uint64_t(runs.height)));
  for (int y = 0; y < mask.height(); ++y)
    for (int x = 0; x < mask.width(); ++x) {
      const double u = std::floor((x + 0.5 - frame.left) / frame.width * runs.width),
                   v = std::floor((y + 0.5 - frame.top) / frame.height * runs.height);
      if (u >= 0 && v >= 0 && u < runs.width && v < runs.height && picture.test(int(u), int(v)))
        mask.set(x, y);
    }
}

/// A position of the coarse mask in the fine one, with its two neighbours.
struct Tap {
  Tap(int i, int coarse, int fine) {
    const double at = std::max(0.0, (i + 0.5) * fine / coarse - 0.5);
    first = std::min(int(at), fine - 1);
    second = std::min(first + 1, fine - 1);
    weight = at - first;
  }
  int first, second;
  double weight; ///< Of the second.
};

BitMask resized(const BitMask &mask, int width, int height) {
  BitMask result(width, height);
  for (int y = 0; y < height; ++y) {
    const Tap v(y, height, mask.height());
    for (int x = 0; x < width; ++x) {
      const Tap u(x, width, mask.width());
      const auto row = [&](int line) {
        return mask.test(u.first, line) * (1 - u.weight) + mask.test(u.second, line) * u.weight;
      };
      if (row(v.first) * (1 - v.weight) + row(v.second) * v.weight > 0.5)
        result.set(x, y);
    }
  }
  return result;
}

} // namespace

BitMask drawLabel(const Label &label, const PictureFrame &frame, int width, int height) {
  BitMask mask(frame.inputWidth, frame.inputHeight);
  for (const std::vector<float> &polygon : label.polygons)
    drawPolygon(mask, polygon, frame);
  if (!label.runs.counts.empty())
    drawRuns(mask, label.runs, frame);
  const Box &box = label.box;
  if (!label.hasMask())
    drawPolygon(mask, {box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2}, frame);
  return resized(mask, width, height);
}

BitMask predictMask(std::span<const float> coefficients, std::span<const float> prototypes,
                    const Box &box, int width, int height) {
  BitMask mask(width, height);
  // A pixel is inside where x1 <= x < x2; a box that is not a number has none.
  const auto first = [](float from, int end) {
    return from > 0 ? int(std::ceil(std::min(from, float(end)))) : 0;
  };
  const int x1 = first(box.x1, width), x2 = first(box.x2, width), y1 = first(box.y1, height),
            y2 = first(box.y2, height);
  std::vector<float> row(size_t(std::max(0, x2 - x1)));
  if (row.empty())
    return mask;
  for (int y = y1; y < y2; ++y) {
    std::fill(row.begin(), row.end(), 0.0f);
    for (size_t c = 0; c < coefficients.size(); ++c) {
      const float *prototype =
          &prototypes[(c * size_t(height) + size_t(y)) * size_t(width) + size_t(x1)];
      for (size_t x = 0; x < row.size(); ++x)
        row[x] += coefficients[c] * prototype[x];
    }
    for (size_t x = 0; x < row.size(); ++x)
      if (row[x] > 0) // Where the sigmoid exceeds 0.5.
        mask.set(x1 + int(x), y);
  }
  return mask;
}

} // namespace bstc

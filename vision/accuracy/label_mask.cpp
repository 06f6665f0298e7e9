#include "vision/accuracy/label_mask.h"

#include <algorithm>
#include <cmath>

namespace bstc {

namespace {

/// Which pixels are set.
class Pixels {
public:
  Pixels(int width, int height)
      : columns(width), rows(height), bits(size_t(width) * size_t(height), false) {}

  int width() const { return columns; }
  int height() const { return rows; }
  void set(int x, int y) { bits[at(x, y)] = true; }
  bool test(int x, int y) const { return bits[at(x, y)]; }

private:
  size_t at(int x, int y) const { return size_t(y) * size_t(columns) + size_t(x); }

  int columns, rows;
  std::vector<bool> bits;
};

struct Vertex {
  int x, y;
};

/// The pixels that a vertex within the picture can have: where the picture is in the input, with
/// one more behind its right and lower edge.
struct Frame {
  explicit Frame(const Letterbox &letterbox)
      : left(int(letterbox.padX)), top(int(letterbox.padY)),
        right(std::min(letterbox.width - 1, int(float(letterbox.innerWidth) + letterbox.padX))),
        bottom(std::min(letterbox.height - 1, int(float(letterbox.innerHeight) + letterbox.padY))) {
  }
  int left, top, right, bottom; ///< Inclusive.
};

/// Draws what of the line is in the frame.
void drawLine(Pixels &mask, const Frame &frame, Vertex a, Vertex b) {
  const int steps = std::max(std::abs(b.x - a.x), std::abs(b.y - a.y));
  for (int i = 0; i <= steps; ++i) {
    const double t = steps ? double(i) / steps : 0;
    const int x = int(std::lround(a.x + t * (b.x - a.x))),
              y = int(std::lround(a.y + t * (b.y - a.y)));
    if (x >= frame.left && y >= frame.top && x <= frame.right && y <= frame.bottom)
      mask.set(x, y);
  }
}

/// Fills by the even-odd rule, and draws the border; what of it is in the frame.
void fillPolygon(Pixels &mask, const Frame &frame, const std::vector<Vertex> &polygon) {
  for (int y = frame.top; y <= frame.bottom; ++y) {
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
      const int from = std::max(frame.left, int(std::ceil(crossings[i])));
      const int to = std::min(frame.right, int(std::floor(crossings[i + 1])));
      for (int x = from; x <= to; ++x)
        mask.set(x, y);
    }
  }
  for (size_t i = 0; i < polygon.size(); ++i)
    drawLine(mask, frame, polygon[i], polygon[(i + 1) % polygon.size()]);
}

void drawPolygon(Pixels &mask, const std::vector<float> &points, const Letterbox &letterbox) {
  std::vector<Vertex> polygon;
  for (size_t i = 0; i + 1 < points.size(); i += 2)
    polygon.push_back({int(points[i] * float(letterbox.innerWidth) + letterbox.padX),
                       int(points[i + 1] * float(letterbox.innerHeight) + letterbox.padY)});
  fillPolygon(mask, Frame(letterbox), polygon);
}

void drawRuns(Pixels &mask, const RunLengthMask &runs, const Letterbox &letterbox) {
  const std::vector<uint8_t> pixels = runs.pixels();
  for (int y = 0; y < mask.height(); ++y)
    for (int x = 0; x < mask.width(); ++x) {
      const double u = std::floor((x + 0.5 - double(letterbox.padX)) / letterbox.innerWidth *
                                  runs.width),
                   v = std::floor((y + 0.5 - double(letterbox.padY)) / letterbox.innerHeight *
                                  runs.height);
      if (u >= 0 && v >= 0 && u < runs.width && v < runs.height &&
          pixels[size_t(v) * size_t(runs.width) + size_t(u)])
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

RunLengthMask resized(const Pixels &mask, int width, int height) {
  RunLengthMask result = {width, height, {}};
  for (int x = 0; x < width; ++x) {
    const Tap u(x, width, mask.width());
    for (int y = 0; y < height; ++y) {
      const Tap v(y, height, mask.height());
      const auto row = [&](int line) {
        return mask.test(u.first, line) * (1 - u.weight) + mask.test(u.second, line) * u.weight;
      };
      result.append(row(v.first) * (1 - v.weight) + row(v.second) * v.weight > 0.5, 1);
    }
  }
  return result;
}

} // namespace

RunLengthMask drawLabel(const Label &label, const Letterbox &letterbox, int width, int height) {
  Pixels mask(letterbox.width, letterbox.height);
  for (const std::vector<float> &polygon : label.polygons)
    drawPolygon(mask, polygon, letterbox);
  if (!label.runs.counts.empty())
    drawRuns(mask, label.runs, letterbox);
  const Box &box = label.box;
  if (!label.hasMask())
    drawPolygon(mask, {box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2}, letterbox);
  return resized(mask, width, height);
}

} // namespace bstc

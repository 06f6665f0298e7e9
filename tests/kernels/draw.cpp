#include "tests/kernels/draw.h"

#include "tests/reference/access.h"
#include "tests/reference/requant.h"

#include <algorithm>

namespace bst::problems {

using reference::highest;
using reference::lowest;

std::vector<DType> drawTypes(Rng &rng, size_t count) {
  std::vector<DType> types(count);
  for (DType &type : types)
    type = rng.chance(50) ? DType::S8 : DType::U8;
  return types;
}

int64_t drawZeroPoint(Rng &rng, DType dtype) {
  if (rng.chance(30))
    return dtype == DType::S8 ? 0 : rng.pick({0, 128});
  if (rng.chance(40))
    return rng.pick({lowest(dtype), highest(dtype)});
  return rng.between(lowest(dtype), highest(dtype));
}

int64_t drawShift(Rng &rng) {
  if (rng.chance(50))
    return 0;
  // The ends, and where the results of sums, products and accumulators first leave int32.
  return rng.chance(60) ? rng.pick({1, 8, 9, 15, 16, 30, 31, 62}) : rng.between(1, 62);
}

int64_t drawDataMode(Rng &rng) { return rng.chance(70) ? 0 : rng.between(1, 2); }

int64_t drawBudget(Rng &rng) {
  if (rng.chance(80))
    return 1000;
  return rng.chance(90) ? 10000 : 100000;
}

std::vector<int64_t> drawShape(Rng &rng, size_t rank, int64_t budget) {
  std::vector<int64_t> shape(rank, 1);
  // Axes in a random order, so that each is the long one now and then.
  const size_t first = size_t(rng.between(0, int64_t(rank) - 1));
  for (size_t k = 0; k < rank; ++k) {
    const int64_t extent = rng.logarithmic(1, std::min<int64_t>(budget, 512));
    shape[(first + k) % rank] = extent;
    budget = std::max<int64_t>(1, budget / extent);
  }
  return shape;
}

/// Whether every window of an axis touches the input.
static bool everyWindowSees(int64_t extent, int64_t padBefore, int64_t windows, int64_t kernel,
                            int64_t stride, int64_t dilation) {
  for (int64_t window = 0; window < windows; ++window) {
    bool sees = false;
    for (int64_t k = 0; k < kernel; ++k) {
      const int64_t at = window * stride - padBefore + k * dilation;
      sees = sees || (at >= 0 && at < extent);
    }
    if (!sees)
      return false;
  }
  return true;
}

void drawWindow(Problem &problem, Rng &rng, int64_t height, int64_t width, bool covered) {
  const auto axis = [&](int64_t extent, const char *kernel, const char *stride,
                        const char *dilation, const char *before, const char *after) {
    int64_t k, s, d, first, last, windows;
    do {
      k = rng.chance(40) ? rng.pick({1, 3}) : rng.between(1, 7);
      s = rng.chance(50) ? 1 : rng.between(1, 3);
      d = rng.chance(70) ? 1 : 2;
      // Up to beyond the reach of the window: whole windows in the padding.
      const int64_t most = (k - 1) * d + 2;
      const bool padded = rng.chance(50);
      first = padded ? rng.between(0, most) : 0;
      last = padded ? rng.between(0, most) : 0;
      windows = windowedExtent(extent, first, last, k, s, d);
    } while (windows < 1 || (covered && !everyWindowSees(extent, first, windows, k, s, d)));
    problem.set(kernel, k);
    problem.set(stride, s);
    problem.set(dilation, d);
    problem.set(before, first);
    problem.set(after, last);
  };
  axis(height, "kh", "sh", "dh", "pt", "pb");
  axis(width, "kw", "sw", "dw", "pl", "pr");
}

std::vector<Field> windowFields() {
  return {{"kh", {1}, 1, 64}, {"kw", {1}, 1, 64}, {"sh", {1}, 1, 64}, {"sw", {1}, 1, 64},
          {"dh", {1}, 1, 64}, {"dw", {1}, 1, 64}, {"pt", {0}, 0, 64}, {"pl", {0}, 0, 64},
          {"pb", {0}, 0, 64}, {"pr", {0}, 0, 64}};
}

std::vector<Field> operator+(std::vector<Field> a, const std::vector<Field> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Field seedField() { return {"seed", {1}, 0, INT32_MAX}; }
Field clampField() { return {"clamp", {0}, 0, 3}; }
Field shiftField() { return {"shift", {0}, 0, 62}; }
Field dataField() { return {"data", {0}, 0, 2}; }
Field zeroPointField(const char *name) { return {name, {0}, -128, 255}; }
Field shapeField(const char *name, std::vector<int64_t> fallback, size_t longest) {
  return {name, std::move(fallback), 1, 1 << 20, longest};
}

std::string checkTypes(const Problem &problem, const std::string &pattern) {
  bool fits = problem.types.size() == pattern.size();
  for (size_t k = 0; fits && k < pattern.size(); ++k) {
    const bool quantised = problem.types[k] == DType::S8 || problem.types[k] == DType::U8;
    fits = pattern[k] == '*' || (pattern[k] == 'q' ? quantised : problem.types[k] == DType::F32);
  }
  return fits ? "" : "expected element types " + pattern + " (q: s8 or u8, f: f32, *: any)";
}

Window windowOf(const Problem &problem) {
  const auto field = [&](const char *name) { return int32_t(problem.number(name)); };
  Window window;
  window.kernelH = field("kh");
  window.kernelW = field("kw");
  window.strideH = field("sh");
  window.strideW = field("sw");
  window.dilationH = field("dh");
  window.dilationW = field("dw");
  window.padTop = field("pt");
  window.padLeft = field("pl");
  window.padBottom = field("pb");
  window.padRight = field("pr");
  return window;
}

int64_t windowedExtent(int64_t extent, int64_t padBefore, int64_t padAfter, int64_t kernel,
                       int64_t stride, int64_t dilation) {
  const int64_t room = extent + padBefore + padAfter - ((kernel - 1) * dilation + 1);
  return room < 0 ? 0 : room / stride + 1;
}

std::string windowedShape(const Problem &problem, const std::vector<int64_t> &input,
                          int64_t channels, std::vector<int64_t> &output) {
  const Window w = windowOf(problem);
  const int64_t height =
      windowedExtent(input[2], w.padTop, w.padBottom, w.kernelH, w.strideH, w.dilationH);
  const int64_t width =
      windowedExtent(input[3], w.padLeft, w.padRight, w.kernelW, w.strideW, w.dilationW);
  if (height < 1 || width < 1)
    return "the window does not fit into the padded input";
  output = {input[0], channels, height, width};
  return {};
}

std::string pooledShape(const Problem &problem, const std::string &pattern,
                        std::vector<int64_t> &output) {
  const std::vector<int64_t> &shape = problem.list("d");
  const std::string error = checkTypes(problem, pattern);
  if (!error.empty())
    return error;
  if (shape.size() != 4)
    return "expected four numbers in d";
  return windowedShape(problem, shape, shape[1], output);
}

Requant makeRequant(Rng &rng, int64_t shift, double ratio) {
  if (shift == 0)
    return reference::deriveRequant(ratio).value_or(Requant{});
  if (rng.chance(40))
    return {int32_t(rng.pick({1, INT32_MAX, INT32_MAX, 1 << 30})), int32_t(shift)};
  return {int32_t(rng.logarithmic(1, INT32_MAX)), int32_t(shift)};
}

Bounds makeClamp(Rng &rng, int64_t mode, DType dtype, int64_t zeroPoint) {
  const int64_t least = lowest(dtype), most = highest(dtype);
  const int64_t zero = std::clamp(zeroPoint, least, most);
  if (mode == 1)
    return {int32_t(zero), int32_t(most)};
  if (mode == 2)
    return {int32_t(zero), int32_t(rng.between(zero, most))};
  if (mode == 3) {
    const int64_t a = rng.between(least, most), b = rng.between(least, most);
    return {int32_t(std::min(a, b)), int32_t(std::max(a, b))};
  }
  return {int32_t(least), int32_t(most)};
}

std::vector<uint8_t> makeQuantised(Rng &rng, size_t count, DType dtype, int64_t zeroPoint,
                                   int64_t mode) {
  const int64_t least = lowest(dtype), most = highest(dtype);
  const int64_t further = zeroPoint - least > most - zeroPoint ? least : most;
  std::vector<uint8_t> values(count);
  for (uint8_t &value : values) {
    const int64_t drawn = mode == 2   ? further
                          : mode == 1 ? rng.pick({least, most})
                                      : rng.between(least, most);
    value = uint8_t(drawn & 0xff);
  }
  return values;
}

std::vector<float> makeFloats(Rng &rng, size_t count, double lo, double hi) {
  std::vector<float> values(count);
  for (float &value : values)
    value = float(rng.real(lo, hi));
  return values;
}

float makeScale(Rng &rng) { return float(std::exp2(rng.real(-9, 0))); }

bool broadcastShape(std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t> &result) {
  const size_t rank = std::max(a.size(), b.size());
  a.insert(a.begin(), rank - a.size(), 1);
  b.insert(b.begin(), rank - b.size(), 1);
  result.clear();
  for (size_t axis = 0; axis < rank; ++axis) {
    if (a[axis] != b[axis] && a[axis] != 1 && b[axis] != 1)
      return false;
    result.push_back(std::max(a[axis], b[axis]));
  }
  return true;
}

int64_t product(const std::vector<int64_t> &values) {
  int64_t result = 1;
  for (int64_t value : values)
    result *= value;
  return result;
}

Layout mapLayout(const std::vector<int64_t> &shape) {
  return shape.size() == 4 ? Layout::Nhwc : Layout::RowMajor;
}

} // namespace bst::problems

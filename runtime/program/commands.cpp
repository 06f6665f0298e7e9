#include "runtime/program/commands.h"

#include "runtime/support/small_sort.h"

#include <algorithm>
#include <array>

namespace bst {

// By the order of Params.
static constexpr std::array<const char *, std::variant_size_v<Params>> opcodeNames = {
    "conv",      "lut",           "add",          "mul",        "concat",       "max_pool",
    "resize",    "quantize",      "dequantize",   "float_conv", "float_unary",  "float_binary",
    "transpose", "slice",         "float_concat", "float_pool", "float_resize", "softmax",
    "matmul",    "yolo_decode",   "average_pool", "float_pad",  "lrn",          "nms",
    "picture",   "float_picture", "nv12",         "detect",
};

const char *opcodeName(const Params &params) { return opcodeNames[params.index()]; }

static void sortDistinct(std::vector<int64_t> &values) {
  smallSort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// The distinct numbers of taps inside the map along one axis. Between the borders all are the
/// kernel's, so only the windows that reach over one are looked at.
static std::vector<int64_t> countsAlong(int64_t kernel, int64_t stride, int64_t padBefore,
                                        int64_t extent, int64_t outputs) {
  std::vector<int64_t> counts;
  const auto inside = [&](int64_t i) {
    const int64_t start = i * stride - padBefore;
    return std::min(start + kernel, extent) - std::max<int64_t>(start, 0);
  };
  int64_t i = 0;
  for (; i < outputs && i * stride < padBefore; ++i)
    counts.push_back(inside(i));
  int64_t last = outputs - 1;
  for (; last >= i && last * stride - padBefore + kernel > extent; --last)
    counts.push_back(inside(last));
  if (last >= i)
    counts.push_back(kernel);
  sortDistinct(counts);
  return counts;
}

std::vector<int32_t> averagedCounts(const Window &window, bool countPadding, int64_t rows,
                                    int64_t columns, int64_t outRows, int64_t outColumns) {
  if (countPadding)
    return {window.kernelH * window.kernelW};
  std::vector<int64_t> counts;
  const auto down = countsAlong(window.kernelH, window.strideH, window.padTop, rows, outRows);
  const auto across =
      countsAlong(window.kernelW, window.strideW, window.padLeft, columns, outColumns);
  for (int64_t r : down)
    for (int64_t c : across)
      counts.push_back(r * c);
  sortDistinct(counts);
  return {counts.begin(), counts.end()};
}

} // namespace bst

// Rules that commands on rank-4 maps share, be they integer or float.
#include "runtime/verify/checks.h"

namespace bst {

// Kernels, strides, dilations and pads beyond this occur in no network.
constexpr int64_t maxWindowField = 1 << 16;

namespace {

/// A window along rows or columns.
struct WindowAxis {
  const char *name;
  int64_t kernel, stride, padBefore, padAfter, dilation;
  size_t axis; ///< Of the map, in ONNX order.
  int64_t span() const { return (kernel - 1) * dilation + 1; }
};

std::array<WindowAxis, 2> axesOf(const Window &w) {
  return {{{"rows", w.kernelH, w.strideH, w.padTop, w.padBottom, w.dilationH, 2},
           {"columns", w.kernelW, w.strideW, w.padLeft, w.padRight, w.dilationW, 3}}};
}

} // namespace

bool checkWindow(CommandCheck &c, const Window &window, const Tensor &input, const Tensor &output) {
  for (const WindowAxis &a : axesOf(window)) {
    const bool fields = c.inRange("window kernel", a.kernel, 1, maxWindowField) &&
                        c.inRange("window stride", a.stride, 1, maxWindowField) &&
                        c.inRange("window dilation", a.dilation, 1, maxWindowField) &&
                        c.inRange("window padding", a.padBefore, 0, maxWindowField) &&
                        c.inRange("window padding", a.padAfter, 0, maxWindowField);
    if (!fields)
      return false;
    const int64_t padded = input.shape[a.axis] + a.padBefore + a.padAfter;
    // Kernels compute positions in int32.
    if (!c.require(padded <= INT32_MAX && a.span() <= padded,
                   "window of {} {} does not fit into {} (input with padding)", a.span(), a.name,
                   padded))
      return false;
    const int64_t expected = (padded - a.span()) / a.stride + 1;
    if (!c.require(output.shape[a.axis] == expected, "{} has {} {}, the window gives {}",
                   c.label(output), output.shape[a.axis], a.name, expected))
      return false;
  }
  return true;
}

// The input element that the window at `start` sees first lies at or after 0; is it within?
static bool seesInput(const WindowAxis &a, int64_t start, int64_t extent) {
  const int64_t skipped = start < 0 ? (-start + a.dilation - 1) / a.dilation : 0;
  return skipped < a.kernel && start + skipped * a.dilation < extent;
}

bool checkWindowNeverEmpty(CommandCheck &c, const Window &window, const Tensor &input,
                           const Tensor &output) {
  for (const WindowAxis &a : axesOf(window)) {
    const int64_t extent = input.shape[a.axis], last = output.shape[a.axis] - 1;
    // From 0 on the start of a window is its first element, so only the last can be outside.
    bool sees = seesInput(a, last * a.stride - a.padBefore, extent);
    for (int64_t i = 0; i < last && i * a.stride < a.padBefore; ++i)
      sees = sees && seesInput(a, i * a.stride - a.padBefore, extent);
    if (!c.require(sees, "window of {} {} lies wholly in the padding of {} and {}", a.kernel,
                   a.name, a.padBefore, a.padAfter))
      return false;
  }
  return true;
}

bool checkConvChannels(CommandCheck &c, const Window &window, int32_t groups) {
  const Tensor &x = c.in(0), &w = c.in(1), &y = c.out();
  if (!c.inRange("groups", groups, 1, x.shape[1]))
    return false;
  return c.require(x.shape[1] % groups == 0 && y.shape[1] % groups == 0,
                   "groups are {}, expected a divisor of {} input and {} output channels", groups,
                   x.shape[1], y.shape[1]) &&
         c.shapeIs(w, {y.shape[1], x.shape[1] / groups, window.kernelH, window.kernelW}) &&
         c.require(x.shape[0] == y.shape[0], "{} has shape {}, expected the batch of {}",
                   c.label(y), y.shape, x.shape);
}

static bool checkIndices(CommandCheck &c, const char *field, const std::vector<int32_t> &indices,
                         size_t axis) {
  if (!c.countIs(field, indices.size(), size_t(c.out().shape[axis]), "extent of the output"))
    return false;
  for (int32_t index : indices)
    if (!c.inRange(field, index, 0, c.in(0).shape[axis] - 1))
      return false;
  return true;
}

bool checkResizeIndices(CommandCheck &c, const std::vector<int32_t> &rows,
                        const std::vector<int32_t> &columns) {
  const Tensor &x = c.in(0), &y = c.out();
  return c.shapeIs(y, {x.shape[0], x.shape[1], y.shape[2], y.shape[3]}) &&
         checkIndices(c, "rows", rows, 2) && checkIndices(c, "columns", columns, 3);
}

bool checkJoin(CommandCheck &c, int32_t axis) {
  const std::vector<int32_t> &expected = c.out().shape;
  if (!c.inRange("axis", axis, 0, int64_t(expected.size()) - 1))
    return false;
  uint64_t sum = 0;
  for (size_t i = 0; i < c.inputCount(); ++i) {
    const std::vector<int32_t> &shape = c.in(i).shape;
    bool fits = shape.size() == expected.size();
    for (size_t k = 0; fits && k < shape.size(); ++k)
      fits = k == size_t(axis) || shape[k] == expected[k];
    if (!c.require(fits, "{} has shape {}, expected that of the output, {}, but for axis {}",
                   c.label(c.in(i)), shape, expected, axis))
      return false;
    sum += uint64_t(shape[size_t(axis)]);
  }
  return c.require(sum == uint64_t(expected[size_t(axis)]),
                   "inputs have {} elements along axis {}, {} has {}", sum, axis, c.label(c.out()),
                   expected[size_t(axis)]);
}

} // namespace bst

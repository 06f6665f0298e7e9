// The commands of MACA and EDP: 8-bit feature maps.
#include "runtime/verify/checks.h"

#include <algorithm>

namespace bst {

// Vectors of a convolution: one element per output channel.
static bool checkConvVectors(CommandCheck &c, const ConvParams &p) {
  const size_t channels = size_t(c.out().shape[1]);
  if (!c.countIs("bias", p.bias.size(), channels, "output channels") ||
      !c.countIs("requant", p.requant.size(), channels, "output channels") ||
      (!p.weightZeroPoint.empty() &&
       !c.countIs("weight zero point", p.weightZeroPoint.size(), channels, "output channels")))
    return false;
  for (int32_t zeroPoint : p.weightZeroPoint)
    if (!c.inRange("weight zero point", zeroPoint, -128, 127))
      return false;
  constexpr int32_t mostOffset = 1 << 30; // Of a bias's rounding.
  return std::all_of(p.requant.begin(), p.requant.end(),
                     [&c](const Requant &r) { return c.requantValid("requant", r, mostOffset); });
}

bool checkConv(CommandCheck &c) {
  const auto &p = c.params<ConvParams>();
  const Tensor &x = c.in(0), &w = c.in(1), &y = c.out();
  return c.featureMap(x) && c.featureMap(y) && checkConvChannels(c, p.window, p.groups) &&
         checkWindow(c, p.window, x, y) &&
         c.require(w.dtype == DType::S8 && w.layout == weightLayout(p),
                   "{} is {} {}, expected s8 {}", c.label(w), dtypeName(w.dtype),
                   layoutName(w.layout), layoutName(weightLayout(p))) &&
         checkConvVectors(c, p) && c.clampFits(p.clampLo, p.clampHi, y);
}

bool checkLut(CommandCheck &c) {
  const auto &p = c.params<LutParams>();
  return c.quantised(c.in(0)) && c.quantised(c.out()) && c.sameShape(c.in(0), c.out()) &&
         c.sameLayout(c.in(0), c.out()) &&
         c.countIs("table", p.table.size(), 256, "values of the input");
}

// Two maps in, one out, of one shape.
static bool checkPair(CommandCheck &c) {
  const Tensor &a = c.in(0), &b = c.in(1), &y = c.out();
  return c.quantised(a) && c.quantised(b) && c.quantised(y) && c.sameShape(a, b) &&
         c.sameShape(a, y) && c.sameLayout(a, b) && c.sameLayout(a, y);
}

bool checkAdd(CommandCheck &c) {
  const auto &p = c.params<AddParams>();
  return checkPair(c) && c.inRange("multiplier a", p.multiplierA, -INT32_MAX, INT32_MAX) &&
         c.inRange("multiplier b", p.multiplierB, -INT32_MAX, INT32_MAX) &&
         c.inRange("shift", p.shift, 1, 62) && c.clampFits(p.clampLo, p.clampHi, c.out());
}

bool checkMul(CommandCheck &c) {
  const auto &p = c.params<MulParams>();
  return checkPair(c) && c.requantValid("requant", p.requant, 0) &&
         c.clampFits(p.clampLo, p.clampHi, c.out());
}

bool checkConcat(CommandCheck &c) {
  const auto &p = c.params<ConcatParams>();
  if (!c.featureMap(c.out()) || !c.countIs("copy", p.copy.size(), c.inputCount(), "inputs") ||
      !c.countIs("requant", p.requant.size(), c.inputCount(), "inputs"))
    return false;
  for (size_t i = 0; i < c.inputCount(); ++i) {
    if (!c.featureMap(c.in(i)) || !c.inRange("copy", p.copy[i], 0, 1))
      return false;
    if (p.copy[i] ? !c.sameType(c.in(i), c.out()) : !c.requantValid("requant", p.requant[i], 0))
      return false;
  }
  return checkJoin(c, p.axis);
}

bool checkMaxPool(CommandCheck &c) {
  const auto &p = c.params<MaxPoolParams>();
  const Tensor &x = c.in(0), &y = c.out();
  return c.featureMap(x) && c.featureMap(y) && c.sameType(x, y) &&
         c.shapeIs(y, {x.shape[0], x.shape[1], y.shape[2], y.shape[3]}) &&
         checkWindow(c, p.window, x, y) && checkWindowNeverEmpty(c, p.window, x, y);
}

bool checkAveragePool(CommandCheck &c) {
  const auto &p = c.params<AveragePoolParams>();
  const Tensor &x = c.in(0), &y = c.out();
  if (!c.featureMap(x) || !c.featureMap(y) ||
      !c.shapeIs(y, {x.shape[0], x.shape[1], y.shape[2], y.shape[3]}) ||
      !checkWindow(c, p.window, x, y) || !checkWindowNeverEmpty(c, p.window, x, y))
    return false;
  const int64_t whole = int64_t(p.window.kernelH) * p.window.kernelW;
  if (!c.require(p.window.dilationH == 1 && p.window.dilationW == 1, "is dilated") ||
      !c.inRange("window", whole, 1, INT32_MAX / 255)) // Sums are int32.
    return false;
  const std::vector<int32_t> expected =
      averagedCounts(p.window, p.countPadding, x.shape[2], x.shape[3], y.shape[2], y.shape[3]);
  return c.require(p.counts == expected, "counts are {}, expected {}", p.counts, expected) &&
         c.countIs("requant", p.requant.size(), expected.size(), "counts") &&
         std::all_of(p.requant.begin(), p.requant.end(),
                     [&c](const Requant &r) { return c.requantValid("requant", r, 0); });
}

bool checkResize(CommandCheck &c) {
  const auto &p = c.params<ResizeParams>();
  return c.featureMap(c.in(0)) && c.featureMap(c.out()) && c.sameType(c.in(0), c.out()) &&
         checkResizeIndices(c, p.rows, p.columns);
}

} // namespace bst

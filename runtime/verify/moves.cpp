// The commands of the DSP that only move data.
#include "runtime/verify/checks.h"

#include <bitset>

namespace bst {

// One element type in and out, row-major.
static bool checkMove(CommandCheck &c) {
  for (const Tensor *t : {&c.in(0), &c.out()})
    if (!c.require(t->layout == Layout::RowMajor, "{} is laid out {}, expected row_major",
                   c.label(*t), layoutName(t->layout)))
      return false;
  return c.sameType(c.in(0), c.out()) && c.rankIs(c.out(), c.in(0).shape.size());
}

// Bytes may change their layout, too, on their way between a host and the int8 engines; the host's
// side need not say what they stand for.
static bool checkRelayout(CommandCheck &c) {
  const Tensor &x = c.in(0), &y = c.out();
  for (const Tensor *t : {&x, &y})
    if (!c.require(t->layout == Layout::RowMajor || t->layout == Layout::Nhwc,
                   "{} is laid out {}, expected row_major or nhwc", c.label(*t),
                   layoutName(t->layout)))
      return false;
  if (x.scale != 0 && y.scale != 0 && !c.sameType(x, y))
    return false;
  return c.require(x.dtype == y.dtype, "{} is {}, {} is {}, expected equal dtypes", c.label(x),
                   dtypeName(x.dtype), c.label(y), dtypeName(y.dtype)) &&
         c.rankIs(y, x.shape.size());
}

bool checkTranspose(CommandCheck &c) {
  const std::vector<int32_t> &perm = c.params<TransposeParams>().perm;
  const std::vector<int32_t> &shape = c.in(0).shape;
  const bool bytes = elementSize(c.in(0).dtype) == 1;
  if (!(bytes ? checkRelayout(c) : checkMove(c)) ||
      !c.countIs("perm", perm.size(), shape.size(), "rank"))
    return false;
  std::bitset<maxRank> seen;
  std::vector<int32_t> expected(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    const int32_t axis = perm[i];
    if (!c.inRange("perm", axis, 0, int64_t(shape.size()) - 1) ||
        !c.require(!seen[size_t(axis)], "perm {} repeats axis {}", perm, axis))
      return false;
    seen[size_t(axis)] = true;
    expected[i] = shape[size_t(axis)];
  }
  return c.shapeIs(c.out(), expected);
}

bool checkSlice(CommandCheck &c) {
  const auto &p = c.params<SliceParams>();
  const std::vector<int32_t> &from = c.in(0).shape, &to = c.out().shape;
  if (!checkMove(c) || !c.countIs("start", p.start.size(), from.size(), "rank") ||
      !c.countIs("step", p.step.size(), from.size(), "rank"))
    return false;
  for (size_t i = 0; i < from.size(); ++i) {
    const int64_t last = p.start[i] + (int64_t(to[i]) - 1) * p.step[i];
    if (!c.require(p.step[i] != 0, "step is 0 along axis {}", i) ||
        !c.require(p.start[i] >= 0 && p.start[i] < from[i] && last >= 0 && last < from[i],
                   "reads elements {} to {} along axis {} of {}, which has {}", p.start[i], last, i,
                   c.label(c.in(0)), from[i]))
      return false;
  }
  return true;
}

bool checkFloatPad(CommandCheck &c) {
  const auto &p = c.params<FloatPadParams>();
  const std::vector<int32_t> &from = c.in(0).shape, &to = c.out().shape;
  constexpr int64_t most = int64_t(1) << 30;
  if (!c.floating(c.in(0)) || !c.floating(c.out()) || !c.rankIs(c.out(), from.size()) ||
      !c.countIs("begin", p.begin.size(), from.size(), "rank") ||
      !c.require(p.mode <= PadMode::Edge, "mode {} is unknown", uint32_t(p.mode)))
    return false;
  for (size_t i = 0; i < from.size(); ++i) {
    // The positions of the input that are shown; a mirror reaches one short of its extent.
    const int64_t first = -int64_t(p.begin[i]), last = first + to[i] - 1, reach = from[i] - 1;
    if (!c.inRange("begin", p.begin[i], -most, most) ||
        !c.require(p.mode != PadMode::Reflect || (first >= -reach && last <= 2 * reach),
                   "mirrors elements {} to {} along axis {} of {}, which has {}", first, last, i,
                   c.label(c.in(0)), from[i]))
      return false;
  }
  return true;
}

bool checkFloatConcat(CommandCheck &c) {
  for (size_t i = 0; i < c.inputCount(); ++i)
    if (!c.floating(c.in(i)))
      return false;
  return c.floating(c.out()) && checkJoin(c, c.params<FloatConcatParams>().axis);
}

bool checkFloatResize(CommandCheck &c) {
  const auto &p = c.params<FloatResizeParams>();
  return c.floatMap(c.in(0)) && c.floatMap(c.out()) && checkResizeIndices(c, p.rows, p.columns);
}

} // namespace bst

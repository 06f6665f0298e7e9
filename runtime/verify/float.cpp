// The arithmetic commands of the DSP.
#include "runtime/verify/checks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace bst {

bool hasBlocksOf(CommandCheck &c, const Tensor &x, const Tensor &y, int64_t block) {
  const bool fits = x.shape.size() == 4 && y.shape.size() == 4 && y.layout == Layout::Nhwc &&
                    x.shape[0] == y.shape[0] && y.shape[1] == x.shape[1] * block * block &&
                    x.shape[2] == y.shape[2] * block && x.shape[3] == y.shape[3] * block;
  return c.require(fits, "makes {} of {}, expected a map of its blocks of {} x {} positions",
                   c.label(y), c.label(x), block, block);
}

bool checkQuantize(CommandCheck &c) {
  const int32_t block = c.params<QuantizeParams>().block;
  return c.floating(c.in(0)) && c.quantised(c.out()) && c.inRange("block", block, 1, mostBlock) &&
         (block == 1 ? c.sameShape(c.in(0), c.out()) : hasBlocksOf(c, c.in(0), c.out(), block));
}

bool checkDequantize(CommandCheck &c) {
  return c.quantised(c.in(0)) && c.floating(c.out()) && c.sameShape(c.in(0), c.out());
}

bool checkFloatConv(CommandCheck &c) {
  const auto &p = c.params<FloatConvParams>();
  const Tensor &x = c.in(0), &w = c.in(1), &y = c.out();
  return c.floatMap(x) && c.floatMap(w) && c.floatMap(y) &&
         checkConvChannels(c, p.window, p.groups) && checkWindow(c, p.window, x, y) &&
         (c.inputCount() < 3 || (c.floating(c.in(2)) && c.shapeIs(c.in(2), {y.shape[1]}))) &&
         c.require(p.clampLo <= p.clampHi, "clamps to {} to {}, expected an interval",
                   double(p.clampLo), double(p.clampHi)); // False for a NaN.
}

bool checkFloatUnary(CommandCheck &c) {
  const auto &p = c.params<FloatUnaryParams>();
  return c.floating(c.in(0)) && c.floating(c.out()) && c.sameShape(c.in(0), c.out()) &&
         c.require(p.fn <= lastUnaryFn, "function {} is unknown", uint32_t(p.fn)) &&
         c.require(p.fn != UnaryFn::Clip || p.alpha <= p.beta,
                   "clips to {} to {}, expected an interval", double(p.alpha), double(p.beta));
}

/// A shape that takes no memory of the heap.
struct Extents {
  std::array<int32_t, maxRank> extents = {};
  size_t rank = 0;
  std::span<const int32_t> shape() const { return {extents.data(), rank}; }
};

// NumPy: shapes are aligned at their last axis; extents are equal or one of them is 1. Nothing
// where they do not go together.
static std::optional<Extents> broadcast(std::span<const int32_t> a, std::span<const int32_t> b) {
  Extents result;
  result.rank = std::max(a.size(), b.size());
  for (size_t i = 0; i < result.rank; ++i) { // i-th from the end.
    const int32_t ea = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int32_t eb = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (ea != eb && ea != 1 && eb != 1)
      return std::nullopt;
    result.extents[result.rank - 1 - i] = std::max(ea, eb);
  }
  return result;
}

static bool broadcastsTo(std::span<const int32_t> from, std::span<const int32_t> to) {
  const auto made = broadcast(from, to);
  return made && std::ranges::equal(made->shape(), to);
}

bool checkFloatBinary(CommandCheck &c) {
  const auto &p = c.params<FloatBinaryParams>();
  const Tensor &a = c.in(0), &b = c.in(1);
  if (!c.floating(a) || !c.floating(b) || !c.floating(c.out()) ||
      !c.require(p.fn <= BinaryFn::Min, "function {} is unknown", uint32_t(p.fn)))
    return false;
  const auto shape = broadcast(a.shape, b.shape);
  return c.require(shape.has_value(), "{} of shape {} and {} of shape {} do not broadcast",
                   c.label(a), a.shape, c.label(b), b.shape) &&
         c.shapeIs(c.out(), shape->shape());
}

bool checkFloatPool(CommandCheck &c) {
  const auto &p = c.params<FloatPoolParams>();
  const Tensor &x = c.in(0), &y = c.out();
  return c.floatMap(x) && c.floatMap(y) &&
         c.require(p.fn <= PoolFn::Average, "function {} is unknown", uint32_t(p.fn)) &&
         c.shapeIs(y, {x.shape[0], x.shape[1], y.shape[2], y.shape[3]}) &&
         checkWindow(c, p.window, x, y) && checkWindowNeverEmpty(c, p.window, x, y);
}

bool checkSoftmax(CommandCheck &c) {
  const auto &p = c.params<SoftmaxParams>();
  const int64_t rank = int64_t(c.in(0).shape.size());
  return c.floating(c.in(0)) && c.floating(c.out()) && c.sameShape(c.in(0), c.out()) &&
         c.inRange("axis", p.axis, -rank, rank - 1);
}

bool checkLrn(CommandCheck &c) {
  const auto &p = c.params<LrnParams>();
  constexpr int32_t mostChannels = 65536;
  return c.floating(c.in(0)) && c.floating(c.out()) && c.sameShape(c.in(0), c.out()) &&
         c.require(c.in(0).shape.size() >= 2, "{} has shape {}, expected rank 2 or more",
                   c.label(c.in(0)), c.in(0).shape) &&
         c.inRange("size", p.size, 1, mostChannels);
}

// alpha * op(a) * op(b) + beta * c: matrices only.
static bool checkGemm(CommandCheck &c, const MatMulParams &p) {
  const Tensor &a = c.in(0), &b = c.in(1);
  if (!c.rankIs(a, 2) || !c.rankIs(b, 2))
    return false;
  const std::array<int32_t, 2> extents = {a.shape[p.transposeA ? 1 : 0],
                                          b.shape[p.transposeB ? 0 : 1]};
  const std::span<const int32_t> product = extents;
  if (!c.require(a.shape[p.transposeA ? 0 : 1] == b.shape[p.transposeB ? 1 : 0],
                 "{} of shape {} and {} of shape {} cannot be multiplied", c.label(a), a.shape,
                 c.label(b), b.shape) ||
      !c.shapeIs(c.out(), product))
    return false;
  if (c.inputCount() < 3)
    return true;
  return c.floating(c.in(2)) &&
         c.require(broadcastsTo(c.in(2).shape, product), "{} of shape {} does not broadcast to {}",
                   c.label(c.in(2)), c.in(2).shape, product);
}

// A stack of products, as NumPy's matmul: leading axes broadcast.
static bool checkBatchedProduct(CommandCheck &c) {
  const Tensor &a = c.in(0), &b = c.in(1);
  for (const Tensor *t : {&a, &b})
    if (!c.require(t->shape.size() >= 2, "{} has shape {}, expected rank 2 or more", c.label(*t),
                   t->shape))
      return false;
  const std::span<const int32_t> shapeA = a.shape, shapeB = b.shape;
  const auto endA = shapeA.last(2), endB = shapeB.last(2);
  auto expected = broadcast(shapeA.first(shapeA.size() - 2), shapeB.first(shapeB.size() - 2));
  if (!c.require(expected && endA[1] == endB[0],
                 "{} of shape {} and {} of shape {} cannot be multiplied", c.label(a), a.shape,
                 c.label(b), b.shape))
    return false;
  expected->extents[expected->rank++] = endA[0];
  expected->extents[expected->rank++] = endB[1];
  return c.shapeIs(c.out(), expected->shape());
}

bool checkMatMul(CommandCheck &c) {
  const auto &p = c.params<MatMulParams>();
  if (!c.floating(c.in(0)) || !c.floating(c.in(1)) || !c.floating(c.out()))
    return false;
  const bool gemm = p.transposeA || p.transposeB || c.inputCount() == 3;
  return gemm ? checkGemm(c, p) : checkBatchedProduct(c);
}

} // namespace bst

#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/strided.h"

#include <cmath>

namespace bst {
namespace {

/// Comparisons are written so that a NaN of either operand wins.
template <BinaryFn fn> BST_INLINE float apply(float a, float b) {
  if constexpr (fn == BinaryFn::Add)
    return a + b;
  else if constexpr (fn == BinaryFn::Sub)
    return a - b;
  else if constexpr (fn == BinaryFn::Mul)
    return a * b;
  else if constexpr (fn == BinaryFn::Div)
    return a / b;
  else if constexpr (fn == BinaryFn::Pow)
    return std::pow(a, b);
  else if constexpr (fn == BinaryFn::Max)
    return a > b || a != a ? a : b;
  else
    return a < b || a != a ? a : b;
}

/// One run of outputs; an operand advances by 0 or 1 element, which the compiler sees as a constant
/// in the three cases that occur.
template <BinaryFn fn>
BST_INLINE void applyRow(const float *a, const float *b, float *y, int64_t count, int64_t stepA,
                         int64_t stepB) {
  if (stepA == 1 && stepB == 1)
    for (int64_t i = 0; i < count; ++i)
      y[i] = apply<fn>(a[i], b[i]);
  else if (stepA == 1)
    for (int64_t i = 0; i < count; ++i)
      y[i] = apply<fn>(a[i], *b);
  else if (stepB == 1)
    for (int64_t i = 0; i < count; ++i)
      y[i] = apply<fn>(*a, b[i]);
  else
    std::fill_n(y, count, apply<fn>(*a, *b));
}

/// Strides by which NumPy's broadcasting reads `tensor` along `axis` of the output.
int64_t broadcastStride(const Tensor &tensor, size_t axis, size_t outputRank) {
  size_t missing = outputRank - tensor.shape.size();
  if (axis < missing || tensor.shape[axis - missing] == 1)
    return 0;
  return rowMajorStride(tensor.shape, axis - missing);
}

template <BinaryFn fn>
void run(const TensorView &a, const TensorView &b, const TensorView &y, Isa isa) {
  StridedWalk<2> walk;
  const std::vector<int32_t> &shape = y.tensor->shape;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    walk.addAxis(shape[axis], {broadcastStride(*a.tensor, axis, shape.size()),
                               broadcastStride(*b.tensor, axis, shape.size())});
  if (walk.rank == 0)
    walk.extents[0] = 1, walk.strides[0] = {}, walk.rank = 1;
  const int inner = walk.rank - 1;
  const int64_t count = walk.extents[inner];
  const float *fromA = reinterpret_cast<const float *>(a.data);
  const float *fromB = reinterpret_cast<const float *>(b.data);
  float *to = reinterpret_cast<float *>(y.data);
  walk.forEach(inner, [&](const StridedWalk<2>::Offsets &offsets) {
    runFor(isa, [&]() BST_ALWAYS_INLINE {
      applyRow<fn>(fromA + offsets[0], fromB + offsets[1], to, count, walk.strides[inner][0],
                   walk.strides[inner][1]);
    });
    to += count;
  });
}

} // namespace

void runFloatBinary(const FloatBinaryParams &params, const TensorView &a, const TensorView &b,
                    const TensorView &y, Isa isa) {
  switch (params.fn) {
#define BST_CASE(fn)                                                                               \
  case BinaryFn::fn:                                                                               \
    return run<BinaryFn::fn>(a, b, y, isa);
    BST_CASE(Add)
    BST_CASE(Sub)
    BST_CASE(Mul)
    BST_CASE(Div)
    BST_CASE(Pow)
    BST_CASE(Max)
    BST_CASE(Min)
#undef BST_CASE
  }
}

} // namespace bst

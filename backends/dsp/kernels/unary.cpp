#include "backends/dsp/kernels/exp.h"
#include "backends/dsp/kernels/kernels.h"

#include <algorithm>
#include <cmath>

namespace bst {
namespace {

/// The function itself. Comparisons are written so that NaN passes through.
template <UnaryFn fn> BST_INLINE float apply(float x, float alpha, float beta) {
  if constexpr (fn == UnaryFn::Relu)
    return x < 0 ? 0.0f : x;
  else if constexpr (fn == UnaryFn::Sigmoid)
    return sigmoidOf(x);
  else if constexpr (fn == UnaryFn::Silu)
    return x * sigmoidOf(x);
  else if constexpr (fn == UnaryFn::Tanh)
    return std::tanh(x);
  else if constexpr (fn == UnaryFn::Exp)
    return expOf(x);
  else if constexpr (fn == UnaryFn::Log)
    return std::log(x);
  else if constexpr (fn == UnaryFn::Sqrt)
    return std::sqrt(x);
  else if constexpr (fn == UnaryFn::Neg)
    return -x;
  else if constexpr (fn == UnaryFn::Abs)
    return std::fabs(x);
  else if constexpr (fn == UnaryFn::Clip) {
    x = x < alpha ? alpha : x;
    return x > beta ? beta : x;
  } else if constexpr (fn == UnaryFn::LeakyRelu)
    return x < 0 ? alpha * x : x;
  else if constexpr (fn == UnaryFn::HardSigmoid) {
    x = alpha * x + beta;
    x = x < 0 ? 0.0f : x;
    return x > 1 ? 1.0f : x;
  } else if constexpr (fn == UnaryFn::HardSwish)
    return x * apply<UnaryFn::HardSigmoid>(x, 1.0f / 6, 0.5f);
  else if constexpr (fn == UnaryFn::Elu)
    return x < 0 ? alpha * std::expm1(x) : x;
  else if constexpr (fn == UnaryFn::Softplus)
    return (x > 0 ? x : x == x ? 0.0f : x) + std::log1p(std::exp(-std::fabs(x)));
  else if constexpr (fn == UnaryFn::Erf)
    return std::erf(x);
  else if constexpr (fn == UnaryFn::Floor)
    return std::floor(x);
  else if constexpr (fn == UnaryFn::Ceil)
    return std::ceil(x);
  else
    return 1.0f / x;
}

template <UnaryFn fn>
void run(const FloatUnaryParams &params, const TensorView &x, const TensorView &y, Isa isa) {
  const float *from = reinterpret_cast<const float *>(x.data);
  float *to = reinterpret_cast<float *>(y.data);
  const int64_t count = int64_t(elementCount(*x.tensor));
  const float alpha = params.alpha, beta = params.beta;
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    for (int64_t i = 0; i < count; ++i)
      to[i] = apply<fn>(from[i], alpha, beta);
  });
}

} // namespace

void runFloatUnary(const FloatUnaryParams &params, const TensorView &x, const TensorView &y,
                   Isa isa) {
  switch (params.fn) {
#define BST_CASE(fn)                                                                               \
  case UnaryFn::fn:                                                                                \
    return run<UnaryFn::fn>(params, x, y, isa);
    BST_CASE(Relu)
    BST_CASE(Sigmoid)
    BST_CASE(Silu)
    BST_CASE(Tanh)
    BST_CASE(Exp)
    BST_CASE(Log)
    BST_CASE(Sqrt)
    BST_CASE(Neg)
    BST_CASE(Abs)
    BST_CASE(Clip)
    BST_CASE(LeakyRelu)
    BST_CASE(HardSigmoid)
    BST_CASE(HardSwish)
    BST_CASE(Elu)
    BST_CASE(Softplus)
    BST_CASE(Erf)
    BST_CASE(Floor)
    BST_CASE(Ceil)
    BST_CASE(Reciprocal)
#undef BST_CASE
  }
}

} // namespace bst

#include "backends/dsp/kernels/exp.h"
#include "backends/dsp/kernels/kernels.h"

#include <algorithm>
#include <cmath>

namespace bst {
namespace {

/// The elementary functions as DSP computes them, for the rows of activations.def.
struct DspMath {
  static BST_INLINE float clip(float x, float lo, float hi) {
    x = x < lo ? lo : x;
    return x > hi ? hi : x;
  }
  static BST_INLINE float exp(float x) { return expOf(x); }
  static BST_INLINE float sigmoid(float x) { return sigmoidOf(x); }
  static BST_INLINE float expm1(float x) { return std::expm1(x); }
  static BST_INLINE float log(float x) { return std::log(x); }
  static BST_INLINE float tanh(float x) { return std::tanh(x); }
  static BST_INLINE float erf(float x) { return std::erf(x); }
  static BST_INLINE float softplus(float x) {
    return (x > 0 ? x : x == x ? 0.0f : x) + std::log1p(std::exp(-std::fabs(x)));
  }
};

/// f(x) of each row, named as it.
struct DspFunctions : DspMath {
#define BST_ACTIVATION(kind, onnx, text, opset, defaults, effort, ...)                             \
  static BST_INLINE float kind(float x, [[maybe_unused]] float alpha,                              \
                               [[maybe_unused]] float beta) {                                      \
    return __VA_ARGS__;                                                                            \
  }
#include "runtime/program/activations.def"
};

template <class Function>
void run(const FloatUnaryParams &params, const TensorView &x, const TensorView &y, Isa isa,
         const Function &function) {
  const float *from = reinterpret_cast<const float *>(x.data);
  float *to = reinterpret_cast<float *>(y.data);
  const int64_t count = int64_t(elementCount(*x.tensor));
  const float alpha = params.alpha, beta = params.beta;
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    for (int64_t i = 0; i < count; ++i)
      to[i] = function(from[i], alpha, beta);
  });
}

} // namespace

void runFloatUnary(const FloatUnaryParams &params, const TensorView &x, const TensorView &y,
                   Isa isa) {
  switch (params.fn) {
#define BST_ACTIVATION(kind, ...)                                                                  \
  case UnaryFn::kind:                                                                              \
    return run(params, x, y, isa, [](float value, float alpha, float beta) BST_ALWAYS_INLINE {     \
      return DspFunctions::kind(value, alpha, beta);                                               \
    });
#include "runtime/program/activations.def"
  }
}

} // namespace bst

#include "tests/reference/engines.h"

namespace bst::reference {
namespace {

/// A sum and what its rounding errors are measured by.
struct Sum {
  double value = 0, magnitude = 0;
  void add(double term) {
    value += term;
    magnitude += std::abs(term);
  }
};

/// An axis as seen from its end when negative, as ONNX counts.
size_t axisOf(int32_t axis, size_t rank) {
  return size_t(axis < 0 ? int64_t(axis) + int64_t(rank) : int64_t(axis));
}

} // namespace

void run(const FloatConvParams &params, Views inputs, const FloatOutput &output) {
  const Tensor &x = *inputs[0].tensor;
  const Tensor &weights = *inputs[1].tensor;
  const Tensor &y = *output.view.tensor;
  const Window &window = params.window;
  const int64_t groupInputs = x.shape[1] / params.groups;
  const int64_t groupOutputs = y.shape[1] / params.groups;
  Coordinates at(4, 0);
  do {
    const int64_t firstChannel = at[1] / groupOutputs * groupInputs;
    Sum sum;
    if (inputs.size() > 2)
      sum.add(loadFloat(inputs[2], at[1]));
    for (int64_t c = 0; c < groupInputs; ++c)
      for (int64_t ki = 0; ki < window.kernelH; ++ki)
        for (int64_t kj = 0; kj < window.kernelW; ++kj) {
          const int64_t row = at[2] * window.strideH - window.padTop + ki * window.dilationH;
          const int64_t column = at[3] * window.strideW - window.padLeft + kj * window.dilationW;
          if (row < 0 || row >= x.shape[2] || column < 0 || column >= x.shape[3])
            continue;
          const int64_t xAt = offsetOf(x, at[0], firstChannel + c, row, column);
          const int64_t wAt = offsetOf(weights, at[1], c, ki, kj);
          sum.add(double(loadFloat(inputs[0], xAt)) * double(loadFloat(inputs[1], wAt)));
        }
    const double clamped = std::clamp<double>(sum.value, params.clampLo, params.clampHi);
    output.set(offsetOf(y, at), clamped, sumTolerance * sum.magnitude + sameValue);
  } while (next(at, y.shape));
}

void run(const FloatPoolParams &params, Views inputs, const FloatOutput &output) {
  const Tensor &x = *inputs[0].tensor;
  const Window &window = params.window;
  Coordinates at(4, 0);
  do {
    double best = -std::numeric_limits<double>::infinity();
    Sum sum;
    int64_t count = 0;
    for (int64_t ki = 0; ki < window.kernelH; ++ki)
      for (int64_t kj = 0; kj < window.kernelW; ++kj) {
        const int64_t row = at[2] * window.strideH - window.padTop + ki * window.dilationH;
        const int64_t column = at[3] * window.strideW - window.padLeft + kj * window.dilationW;
        if (row < 0 || row >= x.shape[2] || column < 0 || column >= x.shape[3])
          continue;
        const double value = loadFloat(inputs[0], offsetOf(x, at[0], at[1], row, column));
        best = std::max(best, value);
        sum.add(value);
        ++count;
      }
    const int64_t offset = offsetOf(*output.view.tensor, at);
    const double divisor =
        double(params.countPadding ? int64_t(window.kernelH) * window.kernelW : count);
    if (params.fn == PoolFn::Max)
      output.set(offset, best, sameValue);
    else
      output.set(offset, sum.value / divisor, sumTolerance * sum.magnitude / divisor + sameValue);
  } while (next(at, output.view.tensor->shape));
}

void run(const SoftmaxParams &params, Views inputs, const FloatOutput &output) {
  const Tensor &x = *inputs[0].tensor;
  const size_t axis = axisOf(params.axis, x.shape.size());
  Coordinates at(x.shape.size(), 0);
  do {
    if (at[axis] != 0)
      continue; // Each line along the axis once, from its first element.
    std::vector<int64_t> line;
    for (int64_t k = 0; k < x.shape[axis]; ++k) {
      at[axis] = k;
      line.push_back(offsetOf(x, at));
    }
    at[axis] = 0;
    double largest = loadFloat(inputs[0], line[0]);
    for (int64_t offset : line)
      largest = std::max(largest, double(loadFloat(inputs[0], offset)));
    double total = 0;
    for (int64_t offset : line)
      total += std::exp(loadFloat(inputs[0], offset) - largest);
    for (int64_t offset : line) {
      const double y = std::exp(loadFloat(inputs[0], offset) - largest) / total;
      // 1e-37: where float32 runs out of normal numbers.
      output.set(offset, y, sumTolerance * y + 1e-37);
    }
  } while (next(at, x.shape));
}

void run(const LrnParams &params, Views inputs, const FloatOutput &output) {
  const Tensor &x = *inputs[0].tensor;
  Coordinates at(x.shape.size(), 0);
  do {
    const int64_t before = (params.size - 1) / 2;
    double squares = 0;
    for (int64_t k = 0; k < params.size; ++k) {
      Coordinates near = at;
      near[1] += k - before;
      if (near[1] >= 0 && near[1] < x.shape[1])
        squares += std::pow(double(loadFloat(inputs[0], offsetOf(x, near))), 2);
    }
    const double base = params.bias + double(params.alpha) / params.size * squares;
    const double y = loadFloat(inputs[0], offsetOf(x, at)) / std::pow(base, double(params.beta));
    // The base is a sum of positive terms; the power multiplies its relative error by beta.
    const double relative = sumTolerance * (1 + std::abs(double(params.beta)));
    output.set(offsetOf(x, at), y, relative * std::abs(y) + sameValue);
  } while (next(at, x.shape));
}

void run(const MatMulParams &params, Views inputs, const FloatOutput &output) {
  const Tensor &a = *inputs[0].tensor;
  const Tensor &b = *inputs[1].tensor;
  const size_t rank = output.view.tensor->shape.size();
  const int64_t depth = params.transposeA ? a.shape[a.shape.size() - 2] : a.shape.back();
  Coordinates at(rank, 0);
  do {
    // The operands' coordinates: batch by broadcasting, then the matrix's own two.
    Coordinates aAt = broadcast(a.shape, at), bAt = broadcast(b.shape, at);
    int64_t *aCell = &aAt[aAt.size() - 2], *bCell = &bAt[bAt.size() - 2];
    Sum sum;
    for (int64_t k = 0; k < depth; ++k) {
      aCell[params.transposeA ? 1 : 0] = at[rank - 2];
      aCell[params.transposeA ? 0 : 1] = k;
      bCell[params.transposeB ? 1 : 0] = k;
      bCell[params.transposeB ? 0 : 1] = at[rank - 1];
      sum.add(double(params.alpha) * double(loadFloat(inputs[0], offsetOf(a, aAt))) *
              double(loadFloat(inputs[1], offsetOf(b, bAt))));
    }
    if (inputs.size() > 2) {
      const Tensor &c = *inputs[2].tensor;
      sum.add(double(params.beta) *
              double(loadFloat(inputs[2], offsetOf(c, broadcast(c.shape, at)))));
    }
    output.set(offsetOf(*output.view.tensor, at), sum.value,
               sumTolerance * sum.magnitude + sameValue);
  } while (next(at, output.view.tensor->shape));
}

} // namespace bst::reference

#include "tests/reference/engines.h"

namespace bst::reference {

void run(const LutParams &params, Views inputs, const TensorView &output) {
  const int64_t first = lowest(inputs[0].tensor->dtype);
  for (int64_t i = 0; i < int64_t(elementCount(*output.tensor)); ++i)
    storeQuantised(output, i, params.table[size_t(loadQuantised(inputs[0], i) - first)]);
}

void run(const AddParams &params, Views inputs, const TensorView &output) {
  for (int64_t i = 0; i < int64_t(elementCount(*output.tensor)); ++i) {
    const int64_t a = loadQuantised(inputs[0], i) - inputs[0].tensor->zeroPoint;
    const int64_t b = loadQuantised(inputs[1], i) - inputs[1].tensor->zeroPoint;
    const int64_t sum = a * params.multiplierA + b * params.multiplierB;
    const int64_t y = output.tensor->zeroPoint + roundingShift(sum, params.shift);
    storeQuantised(output, i, std::clamp<int64_t>(y, params.clampLo, params.clampHi));
  }
}

void run(const MulParams &params, Views inputs, const TensorView &output) {
  for (int64_t i = 0; i < int64_t(elementCount(*output.tensor)); ++i) {
    const int64_t a = loadQuantised(inputs[0], i) - inputs[0].tensor->zeroPoint;
    const int64_t b = loadQuantised(inputs[1], i) - inputs[1].tensor->zeroPoint;
    const int64_t y = output.tensor->zeroPoint + requantise(a * b, params.requant);
    storeQuantised(output, i, std::clamp<int64_t>(y, params.clampLo, params.clampHi));
  }
}

void run(const ConcatParams &params, Views inputs, const TensorView &output) {
  const Tensor &y = *output.tensor;
  int64_t begin = 0; // Where this input's part of the axis starts in the output.
  for (size_t k = 0; k < inputs.size(); ++k) {
    const Tensor &x = *inputs[k].tensor;
    Coordinates at(x.shape.size(), 0), to = at;
    do {
      const int64_t stored = loadQuantised(inputs[k], offsetOf(x, at));
      to = at;
      to[size_t(params.axis)] += begin;
      const int64_t rescaled =
          std::clamp(y.zeroPoint + requantise(stored - x.zeroPoint, params.requant[k]),
                     lowest(y.dtype), highest(y.dtype));
      storeQuantised(output, offsetOf(y, to), params.copy[k] ? stored : rescaled);
    } while (next(at, x.shape));
    begin += x.shape[size_t(params.axis)];
  }
}

void run(const MaxPoolParams &params, Views inputs, const TensorView &output) {
  const Tensor &x = *inputs[0].tensor;
  const Window &window = params.window;
  Coordinates at(4, 0);
  do {
    int64_t best = lowest(x.dtype); // verifyProgram: every window touches the input.
    for (int64_t ki = 0; ki < window.kernelH; ++ki)
      for (int64_t kj = 0; kj < window.kernelW; ++kj) {
        const int64_t row = at[2] * window.strideH - window.padTop + ki * window.dilationH;
        const int64_t column = at[3] * window.strideW - window.padLeft + kj * window.dilationW;
        if (row >= 0 && row < x.shape[2] && column >= 0 && column < x.shape[3])
          best = std::max(best, loadQuantised(inputs[0], offsetOf(x, at[0], at[1], row, column)));
      }
    storeQuantised(output, offsetOf(*output.tensor, at), best);
  } while (next(at, output.tensor->shape));
}

void run(const AveragePoolParams &params, Views inputs, const TensorView &output) {
  const Tensor &x = *inputs[0].tensor, &y = *output.tensor;
  const Window &window = params.window;
  Coordinates at(4, 0);
  do {
    int64_t sum = 0, count = 0;
    for (int64_t row = at[2] * window.strideH - window.padTop, ki = 0; ki < window.kernelH;
         ++ki, ++row)
      for (int64_t column = at[3] * window.strideW - window.padLeft, kj = 0; kj < window.kernelW;
           ++kj, ++column) {
        const bool inside = row >= 0 && row < x.shape[2] && column >= 0 && column < x.shape[3];
        count += inside || params.countPadding;
        if (inside)
          sum += loadQuantised(inputs[0], offsetOf(x, at[0], at[1], row, column)) - x.zeroPoint;
      }
    size_t k = 0;
    while (params.counts[k] != count)
      ++k;
    const int64_t value = y.zeroPoint + requantise(sum, params.requant[k]);
    storeQuantised(output, offsetOf(y, at), std::clamp(value, lowest(y.dtype), highest(y.dtype)));
  } while (next(at, y.shape));
}

void run(const ResizeParams &params, Views inputs, const TensorView &output) {
  const Tensor &x = *inputs[0].tensor;
  Coordinates at(4, 0);
  do {
    const int64_t row = params.rows[size_t(at[2])];
    const int64_t column = params.columns[size_t(at[3])];
    storeQuantised(output, offsetOf(*output.tensor, at),
                   loadQuantised(inputs[0], offsetOf(x, at[0], at[1], row, column)));
  } while (next(at, output.tensor->shape));
}

} // namespace bst::reference

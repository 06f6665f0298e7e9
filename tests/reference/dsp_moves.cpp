#include "tests/reference/engines.h"

#include <cstring>

namespace bst::reference {
namespace {

/// Copies one element of whatever type; offsets in elements.
void copyElement(const TensorView &from, int64_t fromAt, const TensorView &to, int64_t toAt) {
  const int64_t size = int64_t(elementSize(from.tensor->dtype));
  std::memcpy(to.data + toAt * size, from.data + fromAt * size, size_t(size));
}

} // namespace

void run(const TransposeParams &params, Views inputs, const TensorView &output) {
  Coordinates to(output.tensor->shape.size(), 0), from = to;
  do {
    for (size_t axis = 0; axis < to.size(); ++axis)
      from[size_t(params.perm[axis])] = to[axis];
    copyElement(inputs[0], offsetOf(*inputs[0].tensor, from), output, offsetOf(*output.tensor, to));
  } while (next(to, output.tensor->shape));
}

void run(const SliceParams &params, Views inputs, const TensorView &output) {
  Coordinates to(output.tensor->shape.size(), 0), from = to;
  do {
    for (size_t axis = 0; axis < to.size(); ++axis)
      from[axis] = params.start[axis] + to[axis] * params.step[axis];
    copyElement(inputs[0], offsetOf(*inputs[0].tensor, from), output, offsetOf(*output.tensor, to));
  } while (next(to, output.tensor->shape));
}

void run(const FloatConcatParams &params, Views inputs, const TensorView &output) {
  int64_t begin = 0;
  for (const TensorView &input : inputs) {
    Coordinates from(input.tensor->shape.size(), 0), to = from;
    do {
      to = from;
      to[size_t(params.axis)] += begin;
      copyElement(input, offsetOf(*input.tensor, from), output, offsetOf(*output.tensor, to));
    } while (next(from, input.tensor->shape));
    begin += input.tensor->shape[size_t(params.axis)];
  }
}

void run(const FloatResizeParams &params, Views inputs, const TensorView &output) {
  Coordinates to(4, 0);
  do {
    const int64_t row = params.rows[size_t(to[2])], column = params.columns[size_t(to[3])];
    copyElement(inputs[0], offsetOf(*inputs[0].tensor, to[0], to[1], row, column), output,
                offsetOf(*output.tensor, to));
  } while (next(to, output.tensor->shape));
}

void run(const FloatPadParams &params, Views inputs, const TensorView &output) {
  const Tensor &x = *inputs[0].tensor, &y = *output.tensor;
  Coordinates to(y.shape.size(), 0), from = to;
  do {
    bool inside = true;
    for (size_t axis = 0; axis < to.size(); ++axis) {
      const int64_t extent = x.shape[axis];
      int64_t place = to[axis] - params.begin[axis];
      if (params.mode == PadMode::Edge)
        place = std::clamp<int64_t>(place, 0, extent - 1);
      if (params.mode == PadMode::Reflect && place < 0)
        place = -place;
      if (params.mode == PadMode::Reflect && place >= extent)
        place = extent - 1 - (place - (extent - 1));
      inside = inside && place >= 0 && place < extent;
      from[axis] = place;
    }
    if (inside)
      copyElement(inputs[0], offsetOf(x, from), output, offsetOf(y, to));
    else
      reinterpret_cast<float *>(output.data)[offsetOf(y, to)] = params.value;
  } while (next(to, y.shape));
}

} // namespace bst::reference

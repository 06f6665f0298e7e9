#include "tests/reference/engines.h"

namespace bst::reference {

/// The pixel value that element (n, c, row, column) of a network's input is made of.
static int64_t pixelAt(const TensorView &x, int64_t n, int64_t c, int64_t row, int64_t column,
                       bool reversed) {
  return loadQuantised(x, offsetOf(*x.tensor, n, reversed ? 2 - c : c, row, column));
}

void run(const PictureParams &params, Views inputs, const TensorView &output) {
  const int64_t block = params.block;
  Coordinates to(4, 0);
  do {
    const int64_t c = to[1] % 3, position = to[1] / 3;
    const int64_t value = pixelAt(inputs[0], to[0], c, to[2] * block + position / block,
                                  to[3] * block + position % block, params.reversed);
    storeQuantised(output, offsetOf(*output.tensor, to), params.tables[size_t(c * 256 + value)]);
  } while (next(to, output.tensor->shape));
}

void run(const FloatPictureParams &params, Views inputs, const FloatOutput &output) {
  Coordinates to(4, 0);
  do {
    const int64_t value = pixelAt(inputs[0], to[0], to[1], to[2], to[3], params.reversed);
    output.set(offsetOf(*output.view.tensor, to), double(params.table[size_t(to[1] * 256 + value)]),
               sameValue);
  } while (next(to, output.view.tensor->shape));
}

/// The integers of bst/picture.h, half up.
void run(const Nv12Params &params, Views inputs, const TensorView &output) {
  const bool full = params.fullRange;
  const int64_t unit = int64_t(1) << 20;
  const int64_t ofY = full ? unit : 1220945;
  const int64_t ofU[3] = {0, full ? -360853 : -410793, full ? 1858077 : 2115221};
  const int64_t ofV[3] = {full ? 1470104 : 1673555, full ? -748826 : -852458, 0};
  const int64_t rows = output.tensor->shape[1], columns = output.tensor->shape[2];
  Coordinates to(4, 0);
  do {
    const int64_t map = to[0] * rows * 3 / 2;
    const int64_t chroma = (map + rows + to[1] / 2) * columns + to[2] / 2 * 2;
    const int64_t y = loadQuantised(inputs[0], (map + to[1]) * columns + to[2]) - (full ? 0 : 16);
    const int64_t u = loadQuantised(inputs[0], chroma) - 128;
    const int64_t v = loadQuantised(inputs[0], chroma + 1) - 128;
    const int64_t sum = ofY * y + ofU[to[3]] * u + ofV[to[3]] * v;
    storeQuantised(output, offsetOf(*output.tensor, to),
                   std::clamp<int64_t>(floorDivide(sum + unit / 2, unit), 0, 255));
  } while (next(to, output.tensor->shape));
}

} // namespace bst::reference

#include "backends/edp/kernels/kernels.h"

namespace bst {
namespace {

/// One row of pixels: `block` of them at a time go to places that are `pitch` apart.
struct PictureRow {
  const uint8_t *tables[3]; ///< Of the picture's channels.
  int64_t order[3];         ///< Where the picture's channels go.
  int64_t block, pitch;

  void run(const uint8_t *from, uint8_t *to, int64_t cells) const {
    const uint8_t *first = tables[0], *second = tables[1], *third = tables[2];
    for (int64_t cell = 0; cell < cells; ++cell, to += pitch)
      for (int64_t x = 0; x < block; ++x, from += 3) {
        to[x * 3 + order[0]] = first[from[0]];
        to[x * 3 + order[1]] = second[from[1]];
        to[x * 3 + order[2]] = third[from[2]];
      }
  }
};

} // namespace

void runPicture(const PictureParams &params, const TensorView &x, const TensorView &y,
                const KernelContext &context) {
  const int64_t block = params.block, rows = x.tensor->shape[2], columns = x.tensor->shape[3];
  PictureRow walk = {{}, {}, block, 3 * block * block};
  for (int channel = 0; channel < 3; ++channel) {
    walk.order[channel] = params.reversed ? 2 - channel : channel;
    walk.tables[channel] = params.tables.data() + walk.order[channel] * 256;
  }
  const auto *from = reinterpret_cast<const uint8_t *>(x.data);
  auto *to = reinterpret_cast<uint8_t *>(y.data);
  context.workers.forEach(x.tensor->shape[0] * rows, [&](int64_t item, unsigned) {
    const int64_t inBlock = item % rows % block;
    walk.run(from + item * columns * 3, to + (item - inBlock) * columns * 3 + inBlock * block * 3,
             columns / block);
  });
}

} // namespace bst

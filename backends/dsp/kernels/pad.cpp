#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/strided.h"

#include <algorithm>

namespace bst {
namespace {

struct Pad {
  const FloatPadParams &params;
  const std::vector<int32_t> &from, &to; ///< Shapes.
  const float *x;

  /// The source of position `at` of an axis; -1 for the constant.
  int64_t sourceOf(size_t axis, int64_t at) const {
    const int64_t extent = from[axis];
    at -= params.begin[axis];
    if (at >= 0 && at < extent)
      return at;
    switch (params.mode) {
    case PadMode::Constant:
      return -1;
    case PadMode::Reflect:
      return at < 0 ? -at : 2 * (extent - 1) - at;
    case PadMode::Edge:
      return at < 0 ? 0 : extent - 1;
    }
    return -1;
  }

  /// One row of the last axis from the input's row at `row`, or of constants where it has none.
  float *writeRow(const float *row, float *out) const {
    const size_t axis = to.size() - 1;
    if (!row)
      return std::fill_n(out, to[axis], params.value);
    for (int64_t i = 0; i < to[axis]; ++i) {
      const int64_t source = sourceOf(axis, i);
      *out++ = source < 0 ? params.value : row[source];
    }
    return out;
  }

  /// Everything of `axis` and the axes behind it. Null: there is no input there.
  float *writeFrom(size_t axis, const float *source, float *out) const {
    if (axis + 1 >= to.size())
      return writeRow(source, out);
    const int64_t stride = rowMajorStride(from, axis);
    for (int64_t i = 0; i < to[axis]; ++i) {
      const int64_t at = sourceOf(axis, i);
      out = writeFrom(axis + 1, source && at >= 0 ? source + at * stride : nullptr, out);
    }
    return out;
  }
};

} // namespace

void runFloatPad(const FloatPadParams &params, const TensorView &x, const TensorView &y) {
  const Pad pad{params, x.tensor->shape, y.tensor->shape, reinterpret_cast<const float *>(x.data)};
  float *out = reinterpret_cast<float *>(y.data);
  if (pad.to.empty())
    *out = *pad.x;
  else
    pad.writeFrom(0, pad.x, out);
}

} // namespace bst

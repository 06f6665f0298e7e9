#include "backends/edp/kernels/kernels.h"
#include "backends/edp/kernels/table.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

constexpr int64_t leastBytes = 4096; ///< That are worth a thread.

/// Bytes of the part of an Nhwc map that lies together when it is cut along `axis` (ONNX order).
int64_t runBytes(const Tensor &tensor, int32_t axis) {
  Extents4 e(tensor);
  switch (axis) {
  case 0:
    return e.n * e.h * e.w * e.c;
  case 1:
    return e.c;
  case 2:
    return e.h * e.w * e.c;
  default:
    return e.w * e.c;
  }
}

} // namespace

/// y = clamp(zy + requant(x - zx)) of every value that an 8-bit input can have.
ByteTable rescaleTable(const Tensor &x, const Tensor &y, const Requant &requant) {
  Range range = rangeOf(y.dtype);
  ByteTable table;
  for (int bits = 0; bits < 256; ++bits) {
    int32_t value = valueOf(uint8_t(bits), x.dtype == DType::S8) - x.zeroPoint;
    table.entry[bits] = offsetAndClamp(requantize(value, requant), y.zeroPoint, range.lo, range.hi);
  }
  return table;
}

void runConcat(const ConcatParams &params, std::span<const TensorView> inputs, const TensorView &y,
               const KernelContext &context) {
  int32_t axis = params.axis < 0 ? params.axis + 4 : params.axis;
  int64_t total = runBytes(*y.tensor, axis);
  uint8_t *target = reinterpret_cast<uint8_t *>(y.data);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &x = *inputs[i].tensor;
    const uint8_t *source = reinterpret_cast<const uint8_t *>(inputs[i].data);
    int64_t bytes = runBytes(x, axis), rows = int64_t(elementCount(x)) / bytes;
    if (!source) {
      target += bytes;
      continue;
    }
    const ByteTable table =
        params.copy[i] ? ByteTable() : rescaleTable(x, *y.tensor, params.requant[i]);
    forParts(context.workers, rows, std::max<int64_t>(1, leastBytes / bytes),
             [&](int64_t first, int64_t count) {
               const uint8_t *from = source + first * bytes;
               uint8_t *to = target + first * total;
               if (!params.copy[i])
                 return applyTable(table, from, to, {count, bytes, bytes, total}, context.isa);
               for (int64_t row = 0; row < count; ++row)
                 std::memcpy(to + row * total, from + row * bytes, size_t(bytes));
             });
    target += bytes;
  }
}

} // namespace bst

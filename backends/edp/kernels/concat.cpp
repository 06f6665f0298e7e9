#include "backends/edp/kernels/kernels.h"
#include "backends/edp/kernels/table.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

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

} // namespace

void runConcat(const ConcatParams &params, std::span<const TensorView> inputs, const TensorView &y,
               Isa isa) {
  int32_t axis = params.axis < 0 ? params.axis + 4 : params.axis;
  int64_t total = runBytes(*y.tensor, axis);
  uint8_t *target = reinterpret_cast<uint8_t *>(y.data);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &x = *inputs[i].tensor;
    const uint8_t *source = reinterpret_cast<const uint8_t *>(inputs[i].data);
    int64_t bytes = runBytes(x, axis), rows = int64_t(elementCount(x)) / bytes;
    if (params.copy[i])
      for (int64_t row = 0; row < rows; ++row)
        std::memcpy(target + row * total, source + row * bytes, size_t(bytes));
    else
      applyTable(rescaleTable(x, *y.tensor, params.requant[i]), source, target,
                 {.count = rows, .bytes = bytes, .sourceStride = bytes, .targetStride = total},
                 isa);
    target += bytes;
  }
}

} // namespace bst

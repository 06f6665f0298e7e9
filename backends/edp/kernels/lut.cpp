#include "backends/edp/kernels/kernels.h"
#include "backends/edp/kernels/table.h"

namespace bst {

ByteTable lutTable(const LutParams &params, const Tensor &x) {
  const uint8_t flip = x.dtype == DType::S8 ? 0x80 : 0;
  ByteTable table;
  for (int i = 0; i < 256; ++i)
    table.entry[i ^ flip] = params.table[size_t(i)];
  return table;
}

void runLut(const LutParams &params, const TensorView &x, const TensorView &y,
            const KernelContext &context) {
  const ByteTable table = lutTable(params, *x.tensor);
  constexpr int64_t least = 4096; // Bytes that are worth a thread.
  auto *source = reinterpret_cast<const uint8_t *>(x.data);
  auto *target = reinterpret_cast<uint8_t *>(y.data);
  forParts(context.workers, int64_t(elementCount(*x.tensor)), least,
           [&](int64_t first, int64_t count) {
             applyTable(table, source + first, target + first, {.bytes = count}, context.isa);
           });
}

} // namespace bst

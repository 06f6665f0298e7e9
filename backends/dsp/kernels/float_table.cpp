#include "backends/dsp/kernels/float_table.h"

namespace bst {

void lookUpFloats(const FloatTable &table, const FloatRows &rows, int64_t first, int64_t end,
                  Isa isa) {
#if BST_X86
  if (includes(isa, Isa::Avx512Vnni))
    return lookUpFloatsAvx512(table, rows, first, end);
#endif
  (void)isa;
  for (int64_t row = 0; row < rows.count; ++row)
    for (int64_t i = first; i < end; ++i)
      rows.target[row * rows.targetStride + i] =
          table.entry[rows.source[row * rows.sourceStride + i]];
}

} // namespace bst

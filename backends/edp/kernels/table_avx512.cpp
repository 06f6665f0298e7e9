#include "backends/edp/kernels/table.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {

BST_TARGET_AVX512 void applyTableAvx512(const ByteTable &table, const uint8_t *source,
                                        uint8_t *target, const ByteRows &rows) {
  const avx512::Table lookUp(table.entry);
  for (int64_t row = 0; row < rows.count; ++row) {
    const uint8_t *from = source + row * rows.sourceStride;
    uint8_t *to = target + row * rows.targetStride;
    int64_t i = 0;
    for (; i + 64 <= rows.bytes; i += 64)
      _mm512_storeu_si512(to + i, lookUp(_mm512_loadu_si512(from + i)));
    if (const __mmask64 rest = avx512::firstBits(rows.bytes - i))
      _mm512_mask_storeu_epi8(to + i, rest, lookUp(_mm512_maskz_loadu_epi8(rest, from + i)));
  }
}

} // namespace bst
#endif // BST_X86

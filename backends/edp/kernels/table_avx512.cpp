#include "backends/edp/kernels/table.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {

namespace {

/// As many rows of `Bytes` bytes as fill registers. Returns their number.
template <int Bytes>
BST_TARGET_AVX512 int64_t narrowRows(const avx512::Table &lookUp, const uint8_t *source,
                                     uint8_t *target, const ByteRows &rows) {
  using Pack = avx512::Rows<Bytes>;
  constexpr int64_t each = 64 / Bytes;
  int64_t row = 0;
  for (; row + each <= rows.count; row += each)
    Pack::store(target + row * rows.targetStride, rows.targetStride,
                lookUp(Pack::load(source + row * rows.sourceStride, rows.sourceStride)));
  return row;
}

} // namespace

BST_TARGET_AVX512 void applyTableAvx512(const ByteTable &table, const uint8_t *source,
                                        uint8_t *target, const ByteRows &rows) {
  const avx512::Table lookUp(table.entry);
  int64_t row = 0;
  if (rows.bytes == 16)
    row = narrowRows<16>(lookUp, source, target, rows);
  else if (rows.bytes == 32)
    row = narrowRows<32>(lookUp, source, target, rows);
  for (; row < rows.count; ++row) {
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

#include "backends/dsp/kernels/float_table.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {
namespace {

struct Lookup {
  avx512::Table b0, b1, b2, b3;
  BST_TARGET_AVX512 BST_INLINE explicit Lookup(const FloatTable &table)
      : b0(table.plane[0]), b1(table.plane[1]), b2(table.plane[2]), b3(table.plane[3]) {}

  /// The floats of up to 64 bytes. Bytes are interleaved within 128-bit lanes only, so the input's
  /// groups of four are first put where interleaving leaves them in order.
  BST_TARGET_AVX512 BST_INLINE void store(const uint8_t *from, float *to, int64_t count) const {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i x =
        _mm512_permutexvar_epi32(order, _mm512_maskz_loadu_epi8(avx512::firstBits(count), from));
    const __m512i v0 = b0(x), v1 = b1(x), v2 = b2(x), v3 = b3(x);
    const __m512i low01 = _mm512_unpacklo_epi8(v0, v1), low23 = _mm512_unpacklo_epi8(v2, v3);
    const __m512i high01 = _mm512_unpackhi_epi8(v0, v1), high23 = _mm512_unpackhi_epi8(v2, v3);
    store16(_mm512_unpacklo_epi16(low01, low23), to, count);
    store16(_mm512_unpackhi_epi16(low01, low23), to + 16, count - 16);
    store16(_mm512_unpacklo_epi16(high01, high23), to + 32, count - 32);
    store16(_mm512_unpackhi_epi16(high01, high23), to + 48, count - 48);
  }
  BST_TARGET_AVX512 BST_INLINE static void store16(__m512i floats, float *to, int64_t count) {
    if (count >= 16)
      _mm512_storeu_si512(to, floats);
    else if (count > 0)
      _mm512_mask_storeu_epi32(to, __mmask16(avx512::firstBits(count)), floats);
  }
};

} // namespace

BST_TARGET_AVX512 void lookUpFloatsAvx512(const FloatTable &table, const FloatRows &rows,
                                          int64_t first, int64_t end) {
  if (first == end)
    return;
  const Lookup lookup(table);
  for (int64_t row = 0; row < rows.count; ++row) {
    const uint8_t *from = rows.source + row * rows.sourceStride;
    float *to = rows.target + row * rows.targetStride;
    for (int64_t i = first; i < end; i += 64)
      lookup.store(from + i, to + i, end - i < 64 ? end - i : 64);
  }
}

} // namespace bst
#endif // BST_X86

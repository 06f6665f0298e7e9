#include "backends/edp/kernels/add.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {
namespace {

/// PairedSum in registers.
struct Sum {
  __m512i high, low, addHigh, addLow, flipA, flipB, flipY, lo, hi;
  __m128i shift;

  BST_TARGET_AVX512 BST_INLINE explicit Sum(const PairedSum &s)
      : high(pair(s.high)), low(pair(s.low)), addHigh(_mm512_set1_epi32(s.addHigh)),
        addLow(_mm512_set1_epi32(s.addLow)), flipA(_mm512_set1_epi8(char(s.flipA))),
        flipB(_mm512_set1_epi8(char(s.flipB))), flipY(_mm512_set1_epi8(char(s.flipY))),
        lo(_mm512_set1_epi8(s.lo)), hi(_mm512_set1_epi8(s.hi)), shift(_mm_cvtsi32_si128(s.shift)) {}

  BST_TARGET_AVX512 BST_INLINE static __m512i pair(const int16_t (&m)[2]) {
    return _mm512_set1_epi32(int32_t(uint32_t(uint16_t(m[1])) << 16 | uint16_t(m[0])));
  }
  /// Sixteen pairs of unsigned words -> sums before the clamp.
  BST_TARGET_AVX512 BST_INLINE __m512i ofPairs(__m512i ab) const {
    const __m512i carry = _mm512_srai_epi32(_mm512_dpwssd_epi32(addLow, ab, low), 16);
    return _mm512_sra_epi32(_mm512_add_epi32(_mm512_dpwssd_epi32(addHigh, ab, high), carry), shift);
  }
  /// Bytes become pairs of words by unpacking, the inverse of packing: order is kept.
  BST_TARGET_AVX512 BST_INLINE __m512i operator()(__m512i a, __m512i b) const {
    const __m512i zero = _mm512_setzero_si512();
    a = _mm512_xor_si512(a, flipA);
    b = _mm512_xor_si512(b, flipB);
    const __m512i first = _mm512_unpacklo_epi8(a, b), second = _mm512_unpackhi_epi8(a, b);
    const __m512i low16 = _mm512_packs_epi32(ofPairs(_mm512_unpacklo_epi8(first, zero)),
                                             ofPairs(_mm512_unpackhi_epi8(first, zero)));
    const __m512i high16 = _mm512_packs_epi32(ofPairs(_mm512_unpacklo_epi8(second, zero)),
                                              ofPairs(_mm512_unpackhi_epi8(second, zero)));
    const __m512i y = _mm512_packs_epi16(low16, high16);
    return _mm512_xor_si512(_mm512_min_epi8(_mm512_max_epi8(y, lo), hi), flipY);
  }
};

/// As many rows of `Bytes` bytes as fill registers. Returns their number.
template <int Bytes> BST_TARGET_AVX512 int64_t narrowRows(const Sum &sum, const AddRows &rows) {
  using Pack = avx512::Rows<Bytes>;
  constexpr int64_t each = 64 / Bytes;
  int64_t row = 0;
  for (; row + each <= rows.count; row += each)
    Pack::store(rows.y + row * rows.strideY, rows.strideY,
                sum(Pack::load(rows.a + row * rows.strideA, rows.strideA),
                    Pack::load(rows.b + row * rows.strideB, rows.strideB)));
  return row;
}

} // namespace

BST_TARGET_AVX512 void addRowsAvx512(const PairedSum &paired, const AddRows &rows) {
  const Sum sum(paired);
  int64_t row = 0;
  if (rows.bytes == 16)
    row = narrowRows<16>(sum, rows);
  else if (rows.bytes == 32)
    row = narrowRows<32>(sum, rows);
  for (; row < rows.count; ++row) {
    const uint8_t *a = rows.a + row * rows.strideA, *b = rows.b + row * rows.strideB;
    uint8_t *y = rows.y + row * rows.strideY;
    int64_t i = 0;
    for (; i + 64 <= rows.bytes; i += 64)
      _mm512_storeu_si512(y + i, sum(_mm512_loadu_si512(a + i), _mm512_loadu_si512(b + i)));
    if (const __mmask64 rest = avx512::firstBits(rows.bytes - i))
      _mm512_mask_storeu_epi8(
          y + i, rest,
          sum(_mm512_maskz_loadu_epi8(rest, a + i), _mm512_maskz_loadu_epi8(rest, b + i)));
  }
}

} // namespace bst
#endif // BST_X86

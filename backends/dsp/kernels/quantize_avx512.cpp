#include "backends/dsp/kernels/quantizer.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {
namespace {

/// x / scale, rounded, by a product with 1 / scale. The two differ by less than 2^-21 of their
/// size, so they round to the same integer unless the product is close to a tie; what is not `sure`
/// is left to the division.
struct FastQuantizer {
  __m512 inverse;
  __m512i zeroPoint, sign;

  BST_TARGET_AVX512 BST_INLINE explicit FastQuantizer(const Quantizer &q)
      : inverse(_mm512_set1_ps(1.0f / q.scale)),
        zeroPoint(_mm512_set1_epi32(q.zeroPoint - (q.lo < 0 ? 0 : 128))),
        sign(_mm512_set1_epi8(q.lo < 0 ? 0 : -128)) {}

  /// Sixteen values. Clears \p sure where one is near a tie, beyond all bounds, or a NaN.
  BST_TARGET_AVX512 BST_INLINE __m512i operator()(const float *from, bool &sure) const {
    constexpr float tie = 0.5f - 0x1p-8f, bound = 0x1p12f; // 2^12 * 2^-21 is below 2^-8.
    const __m512 x = _mm512_mul_ps(_mm512_loadu_ps(from), inverse);
    const __m512 rounded = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 off = _mm512_abs_ps(_mm512_sub_ps(x, rounded));
    const __mmask16 good =
        _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(off, _mm512_set1_ps(tie), _CMP_LT_OQ),
                                _mm512_abs_ps(x), _mm512_set1_ps(bound), _CMP_LT_OQ);
    sure &= good == 0xffff;
    return _mm512_add_epi32(_mm512_cvtps_epi32(rounded), zeroPoint);
  }
};

} // namespace

BST_TARGET_AVX512 int64_t quantizeAvx512(const Quantizer &quantizer, const float *from, uint8_t *to,
                                         int64_t count) {
  const FastQuantizer quantize(quantizer);
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  int64_t i = 0;
  for (; i + 64 <= count; i += 64) {
    bool sure = true;
    const __m512i a = quantize(from + i, sure), b = quantize(from + i + 16, sure);
    const __m512i c = quantize(from + i + 32, sure), d = quantize(from + i + 48, sure);
    if (!sure) {
      Quantizer::run(quantizer, from + i, to + i, 64);
      continue;
    }
    const __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
    _mm512_storeu_si512(to + i,
                        _mm512_xor_si512(_mm512_permutexvar_epi32(order, bytes), quantize.sign));
  }
  return i;
}

} // namespace bst
#endif // BST_X86

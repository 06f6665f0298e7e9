#ifndef BST_BACKENDS_SIMULATOR_AVX512_H
#define BST_BACKENDS_SIMULATOR_AVX512_H

#include "backends/simulator/isa.h"

#if BST_X86
#include <immintrin.h>

#include <utility>

/// AVX-512 building blocks.
///
/// Accumulators are fields of their own: GCC 12 keeps the elements of an array of __m512i in
/// memory, even where every index is a constant.
namespace bst::avx512 {

template <int Index> struct Cell { __m512i value; };
/// Registers numbered 0 to N-1; get<I>() names one.
template <class Indices> struct Cells;
template <int... I> struct Cells<std::integer_sequence<int, I...>> : Cell<I>... {};
template <int N> using Registers = Cells<std::make_integer_sequence<int, N>>;

template <int I> BST_INLINE __m512i &get(Cell<I> &cell) { return cell.value; }
template <int I> BST_INLINE const __m512i &get(const Cell<I> &cell) { return cell.value; }

/// y = table[y], 256 entries by bit pattern: two lookups among 128, chosen by the top bit.
struct Table {
  __m512i part[4];
  BST_TARGET_AVX512 BST_INLINE explicit Table(const uint8_t *entries)
      : part{_mm512_loadu_si512(entries), _mm512_loadu_si512(entries + 64),
             _mm512_loadu_si512(entries + 128), _mm512_loadu_si512(entries + 192)} {}
  BST_TARGET_AVX512 BST_INLINE __m512i operator()(__m512i y) const {
    return _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(part[0], y, part[1]),
                                _mm512_movepi8_mask(y),
                                _mm512_permutex2var_epi8(part[2], y, part[3]));
  }
};

/// The lowest `count` of 64 bits, count in [0, 64].
BST_INLINE uint64_t firstBits(int64_t count) {
  return count <= 0 ? 0 : ~uint64_t(0) >> (64 - (count < 64 ? count : 64));
}

/// Rows of 16, 32 or 64 bytes, as many as one register holds. Stores are whole ones: a load that
/// follows a masked store waits until it has reached the cache.
template <int Bytes> struct Rows;

template <> struct Rows<64> {
  BST_TARGET_AVX512 BST_INLINE static __m512i load(const uint8_t *p, int64_t) {
    return _mm512_loadu_si512(p);
  }
  BST_TARGET_AVX512 BST_INLINE static void store(uint8_t *p, int64_t, __m512i x) {
    _mm512_storeu_si512(p, x);
  }
};

template <> struct Rows<32> {
  BST_TARGET_AVX512 BST_INLINE static __m512i load(const uint8_t *p, int64_t stride) {
    const auto *row = reinterpret_cast<const __m256i *>(p + stride);
    return _mm512_inserti64x4(
        _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))),
        _mm256_loadu_si256(row), 1);
  }
  BST_TARGET_AVX512 BST_INLINE static void store(uint8_t *p, int64_t stride, __m512i x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), _mm512_castsi512_si256(x));
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(p + stride), _mm512_extracti64x4_epi64(x, 1));
  }
};

template <> struct Rows<16> {
  template <int Row>
  BST_TARGET_AVX512 BST_INLINE static __m512i insert(__m512i x, const uint8_t *p, int64_t stride) {
    return _mm512_inserti32x4(
        x, _mm_loadu_si128(reinterpret_cast<const __m128i *>(p + Row * stride)), Row);
  }
  template <int Row>
  BST_TARGET_AVX512 BST_INLINE static void storeRow(uint8_t *p, int64_t stride, __m512i x) {
    _mm_storeu_si128(reinterpret_cast<__m128i *>(p + Row * stride),
                     _mm512_extracti32x4_epi32(x, Row));
  }
  BST_TARGET_AVX512 BST_INLINE static __m512i load(const uint8_t *p, int64_t stride) {
    const __m512i x = _mm512_castsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
    return insert<3>(insert<2>(insert<1>(x, p, stride), p, stride), p, stride);
  }
  BST_TARGET_AVX512 BST_INLINE static void store(uint8_t *p, int64_t stride, __m512i x) {
    storeRow<0>(p, stride, x);
    storeRow<1>(p, stride, x);
    storeRow<2>(p, stride, x);
    storeRow<3>(p, stride, x);
  }
};

} // namespace bst::avx512
#endif // BST_X86

#endif // BST_BACKENDS_SIMULATOR_AVX512_H

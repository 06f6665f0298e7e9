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

} // namespace bst::avx512
#endif // BST_X86

#endif // BST_BACKENDS_SIMULATOR_AVX512_H

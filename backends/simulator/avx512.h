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

} // namespace bst::avx512
#endif // BST_X86

#endif // BST_BACKENDS_SIMULATOR_AVX512_H

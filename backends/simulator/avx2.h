#ifndef BST_BACKENDS_SIMULATOR_AVX2_H
#define BST_BACKENDS_SIMULATOR_AVX2_H

#include "backends/simulator/isa.h"

#if BST_X86
#include "runtime/program/commands.h"

#include <immintrin.h>

/// AVX2 building blocks of the integer kernels.
namespace bst {

/// Constants that requantise eight int32 lanes. AVX2 multiplies 32 x 32 -> 64 bits in the even
/// lanes only, and has no arithmetic 64-bit shift. So even and odd lanes go separately, and with
/// t = v*m + offset:  floor((t + 2^(s-1)) / 2^s) = ((t + 2^(s-1) + 2^63) >> s, logical) - 2^(63-s),
/// which is exact because |t| <= 2^62 + 2^30 and s <= 62. The result is correct modulo 2^32.
struct alignas(32) RequantLanes {
  int64_t multiplier[2][4]; ///< Even lanes, odd lanes; the low 32 bits count.
  uint64_t addend[2][4];    ///< offset + 2^(s-1) + 2^63, modulo 2^64.
  int64_t shift[2][4];
  uint32_t subtrahend[8]; ///< 2^(63-s) modulo 2^32.

  void set(int lane, const Requant &requant) {
    int odd = lane & 1, index = lane / 2;
    multiplier[odd][index] = requant.multiplier;
    addend[odd][index] = uint64_t(int64_t(requant.offset)) + (uint64_t(1) << (requant.shift - 1)) +
                         (uint64_t(1) << 63);
    shift[odd][index] = requant.shift;
    subtrahend[lane] = uint32_t(uint64_t(1) << (63 - requant.shift));
  }
  void setAll(const Requant &requant) {
    for (int lane = 0; lane < 8; ++lane)
      set(lane, requant);
  }
};

BST_TARGET_AVX2 BST_INLINE __m256i loadLanes(const void *p) {
  return _mm256_load_si256(static_cast<const __m256i *>(p));
}

/// RequantLanes in registers.
struct RequantRegisters {
  __m256i multiplier[2], addend[2], shift[2], subtrahend;
  BST_TARGET_AVX2 BST_INLINE explicit RequantRegisters(const RequantLanes &lanes)
      : multiplier{loadLanes(lanes.multiplier[0]), loadLanes(lanes.multiplier[1])},
        addend{loadLanes(lanes.addend[0]), loadLanes(lanes.addend[1])},
        shift{loadLanes(lanes.shift[0]), loadLanes(lanes.shift[1])},
        subtrahend(loadLanes(lanes.subtrahend)) {}
};

/// (even + addend) >> shift of the two halves, joined to eight int32 lanes.
BST_TARGET_AVX2 BST_INLINE __m256i roundShiftLanes(__m256i even, __m256i odd,
                                                   const RequantRegisters &r) {
  even = _mm256_srlv_epi64(_mm256_add_epi64(even, r.addend[0]), r.shift[0]);
  odd = _mm256_srlv_epi64(_mm256_add_epi64(odd, r.addend[1]), r.shift[1]);
  __m256i joined = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
  return _mm256_sub_epi32(joined, r.subtrahend);
}

/// Requantises eight int32 lanes. Exact where the result fits int32: always for shift >= 31, and
/// for smaller shifts as far as |v| < 2^shift.
BST_TARGET_AVX2 BST_INLINE __m256i requantLanes(__m256i v, const RequantRegisters &r) {
  __m256i even = _mm256_mul_epi32(v, r.multiplier[0]);
  __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(v, 32), r.multiplier[1]);
  return roundShiftLanes(even, odd, r);
}

/// Zero point and clamp bounds of an 8-bit output, as int16 lanes. Saturating to int16 before the
/// zero point is added changes nothing: what saturates is beyond both bounds.
struct OutputRegisters {
  __m256i zeroPoint, lo, hi;
  bool isSigned;
  BST_TARGET_AVX2 BST_INLINE OutputRegisters(int32_t zp, int32_t clampLo, int32_t clampHi,
                                             bool outputSigned)
      : zeroPoint(_mm256_set1_epi16(int16_t(zp))), lo(_mm256_set1_epi16(int16_t(clampLo))),
        hi(_mm256_set1_epi16(int16_t(clampHi))), isSigned(outputSigned) {}
};

/// 4 x 8 int32 results -> 32 bytes: a's eight, then b's, c's, d's.
BST_TARGET_AVX2 BST_INLINE __m256i packOutput(__m256i a, __m256i b, __m256i c, __m256i d,
                                              const OutputRegisters &out) {
  __m256i ab = _mm256_adds_epi16(_mm256_packs_epi32(a, b), out.zeroPoint);
  __m256i cd = _mm256_adds_epi16(_mm256_packs_epi32(c, d), out.zeroPoint);
  ab = _mm256_min_epi16(_mm256_max_epi16(ab, out.lo), out.hi);
  cd = _mm256_min_epi16(_mm256_max_epi16(cd, out.lo), out.hi);
  __m256i bytes = out.isSigned ? _mm256_packs_epi16(ab, cd) : _mm256_packus_epi16(ab, cd);
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/// Eight 8-bit elements as int32 lanes.
BST_TARGET_AVX2 BST_INLINE __m256i widenToInt32(const uint8_t *p, bool isSigned) {
  __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p));
  return isSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}

} // namespace bst
#endif // BST_X86

#endif // BST_BACKENDS_SIMULATOR_AVX2_H

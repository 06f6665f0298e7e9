#include "backends/maca/kernels/gemm_neon.h"

#if BST_NEON

namespace bst {
namespace {

/// A panel's constants as the vectors take them.
struct Constants {
  const GemmPanel &panel;
  int64_t addend[gemmLanes]; ///< offset + 2^(shift-1).
  int64_t shift[gemmLanes];  ///< To the left, so negative.

  explicit Constants(const GemmPanel &panel) : panel(panel) {
    for (int32_t lane = 0; lane < gemmLanes; ++lane) {
      const int64_t offset = lane < panel.channels ? panel.requant[lane].offset : 0;
      addend[lane] = offset + (int64_t(1) << (panel.shift[lane] - 1));
      shift[lane] = -panel.shift[lane];
    }
  }
};

/// Channels [first, first + 4) of a panel: (v * multiplier + addend) >> shift in int64, then
/// saturated to int32.
template <bool Affine>
BST_INLINE int32x4_t requantFour(const int32_t *sums, const Constants &constants, int first,
                                 int32_t total) {
  const int32x4_t multiplier = vld1q_s32(constants.panel.multiplier + first);
  int32x4_t v = vld1q_s32(sums + first);
  if constexpr (Affine)
    v = vmlsq_n_s32(v, vld1q_s32(constants.panel.weightZero + first), total);
  const int64_t *addend = constants.addend + first, *shift = constants.shift + first;
  const int64x2_t low = vmull_s32(vget_low_s32(v), vget_low_s32(multiplier));
  const int64x2_t high = vmull_high_s32(v, multiplier);
  return vcombine_s32(
      vqmovn_s64(vshlq_s64(vaddq_s64(low, vld1q_s64(addend)), vld1q_s64(shift))),
      vqmovn_s64(vshlq_s64(vaddq_s64(high, vld1q_s64(addend + 2)), vld1q_s64(shift + 2))));
}

/// Zero point and clamp bounds as int16 lanes. Saturating before the zero point is added changes
/// nothing: what saturates is beyond both bounds.
struct Clamp {
  int16x8_t zeroPoint, lo, hi;

  BST_INLINE explicit Clamp(const GemmOutput &output)
      : zeroPoint(vdupq_n_s16(int16_t(output.zeroPoint))), lo(vdupq_n_s16(int16_t(output.clampLo))),
        hi(vdupq_n_s16(int16_t(output.clampHi))) {}

  BST_INLINE uint8x8_t operator()(int32x4_t a, int32x4_t b) const {
    const int16x8_t y = vqaddq_s16(vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)), zeroPoint);
    return vreinterpret_u8_s8(vmovn_s16(vminq_s16(vmaxq_s16(y, lo), hi)));
  }
};

template <bool Affine>
void finishPanel(const int32_t *sums, int64_t pixelCount, const GemmOutput &output) {
  const GemmPanel &panel = *output.panels;
  const Constants constants(panel);
  const Clamp clamp(output);
  for (int64_t p = 0; p < pixelCount; ++p, sums += gemmLanes) {
    int32x4_t v[4];
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q)
      v[q] = requantFour<Affine>(sums, constants, q * 4, Affine ? output.totals[p] : 0);
    const uint8x16_t bytes = vcombine_u8(clamp(v[0], v[1]), clamp(v[2], v[3]));
    uint8_t *y = output.y + p * output.pixelStride;
    if (panel.channels == gemmLanes)
      vst1q_u8(y, bytes);
    else
      std::memcpy(y, &bytes, size_t(panel.channels));
  }
}

} // namespace

void gemmAddWeightsNeon(const int8_t *panel, int64_t steps, int32_t *sums) {
  int32x4_t total[4] = {};
  for (int64_t step = 0; step < steps; ++step)
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q, panel += 16)
      total[q] = vpadalq_s16(total[q], vpaddlq_s8(vld1q_s8(panel)));
  for (int q = 0; q < 4; ++q)
    vst1q_s32(sums + q * 4, total[q]);
}

void gemmAddInputsNeon(const GemmInputs &inputs, int32_t *totals) {
  for (int64_t p = 0; p < inputs.pixelCount; ++p) {
    int32x4_t sums = vdupq_n_s32(0);
    int32_t total = 0;
    for (int64_t run = 0; run < inputs.runCount; ++run) {
      auto *x =
          reinterpret_cast<const int8_t *>(inputs.input) + inputs.pixels[p] + inputs.runs[run];
      int64_t i = 0;
      for (; i + 16 <= inputs.runLength; i += 16)
        sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(x + i)));
      for (; i < inputs.runLength; ++i)
        total += x[i];
    }
    totals[p] = total + vaddvq_s32(sums);
  }
}

void gemmFinishNeon(const int32_t *sums, int64_t pixelCount, const GemmOutput &output) {
  output.totals ? finishPanel<true>(sums, pixelCount, output)
                : finishPanel<false>(sums, pixelCount, output);
}

} // namespace bst
#endif // BST_NEON

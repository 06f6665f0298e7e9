#include "backends/maca/kernels/conv_gemm.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {
namespace {

using avx512::get;
using avx512::Registers;
using avx512::Table;

template <int... I> using Indices = std::integer_sequence<int, I...>;
template <int N> using UpTo = std::make_integer_sequence<int, N>;

constexpr int64_t panelWidth = gemmMaxPanels * gemmLanes; ///< Of a row of sums.

BST_TARGET_AVX512 void fill(const uint8_t *src, int64_t count, bool flip, int32_t, std::byte *dst) {
  const __m512i sign = _mm512_set1_epi8(flip ? -128 : 0);
  int64_t i = 0;
  for (; i + 64 <= count; i += 64)
    _mm512_storeu_si512(dst + i, _mm512_xor_si512(_mm512_loadu_si512(src + i), sign));
  if (const __mmask64 rest = i < count ? ~__mmask64(0) >> (64 - (count - i)) : 0)
    _mm512_mask_storeu_epi8(dst + i, rest,
                            _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, src + i), sign));
}

/// A quad of one pixel in all sixteen lanes.
template <bool Flip>
BST_TARGET_AVX512 BST_INLINE __m512i broadcastQuad(const std::byte *p, __m512i sign) {
  int32_t quad;
  __builtin_memcpy(&quad, p, sizeof(quad));
  const __m512i x = _mm512_set1_epi32(quad);
  return Flip ? _mm512_xor_si512(x, sign) : x;
}

/// `Pixels` x `Panels` sums: one register each, so that with a register a panel's weights and one
/// for the input they fit the thirty-two, and their number hides the latency of vpdpbusd.
template <int Pixels, int Panels> struct Product {
  Registers<Pixels * Panels> sum;
  const std::byte *pixel[Pixels];

  template <int... I>
  BST_TARGET_AVX512 BST_INLINE void load(const GemmBlock &block, int64_t first, Indices<I...>) {
    ((get<I>(sum) = _mm512_loadu_si512(block.start + (first + I / Panels) * block.startStride +
                                       I % Panels * gemmLanes)),
     ...);
  }
  template <int... I>
  BST_TARGET_AVX512 BST_INLINE void store(const GemmBlock &block, int64_t first, Indices<I...>) {
    ((_mm512_store_si512(block.sums + (first + I / Panels) * panelWidth + I % Panels * gemmLanes,
                         get<I>(sum))),
     ...);
  }
  template <int... P>
  BST_TARGET_AVX512 BST_INLINE void point(const GemmBlock &block, int64_t first, Indices<P...>) {
    ((pixel[P] = block.input + block.pixels[first + P]), ...);
  }
  template <int P, int... O>
  BST_TARGET_AVX512 BST_INLINE void addPixel(__m512i x, const Registers<Panels> &w, Indices<O...>) {
    ((get<P * Panels + O>(sum) = _mm512_dpbusd_epi32(get<P * Panels + O>(sum), x, get<O>(w))), ...);
  }
  template <bool Flip, int... P>
  BST_TARGET_AVX512 BST_INLINE void addStep(int64_t offset, const Registers<Panels> &w,
                                            __m512i sign, Indices<P...>) {
    (addPixel<P>(broadcastQuad<Flip>(pixel[P] + offset, sign), w, UpTo<Panels>()), ...);
  }
};

template <int Panels, int... O>
BST_TARGET_AVX512 BST_INLINE void loadWeights(Registers<Panels> &w, const std::byte *p,
                                              int64_t stride, Indices<O...>) {
  ((get<O>(w) = _mm512_loadu_si512(p + O * stride)), ...);
}

template <int Pixels, int Panels, bool Flip>
BST_TARGET_AVX512 void multiplyPixels(const GemmBlock &block, int64_t first) {
  Product<Pixels, Panels> product;
  product.load(block, first, UpTo<Pixels * Panels>());
  product.point(block, first, UpTo<Pixels>());
  const __m512i sign = _mm512_set1_epi8(-128);
  const std::byte *weights = block.weights;
  const int32_t *offset = block.offsets, *end = offset + block.steps;
  for (; offset != end; ++offset, weights += gemmLanes * panelDepth) {
    Registers<Panels> w;
    loadWeights<Panels>(w, weights, block.panelStride, UpTo<Panels>());
    product.template addStep<Flip>(*offset, w, sign, UpTo<Pixels>());
  }
  product.store(block, first, UpTo<Pixels * Panels>());
}

/// Pixels by as many at a time as the registers hold, then the rest.
template <int Pixels, int Panels, bool Flip>
BST_TARGET_AVX512 void multiplyBlock(const GemmBlock &block, int64_t first) {
  for (; first + Pixels <= block.pixelCount; first += Pixels)
    multiplyPixels<Pixels, Panels, Flip>(block, first);
  if constexpr (Pixels > 1)
    if (first < block.pixelCount)
      multiplyBlock<Pixels / 2, Panels, Flip>(block, first);
}

template <bool Flip> void multiplyPanels(const GemmBlock &block) {
  switch (block.panels) {
  case 1:
    return multiplyBlock<12, 1, Flip>(block, 0);
  case 2:
    return multiplyBlock<8, 2, Flip>(block, 0);
  case 3:
    return multiplyBlock<8, 3, Flip>(block, 0);
  default:
    return multiplyBlock<6, 4, Flip>(block, 0);
  }
}

void multiply(const GemmBlock &block) {
  block.flip ? multiplyPanels<true>(block) : multiplyPanels<false>(block);
}

BST_TARGET_AVX512 void addWeights(const int8_t *panel, int64_t steps, int32_t *sums) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i total = _mm512_setzero_si512();
  for (int64_t step = 0; step < steps; ++step)
    total =
        _mm512_dpbusd_epi32(total, ones, _mm512_loadu_si512(panel + step * gemmLanes * panelDepth));
  _mm512_storeu_si512(sums, total);
}

BST_TARGET_AVX512 void addInputs(const GemmInputs &inputs, int32_t *totals) {
  const __m512i sign = _mm512_set1_epi8(inputs.flip ? -128 : 0), ones = _mm512_set1_epi8(1);
  for (int64_t p = 0; p < inputs.pixelCount; ++p) {
    __m512i total = _mm512_setzero_si512();
    for (int64_t run = 0; run < inputs.runCount; ++run) {
      const std::byte *x = inputs.input + inputs.pixels[p] + inputs.runs[run];
      for (int64_t left = inputs.runLength; left > 0; left -= 64, x += 64) {
        const __mmask64 valid = left >= 64 ? ~__mmask64(0) : ~__mmask64(0) >> (64 - left);
        const __m512i bytes = _mm512_maskz_loadu_epi8(valid, x);
        total = _mm512_dpbusd_epi32(
            total, _mm512_maskz_mov_epi8(valid, _mm512_xor_si512(bytes, sign)), ones);
      }
    }
    totals[p] = _mm512_reduce_add_epi32(total);
  }
}

/// Constants of `Panels` panels in registers: what y = (v * multiplier + addend) >> shift takes.
/// 32 x 32 -> 64 bit products exist for even lanes only, so even and odd lanes go separately.
template <int Panels> struct Requantiser {
  Registers<Panels> even, odd; ///< Multipliers.
  Registers<Panels> addEven, addOdd;
  Registers<Panels> shift; ///< Minus 32: of the high halves.
  Registers<Panels> weightZero;

  template <int... O>
  BST_TARGET_AVX512 BST_INLINE void load(const GemmPanel *panels, Indices<O...>) {
    (loadPanel<O>(panels[O]), ...);
  }
  template <int O> BST_TARGET_AVX512 BST_INLINE void loadPanel(const GemmPanel &panel) {
    const __m512i evens = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odds = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    const __m512i low = _mm512_load_si512(panel.addend), high = _mm512_load_si512(panel.addend + 8);
    get<O>(even) = _mm512_load_si512(panel.multiplier);
    get<O>(odd) = _mm512_srli_epi64(get<O>(even), 32);
    get<O>(addEven) = _mm512_permutex2var_epi64(low, evens, high);
    get<O>(addOdd) = _mm512_permutex2var_epi64(low, odds, high);
    get<O>(shift) = _mm512_sub_epi32(_mm512_load_si512(panel.shift), _mm512_set1_epi32(32));
    get<O>(weightZero) = _mm512_load_si512(panel.weightZero);
  }
  /// Sixteen sums -> y before the clamp.
  template <int O, bool Affine>
  BST_TARGET_AVX512 BST_INLINE __m512i apply(const int32_t *sums, __m512i total) const {
    __m512i v = _mm512_load_si512(sums + O * gemmLanes);
    if constexpr (Affine)
      v = _mm512_sub_epi32(v, _mm512_mullo_epi32(get<O>(weightZero), total));
    const __m512i low = _mm512_add_epi64(_mm512_mul_epi32(v, get<O>(even)), get<O>(addEven));
    const __m512i high =
        _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(v, 32), get<O>(odd)), get<O>(addOdd));
    return _mm512_srav_epi32(_mm512_mask_shuffle_epi32(high, 0x5555, low, _MM_PERM_DDBB),
                             get<O>(shift));
  }
};

/// Clamp, order of lanes and table of packed outputs.
struct Packer {
  __m512i order, lo, hi;
  bool isSigned;

  BST_TARGET_AVX512 BST_INLINE explicit Packer(const GemmOutput &output)
      : order(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)),
        lo(_mm512_set1_epi8(char(output.clampLo))), hi(_mm512_set1_epi8(char(output.clampHi))),
        isSigned(output.isSigned) {}

  /// 4 x 16 values -> 64 bytes, saturated to the type and clamped: the bounds are inside of it.
  BST_TARGET_AVX512 BST_INLINE __m512i pack(__m512i a, __m512i b, __m512i c, __m512i d) const {
    const __m512i ab = _mm512_packs_epi32(a, b), cd = _mm512_packs_epi32(c, d);
    __m512i y;
    if (isSigned)
      y = _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(ab, cd), lo), hi);
    else
      y = _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(ab, cd), lo), hi);
    return _mm512_permutexvar_epi32(order, y);
  }
};

/// What the pixels of a block share in the end.
template <int Panels, bool Affine, bool Mapped> struct Finisher {
  Requantiser<Panels> requant;
  Packer packer;
  Table table;
  int64_t channels;

  BST_TARGET_AVX512 BST_INLINE Finisher(const GemmPanel *panels, const GemmOutput &output)
      : packer(output), table(Mapped ? output.table : reinterpret_cast<const uint8_t *>(panels)),
        channels((Panels - 1) * gemmLanes + panels[Panels - 1].channels) {
    requant.load(panels, UpTo<Panels>());
  }
  /// Panel `O` of pixel `p`, before the clamp.
  template <int O>
  BST_TARGET_AVX512 BST_INLINE __m512i values(const int32_t *sums, const int32_t *totals,
                                              int64_t p) const {
    return requant.template apply<O, Affine>(sums + p * panelWidth,
                                             _mm512_set1_epi32(Affine ? totals[p] : 0));
  }
  BST_TARGET_AVX512 BST_INLINE __m512i pack(__m512i a, __m512i b, __m512i c, __m512i d) const {
    const __m512i bytes = packer.pack(a, b, c, d);
    return Mapped ? table(bytes) : bytes;
  }
};

/// Three or four panels: a vector of outputs is one pixel's.
template <int Panels, bool Affine, bool Mapped>
BST_TARGET_AVX512 void finishWide(const int32_t *sums, int64_t pixelCount, const GemmPanel *panels,
                                  const int32_t *totals, const GemmOutput &output) {
  const Finisher<Panels, Affine, Mapped> finisher(panels, output);
  const __mmask64 valid = ~__mmask64(0) >> (64 - finisher.channels);
  uint8_t *y = output.y;
  for (int64_t p = 0; p < pixelCount; ++p, y += output.pixelStride) {
    const __m512i a = finisher.template values<0>(sums, totals, p);
    const __m512i b = finisher.template values<1>(sums, totals, p);
    const __m512i c = finisher.template values<2>(sums, totals, p);
    const __m512i d = Panels > 3 ? finisher.template values<Panels - 1>(sums, totals, p) : c;
    const __m512i bytes = finisher.pack(a, b, c, d);
    if (finisher.channels == 64)
      _mm512_storeu_si512(y, bytes);
    else
      _mm512_mask_storeu_epi8(y, valid, bytes);
  }
}

/// Stores the sixteen-byte parts of `bytes` that belong to `count` pixels, `Panels` parts each.
template <int Panels>
BST_TARGET_AVX512 BST_INLINE void storePixels(__m512i bytes, int64_t count, int64_t channels,
                                              uint8_t *y, int64_t stride) {
  if (stride == Panels * gemmLanes && channels == stride && count == 4 / Panels)
    return _mm512_storeu_si512(y, bytes);
  const __mmask64 valid = ~__mmask64(0) >> (64 - channels);
  // The mask selects a pixel's part where it lies in the vector; the address makes up for it.
  for (int64_t p = 0; p < count; ++p)
    _mm512_mask_storeu_epi8(y + p * (stride - Panels * gemmLanes),
                            valid << (p * Panels * gemmLanes), bytes);
}

/// One or two panels: a vector of outputs is four or two pixels'.
template <int Panels, bool Affine, bool Mapped>
BST_TARGET_AVX512 void finishNarrow(const int32_t *sums, int64_t pixelCount,
                                    const GemmPanel *panels, const int32_t *totals,
                                    const GemmOutput &output) {
  const Finisher<Panels, Affine, Mapped> finisher(panels, output);
  constexpr int64_t pixels = 4 / Panels;
  uint8_t *y = output.y;
  for (int64_t p = 0; p < pixelCount; p += pixels, y += pixels * output.pixelStride) {
    // Past the last pixel the last one again: it is not stored.
    const int64_t last = pixelCount - 1, p1 = p + 1 < last ? p + 1 : last;
    __m512i bytes;
    if constexpr (Panels == 1) {
      const int64_t p2 = p + 2 < last ? p + 2 : last, p3 = p + 3 < last ? p + 3 : last;
      bytes = finisher.pack(finisher.template values<0>(sums, totals, p),
                            finisher.template values<0>(sums, totals, p1),
                            finisher.template values<0>(sums, totals, p2),
                            finisher.template values<0>(sums, totals, p3));
    } else {
      bytes = finisher.pack(finisher.template values<0>(sums, totals, p),
                            finisher.template values<1>(sums, totals, p),
                            finisher.template values<0>(sums, totals, p1),
                            finisher.template values<1>(sums, totals, p1));
    }
    const int64_t left = pixelCount - p;
    storePixels<Panels>(bytes, left < pixels ? left : pixels, finisher.channels, y,
                        output.pixelStride);
  }
}

template <int Panels, bool Affine, bool Mapped>
void finishPanels(const int32_t *sums, int64_t pixelCount, const GemmPanel *panels,
                  const int32_t *totals, const GemmOutput &output) {
  if constexpr (Panels < 3)
    finishNarrow<Panels, Affine, Mapped>(sums, pixelCount, panels, totals, output);
  else
    finishWide<Panels, Affine, Mapped>(sums, pixelCount, panels, totals, output);
}

template <int Panels>
void finishAny(const int32_t *sums, int64_t pixelCount, const GemmPanel *panels,
               const int32_t *totals, const GemmOutput &output) {
  if (totals)
    return output.table
               ? finishPanels<Panels, true, true>(sums, pixelCount, panels, totals, output)
               : finishPanels<Panels, true, false>(sums, pixelCount, panels, totals, output);
  return output.table
             ? finishPanels<Panels, false, true>(sums, pixelCount, panels, totals, output)
             : finishPanels<Panels, false, false>(sums, pixelCount, panels, totals, output);
}

void finish(const int32_t *sums, int64_t pixelCount, const GemmPanel *panels, int64_t panelCount,
            const int32_t *totals, const GemmOutput &output) {
  for (int64_t i = 0; i < panelCount; ++i)
    if (!panels[i].fast)
      return gemmFinishPortable(sums, gemmMaxPanels, pixelCount, panels, panelCount, totals,
                                output);
  switch (panelCount) {
  case 1:
    return finishAny<1>(sums, pixelCount, panels, totals, output);
  case 2:
    return finishAny<2>(sums, pixelCount, panels, totals, output);
  case 3:
    return finishAny<3>(sums, pixelCount, panels, totals, output);
  default:
    return finishAny<4>(sums, pixelCount, panels, totals, output);
  }
}

} // namespace

std::unique_ptr<PreparedConv> prepareGemmAvx512(const ConvProblem &problem,
                                                const std::byte *weights, unsigned threads) {
  // A block of steps is 24 KiB of weights, which stay in a first-level cache of 32 or 48 KiB with
  // the sums (12 KiB); a tile and a chunk of panels fit a second-level cache of 512 KiB.
  static constexpr GemmOps ops = {.bytes = true,
                                  .isSigned = false,
                                  .depth = panelDepth,
                                  .blockPixels = 48,
                                  .blockPanels = gemmMaxPanels,
                                  .blockSteps = 96,
                                  .tileBytes = 96 << 10,
                                  .chunkBytes = 256 << 10,
                                  .fill = fill,
                                  .multiply = multiply,
                                  .addWeights = addWeights,
                                  .addInputs = addInputs,
                                  .finish = finish};
  return prepareGemm(problem, weights, threads, ops);
}

} // namespace bst
#endif // BST_X86

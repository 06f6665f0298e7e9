#include "backends/maca/kernels/conv_gemm.h"
#include "backends/simulator/avx512.h"

#if BST_X86

namespace bst {
namespace {

using avx512::get;
using avx512::Registers;

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

/// Sixteen lanes of each panel, `stride` elements apart.
template <int Panels, class T, int... O>
BST_TARGET_AVX512 BST_INLINE void loadPanels(Registers<Panels> &registers, const T *from,
                                             int64_t stride, Indices<O...>) {
  ((get<O>(registers) = _mm512_loadu_si512(from + O * stride)), ...);
}

BST_TARGET_AVX512 BST_INLINE void pinRegister(__m512i &x) { asm volatile("" : "+v"(x)); }

/// A panel's constants: what y = (v * multiplier + addend) >> shift takes. 32 x 32 -> 64 bit
/// products exist for even lanes only, so even and odd lanes go separately.
struct Requantiser {
  __m512i even, odd; ///< Multipliers.
  __m512i addEven, addOdd;
  __m512i shift; ///< Minus 32: of the high halves.

  BST_TARGET_AVX512 BST_INLINE explicit Requantiser(const GemmPanel &panel)
      : even(_mm512_load_si512(panel.multiplier)), odd(_mm512_srli_epi64(even, 32)),
        addEven(_mm512_load_si512(panel.evenAddend)), addOdd(_mm512_load_si512(panel.oddAddend)),
        shift(_mm512_sub_epi32(_mm512_load_si512(panel.shift), _mm512_set1_epi32(32))) {}
  /// Sixteen sums -> y before the clamp.
  BST_TARGET_AVX512 BST_INLINE __m512i operator()(__m512i v) const {
    const __m512i low = _mm512_add_epi64(_mm512_mul_epi32(v, even), addEven);
    const __m512i high = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(v, 32), odd), addOdd);
    return _mm512_srav_epi32(_mm512_mask_shuffle_epi32(high, 0x5555, low, _MM_PERM_DDBB), shift);
  }
};

/// What all outputs of a block share.
struct Finisher {
  __m512i order, lo, hi;
  __m512i sign; ///< Of unsigned outputs, which are made with their top bit flipped.
  int64_t channels, stride;
  __mmask64 valid; ///< Bytes of a pixel.

  BST_TARGET_AVX512 BST_INLINE explicit Finisher(const GemmOutput &output)
      : order(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)),
        lo(_mm512_set1_epi8(char(output.clampLo - (output.isSigned ? 0 : 128)))),
        hi(_mm512_set1_epi8(char(output.clampHi - (output.isSigned ? 0 : 128)))),
        sign(_mm512_set1_epi8(output.isSigned ? 0 : -128)),
        channels((output.panelCount - 1) * gemmLanes +
                 output.panels[output.panelCount - 1].channels),
        stride(output.pixelStride), valid(avx512::firstBits(channels)) {}

  /// 4 x 16 values -> 64 bytes, saturated to the type and clamped: the bounds are inside of it.
  BST_TARGET_AVX512 BST_INLINE __m512i pack(__m512i a, __m512i b, __m512i c, __m512i d) const {
    const __m512i ab = _mm512_packs_epi32(a, b), cd = _mm512_packs_epi32(c, d);
    const __m512i y = _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(ab, cd), lo), hi);
    return _mm512_permutexvar_epi32(order, _mm512_xor_si512(y, sign));
  }
  /// Stores a register that holds `Panels` panels of as many pixels as it can, or of fewer:
  /// `count`.
  template <int Panels>
  BST_TARGET_AVX512 BST_INLINE void storePixels(__m512i bytes, int64_t count, uint8_t *y) const {
    constexpr int width = Panels * gemmLanes;
    if constexpr (Panels != 3)
      if (channels == width && count == 64 / width)
        return stride == width ? _mm512_storeu_si512(y, bytes)
                               : avx512::Rows<width>::store(y, stride, bytes);
    // The mask selects a pixel's part where it lies in the vector; the address makes up for it.
    for (int64_t p = 0; p < count; ++p)
      _mm512_mask_storeu_epi8(y + p * (stride - width), valid << (p * width), bytes);
  }
};

/// `Pixels` x `Panels` sums: one register each, so that with one register for the weights of
/// each panel and one for the input they fit the thirty-two, and their number hides the latency of
/// vpdpbusd. Sum P * Panels + O is of pixel P and panel O.
template <int Pixels, int Panels> struct Product {
  static constexpr int count = Pixels * Panels;
  Registers<count> sum;

  template <int... I>
  BST_TARGET_AVX512 BST_INLINE void load(const GemmBlock &block, int64_t first, Indices<I...>) {
    const int32_t *start = block.start;
    if (block.startStride == 0) {
      Registers<Panels> bias;
      loadPanels<Panels>(bias, start, gemmLanes, UpTo<Panels>());
      ((get<I>(sum) = get<I % Panels>(bias)), ...);
    } else {
      start += first * panelWidth;
      ((get<I>(sum) = _mm512_load_si512(start + I / Panels * panelWidth + I % Panels * gemmLanes)),
       ...);
    }
  }
  template <int... I>
  BST_TARGET_AVX512 BST_INLINE void store(const GemmBlock &block, int64_t first, Indices<I...>) {
    int32_t *sums = block.sums + first * panelWidth;
    ((_mm512_store_si512(sums + I / Panels * panelWidth + I % Panels * gemmLanes, get<I>(sum))),
     ...);
  }

  /// Keeps the sums where they are: without it, GCC 12 copies them to memory in the loop before.
  template <int... I> BST_TARGET_AVX512 BST_INLINE void pin(Indices<I...>) {
    (pinRegister(get<I>(sum)), ...);
  }

  template <int P, int... O>
  BST_TARGET_AVX512 BST_INLINE void addPixel(const std::byte *quad, const Registers<Panels> &w,
                                             Indices<O...>) {
    int32_t bytes;
    __builtin_memcpy(&bytes, quad, sizeof(bytes));
    const __m512i x = _mm512_set1_epi32(bytes);
    ((get<P * Panels + O>(sum) = _mm512_dpbusd_epi32(get<P * Panels + O>(sum), x, get<O>(w))), ...);
  }
  template <int... P>
  BST_TARGET_AVX512 BST_INLINE void multiply(const GemmBlock &block, int64_t first, Indices<P...>) {
    const int32_t *starts = block.pixels + first;
    const std::byte *const pixel[Pixels] = {(block.input + starts[P])...};
    const std::byte *weights = block.weights;
    const int32_t *offset = block.offsets, *end = offset + block.steps;
    for (; offset != end; ++offset, weights += gemmLanes * panelDepth) {
      Registers<Panels> w;
      loadPanels<Panels>(w, weights, block.panelStride, UpTo<Panels>());
      (addPixel<P>(pixel[P] + *offset, w, UpTo<Panels>()), ...);
    }
  }

  /// Sums of panel O -> y before the clamp.
  template <int O, bool Affine, int... P>
  BST_TARGET_AVX512 BST_INLINE void requantisePanel(const GemmOutput &output, int64_t first,
                                                    Indices<P...>) {
    const GemmPanel &panel = output.panels[O];
    if constexpr (Affine) {
      const __m512i zero = _mm512_load_si512(panel.weightZero);
      const int32_t *totals = output.totals + first;
      ((get<P * Panels + O>(sum) = _mm512_sub_epi32(
            get<P * Panels + O>(sum), _mm512_mullo_epi32(zero, _mm512_set1_epi32(totals[P])))),
       ...);
    }
    const Requantiser requantise(panel);
    ((get<P * Panels + O>(sum) = requantise(get<P * Panels + O>(sum))), ...);
    (pinRegister(get<P * Panels + O>(sum)), ...);
  }
  template <bool Affine, int... O>
  BST_TARGET_AVX512 BST_INLINE void requantise(const GemmOutput &output, int64_t first,
                                               Indices<O...>) {
    (requantisePanel<O, Affine>(output, first, UpTo<Pixels>()), ...);
  }

  /// Registers that one vector of outputs is packed of: those of a pixel, or of as many pixels as
  /// it holds.
  static constexpr int parts = Panels == 3 ? 3 : 4;
  static constexpr int groups = (count + parts - 1) / parts;

  /// The last registers again past the end: they are not stored.
  template <int Group, int Part> BST_TARGET_AVX512 BST_INLINE __m512i part() const {
    constexpr int index = Group * parts + (Part < parts ? Part : parts - 1);
    return get < index < count ? index : count - 1 > (sum);
  }
  template <int Group>
  BST_TARGET_AVX512 BST_INLINE void storeGroup(const Finisher &finisher, uint8_t *y) const {
    const __m512i bytes =
        finisher.pack(part<Group, 0>(), part<Group, 1>(), part<Group, 2>(), part<Group, 3>());
    constexpr int pixels = Panels == 3 ? 1 : 4 / Panels, left = Pixels - Group * pixels;
    finisher.template storePixels<Panels>(bytes, left < pixels ? left : pixels,
                                          y + Group * pixels * finisher.stride);
  }
  template <bool Affine, int... G>
  BST_TARGET_AVX512 BST_INLINE void finish(const Finisher &finisher, const GemmOutput &output,
                                           int64_t first, Indices<G...>) {
    requantise<Affine>(output, first, UpTo<Panels>());
    uint8_t *y = output.y + first * finisher.stride;
    (storeGroup<G>(finisher, y), ...);
  }
};

/// Where the sums of a product go.
enum class End {
  Sums,   ///< To memory.
  Plain,  ///< To outputs.
  Affine, ///< The same, where weights have zero points.
};

/// As many pixels as the registers hold, from `first` on. \p output, \p finisher: unless End::Sums.
template <int Pixels, int Panels, End To>
BST_TARGET_AVX512 BST_INLINE void multiplyPixels(const GemmBlock &block, int64_t first,
                                                 const GemmOutput *output,
                                                 const Finisher *finisher) {
  using Tile = Product<Pixels, Panels>;
  Tile product;
  product.load(block, first, UpTo<Tile::count>());
  product.pin(UpTo<Tile::count>());
  product.multiply(block, first, UpTo<Pixels>());
  product.pin(UpTo<Tile::count>());
  if constexpr (To == End::Sums)
    product.store(block, first, UpTo<Tile::count>());
  else
    product.template finish<To == End::Affine>(*finisher, *output, first, UpTo<Tile::groups>());
}

/// Pixels by as many at a time as the registers hold, then the rest.
template <int Pixels, int Panels, End To>
BST_TARGET_AVX512 BST_INLINE void multiplyBlock(const GemmBlock &block, int64_t first,
                                                const GemmOutput *output,
                                                const Finisher *finisher) {
  for (; first + Pixels <= block.pixelCount; first += Pixels)
    multiplyPixels<Pixels, Panels, To>(block, first, output, finisher);
  if constexpr (Pixels > 1)
    if (first < block.pixelCount)
      multiplyBlock<Pixels / 2, Panels, To>(block, first, output, finisher);
}

template <int Pixels, int Panels, End To>
BST_TARGET_AVX512 void multiplyPanels(const GemmBlock &block, const GemmOutput *output) {
  if constexpr (To == End::Sums) {
    multiplyBlock<Pixels, Panels, To>(block, 0, nullptr, nullptr);
  } else {
    const Finisher finisher(*output);
    multiplyBlock<Pixels, Panels, To>(block, 0, output, &finisher);
  }
}

template <End To> void multiplyTo(const GemmBlock &block, const GemmOutput *output) {
  switch (block.panels) {
  case 1:
    return multiplyPanels<12, 1, To>(block, output);
  case 2:
    return multiplyPanels<12, 2, To>(block, output);
  case 3:
    return multiplyPanels<8, 3, To>(block, output);
  default:
    return multiplyPanels<6, 4, To>(block, output);
  }
}

void multiply(const GemmBlock &block) { multiplyTo<End::Sums>(block, nullptr); }

void complete(const GemmBlock &block, const GemmOutput &output) {
  for (int64_t i = 0; i < block.panels; ++i)
    if (!output.panels[i].fast) {
      multiply(block);
      return gemmFinishPortable(block.sums, gemmMaxPanels, block.pixelCount, output);
    }
  return output.totals ? multiplyTo<End::Affine>(block, &output)
                       : multiplyTo<End::Plain>(block, &output);
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
  const __m512i ones = _mm512_set1_epi8(1);
  for (int64_t p = 0; p < inputs.pixelCount; ++p) {
    __m512i total = _mm512_setzero_si512();
    for (int64_t run = 0; run < inputs.runCount; ++run) {
      const std::byte *x = inputs.input + inputs.pixels[p] + inputs.runs[run];
      for (int64_t left = inputs.runLength; left > 0; left -= 64, x += 64) {
        const __mmask64 valid = left >= 64 ? ~__mmask64(0) : ~__mmask64(0) >> (64 - left);
        total = _mm512_dpbusd_epi32(total, _mm512_maskz_loadu_epi8(valid, x), ones);
      }
    }
    totals[p] = _mm512_reduce_add_epi32(total);
  }
}

} // namespace

Owned<PreparedConv> prepareGemmAvx512(const ConvProblem &problem, const std::byte *weights,
                                      unsigned threads) {
  // A block of steps is 36 KiB of weights, about a first-level cache (the rest of it and the sums
  // come from the second level, in time); a tile and a chunk of panels fit one of 512 KiB.
  static constexpr GemmOps ops = {.bytes = true,
                                  .isSigned = false,
                                  .depth = panelDepth,
                                  .blockPixels = 96,
                                  .blockPanels = gemmMaxPanels,
                                  .blockSteps = 144,
                                  .mostPixels = 384,
                                  .tileBytes = 96 << 10,
                                  .chunkBytes = 256 << 10,
                                  .fill = fill,
                                  .multiply = multiply,
                                  .addWeights = addWeights,
                                  .addInputs = addInputs,
                                  .complete = complete};
  return prepareGemm(problem, weights, threads, ops);
}

} // namespace bst
#endif // BST_X86

#include "backends/maca/kernels/conv_depthwise.h"

#include "backends/simulator/arithmetic.h"
#include "backends/simulator/avx2.h"
#include "runtime/support/memory.h"
#include "runtime/support/workers.h"

#if BST_X86
#include <cstring>

namespace bst {
namespace {

constexpr int64_t lanes = 16;

/// A tap of the window that is inside the map.
struct Tap {
  int64_t input;   ///< Elements from tap 0.
  int64_t weights; ///< Index of its row in the widened weights.
};

/// Where the constants lie in one block of memory.
struct Plan {
  Extents4 x, y;
  int64_t taps, blocks; ///< Blocks of 16 channels.
  uint64_t weights, bias, requant, constants, tapList;

  explicit Plan(const ConvProblem &problem)
      : x(problem.x), y(problem.y),
        taps(int64_t(problem.params.window.kernelH) * problem.params.window.kernelW),
        blocks((x.c + lanes - 1) / lanes) {
    ScratchLayout layout, own;
    // One tap more: zero weights, to make up pairs.
    weights = layout.take(uint64_t((taps + 1) * blocks * lanes) * sizeof(int16_t));
    bias = layout.take(uint64_t(blocks * lanes) * sizeof(int32_t));
    requant = layout.take(uint64_t(blocks * 2) * sizeof(RequantLanes));
    constants = layout.size();
    own.take(uint64_t(taps + 1) * sizeof(Tap));
    tapList = own.size();
  }
};

class Depthwise final : public PreparedConv {
public:
  Depthwise(const ConvProblem &problem, const std::byte *kernel, unsigned threads)
      : problem(problem), window(problem.params.window), plan(problem), threads(threads),
        kernel(reinterpret_cast<const int8_t *>(kernel)) {}

  /// Fills in the constants. False where there is no memory for them.
  bool prepare() {
    if (!memory.allocate(plan.constants))
      return false;
    std::byte *start = memory.bytes().data();
    weights = at<int16_t>(start, plan.weights);
    bias = at<int32_t>(start, plan.bias);
    requant = at<RequantLanes>(start, plan.requant);
    fillConstants();
    return true;
  }

  uint64_t scratchSize() const override { return threads * plan.tapList; }

  void run(const std::byte *x, std::byte *y, std::byte *scratch, Workers &workers,
           const ConvTail *) const override {
    workers.forEach(plan.y.n * plan.y.h, [&](int64_t row, unsigned thread) {
      runRow(reinterpret_cast<const uint8_t *>(x), row / plan.y.h, row % plan.y.h,
             reinterpret_cast<uint8_t *>(y) + row * plan.y.w * plan.y.c,
             at<Tap>(scratch, thread * plan.tapList));
    });
  }

private:
  void fillConstants();
  void runRow(const uint8_t *input, int64_t n, int64_t oy, uint8_t *y, Tap *taps) const;
  int64_t listTaps(const TapRange &tapsY, const TapRange &tapsX, Tap *taps) const;
  /// \p input is where tap 0 would be; it may lie outside.
  void runPixel(const uint8_t *input, const Tap *taps, int64_t tapCount, uint8_t *y) const;

  const ConvProblem problem;
  const Window &window;
  const Plan plan;
  const unsigned threads;
  const int8_t *kernel;
  AlignedMemory memory{problem.memory};
  int16_t *weights = nullptr; ///< [taps + 1][blocks * lanes], minus the zero point.
  int32_t *bias = nullptr;
  RequantLanes *requant = nullptr;
};

void Depthwise::fillConstants() {
  const ConvParams &params = problem.params;
  int64_t padded = plan.blocks * lanes;
  std::memset(weights, 0, size_t((plan.taps + 1) * padded) * sizeof(int16_t));
  for (int64_t c = 0; c < padded; ++c) {
    bool valid = c < plan.x.c;
    bias[c] = valid ? params.bias[c] : 0;
    requant[c / 8].set(int(c % 8),
                       valid ? params.requant[c] : Requant{.multiplier = 1, .shift = 31});
    if (!valid)
      continue;
    int32_t zeroPoint = params.weightZeroPoint.empty() ? 0 : params.weightZeroPoint[c];
    for (int64_t tap = 0; tap < plan.taps; ++tap)
      weights[tap * padded + c] = int16_t(kernel[c * plan.taps + tap] - zeroPoint);
  }
}

/// Lists the taps that are inside, an even number of them.
int64_t Depthwise::listTaps(const TapRange &tapsY, const TapRange &tapsX, Tap *taps) const {
  int64_t count = 0;
  for (int64_t ky = tapsY.first; ky < tapsY.last; ++ky)
    for (int64_t kx = tapsX.first; kx < tapsX.last; ++kx)
      taps[count++] = {(ky * window.dilationH * plan.x.w + kx * window.dilationW) * plan.x.c,
                       ky * window.kernelW + kx};
  if (count % 2) {
    taps[count] = {taps[count - 1].input, plan.taps};
    ++count;
  }
  return count;
}

void Depthwise::runRow(const uint8_t *input, int64_t n, int64_t oy, uint8_t *y, Tap *taps) const {
  int64_t originY = oy * window.strideH - window.padTop;
  TapRange tapsY(originY, window.kernelH, window.dilationH, plan.x.h);
  TapRange listed(0, 0, 1, 1);
  int64_t tapCount = 0;
  for (int64_t ox = 0; ox < plan.y.w; ++ox) {
    int64_t originX = ox * window.strideW - window.padLeft;
    TapRange tapsX(originX, window.kernelW, window.dilationW, plan.x.w);
    if (ox == 0 || tapsX.first != listed.first || tapsX.last != listed.last) {
      tapCount = listTaps(tapsY, tapsX, taps);
      listed = tapsX;
    }
    int64_t origin = ((n * plan.x.h + originY) * plan.x.w + originX) * plan.x.c;
    runPixel(input + origin, taps, tapCount, y + ox * plan.y.c);
  }
}

/// Sixteen channels of a tap as int16, minus the zero point.
BST_TARGET_AVX2 BST_INLINE __m256i loadTap(const uint8_t *p, int64_t valid, bool isSigned,
                                           __m256i zeroPoint) {
  __m128i bytes;
  if (valid >= lanes) {
    bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
  } else {
    alignas(16) uint8_t part[lanes] = {};
    std::memcpy(part, p, size_t(valid));
    bytes = _mm_load_si128(reinterpret_cast<const __m128i *>(part));
  }
  __m256i wide = isSigned ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
  return _mm256_sub_epi16(wide, zeroPoint);
}

BST_TARGET_AVX2 void Depthwise::runPixel(const uint8_t *input, const Tap *taps, int64_t tapCount,
                                         uint8_t *y) const {
  const ConvParams &params = problem.params;
  bool isSigned = problem.x.dtype == DType::S8;
  const __m256i zero = _mm256_set1_epi16(int16_t(problem.x.zeroPoint));
  const OutputRegisters out(problem.y.zeroPoint, params.clampLo, params.clampHi,
                            problem.y.dtype == DType::S8);
  int64_t padded = plan.blocks * lanes;
  for (int64_t c = 0; c < plan.x.c; c += lanes) {
    int64_t valid = plan.x.c - c;
    // Interleaving two taps leaves channels 0-3, 8-11 in one sum and 4-7, 12-15 in the other.
    __m256i sumA = _mm256_setzero_si256(), sumB = _mm256_setzero_si256();
    for (int64_t t = 0; t < tapCount; t += 2) {
      __m256i x0 = loadTap(input + taps[t].input + c, valid, isSigned, zero);
      __m256i x1 = loadTap(input + taps[t + 1].input + c, valid, isSigned, zero);
      __m256i w0 = loadLanes(weights + taps[t].weights * padded + c);
      __m256i w1 = loadLanes(weights + taps[t + 1].weights * padded + c);
      sumA = _mm256_add_epi32(
          sumA, _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), _mm256_unpacklo_epi16(w0, w1)));
      sumB = _mm256_add_epi32(
          sumB, _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), _mm256_unpackhi_epi16(w0, w1)));
    }
    __m256i low =
        _mm256_add_epi32(_mm256_permute2x128_si256(sumA, sumB, 0x20), loadLanes(bias + c));
    __m256i high =
        _mm256_add_epi32(_mm256_permute2x128_si256(sumA, sumB, 0x31), loadLanes(bias + c + 8));
    low = requantLanes(low, RequantRegisters(requant[c / 8]));
    high = requantLanes(high, RequantRegisters(requant[c / 8 + 1]));
    __m128i bytes = _mm256_castsi256_si128(packOutput(low, high, low, high, out));
    if (valid >= lanes) {
      _mm_storeu_si128(reinterpret_cast<__m128i *>(y + c), bytes);
    } else {
      alignas(16) uint8_t part[lanes];
      _mm_store_si128(reinterpret_cast<__m128i *>(part), bytes);
      std::memcpy(y + c, part, size_t(valid));
    }
  }
}

} // namespace

bool depthwiseSupports(const ConvProblem &problem, const char *&whyNot) {
  Extents4 x(problem.x), y(problem.y);
  if (x.c != y.c || x.c != problem.params.groups || x.c == 1) {
    whyNot = "not one output channel for each of several input channels";
    return false;
  }
  for (const Requant &requant : problem.params.requant)
    if (requant.shift < 31) {
      whyNot = "a requantisation shift below 31, whose results may leave int32";
      return false;
    }
  return writesPlainly(problem, whyNot);
}

Owned<PreparedConv> prepareDepthwiseAvx2(const ConvProblem &problem, const std::byte *weights,
                                         unsigned threads) {
  Owned<Depthwise> depthwise = makeIn<Depthwise>(problem.memory, problem, weights, threads);
  return depthwise->prepare() ? Owned<PreparedConv>(std::move(depthwise)) : nullptr;
}

} // namespace bst
#endif // BST_X86

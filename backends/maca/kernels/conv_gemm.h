#ifndef BST_BACKENDS_MACA_KERNELS_CONV_GEMM_H
#define BST_BACKENDS_MACA_KERNELS_CONV_GEMM_H

#include "backends/maca/kernels/conv.h"
#include "backends/simulator/avx2.h"

/// Convolution as an implicit matrix product in int16, blocked for the caches.
///
/// A tile of input rows is widened to int16 as x - zx into a buffer that includes the padding
/// (which is then simply 0), so that every window tap of every pixel is at a constant offset from
/// the pixel's own: no im2col. Weights are packed as w - zw, which int16 holds exactly, into panels
/// of 16 output channels by pairs of consecutive inputs. The inner product takes pairs, as the
/// multiply-add instructions of the instruction sets do.
namespace bst {

constexpr int64_t gemmLanes = 16;       ///< Output channels of a panel.
constexpr int64_t gemmBlockPixels = 96; ///< Pixels whose accumulators are held at one time.

/// A product of a block of pixels with one panel of weights.
struct GemmBlock {
  const int16_t *input;   ///< Tile buffer, at the group's first channel.
  const int32_t *pixels;  ///< Elements from `input` to the pixel's first tap.
  int64_t pixelCount;     ///< At most gemmBlockPixels.
  const int32_t *offsets; ///< Elements from the first tap to each pair.
  int64_t pairs;
  const int16_t *weights; ///< [pairs][gemmLanes][2].
  const int32_t *start;   ///< What the sums start from: row p at start + p * startStride.
  int64_t startStride;
  int32_t *sums; ///< [pixelCount][gemmLanes]; modulo 2^32.
};

/// What follows the sums of one panel.
struct GemmPanel {
  int32_t bias[gemmLanes];
#if BST_X86
  RequantLanes lanes[gemmLanes / 8];
#endif
  const Requant *requant; ///< One a valid lane.
  int32_t channels;       ///< Valid lanes.
  bool wideShifts;        ///< All shifts are >= 31: every result fits int32.
};

/// What a panel's outputs have in common, and where they go.
struct GemmOutput {
  int32_t zeroPoint, clampLo, clampHi;
  bool isSigned;
  uint8_t *y; ///< First pixel, first channel of the panel.
  int64_t pixelStride;
};

/// The four inner loops, written once an instruction set.
struct GemmOps {
  /// dst[i] = src[i] - zeroPoint.
  void (*widen)(const uint8_t *src, int64_t count, bool isSigned, int32_t zeroPoint, int16_t *dst);
  /// dst[pair][lane] = the pair of lane's weights, minus its zero point. Rows of `src` are `runs`
  /// runs of `runLength` weights; a run of odd length is filled up with a 0.
  void (*pack)(const int8_t *src, int32_t channels, const int32_t *zeroPoints, int64_t runs,
               int64_t runLength, int16_t *dst);
  void (*multiply)(const GemmBlock &block);
  /// Requantises, clamps and stores `pixelCount` rows of sums.
  void (*finish)(const int32_t *sums, int64_t pixelCount, const GemmPanel &panel,
                 const GemmOutput &output);
};

/// Packs one lane at a time; the `pack` of instruction sets that have no better one.
void gemmPackPortable(const int8_t *src, int32_t channels, const int32_t *zeroPoints, int64_t runs,
                      int64_t runLength, int16_t *dst);
/// The `finish` of panels whose shifts are below 31.
void gemmFinishPortable(const int32_t *sums, int64_t pixelCount, const GemmPanel &panel,
                        const GemmOutput &output);

/// Refuses where one pixel's window spans so much padding or dilation that a tile would not fit.
bool gemmSupports(const ConvProblem &problem, const char *&whyNot);
uint64_t gemmScratchSize(const ConvProblem &problem);
void runGemm(const ConvProblem &problem, const ConvData &data, std::byte *scratch,
             const GemmOps &ops);

void runGemmPortable(const ConvProblem &problem, const ConvData &data, std::byte *scratch);
void runGemmAvx2(const ConvProblem &problem, const ConvData &data, std::byte *scratch);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_GEMM_H

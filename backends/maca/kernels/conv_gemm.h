#ifndef BST_BACKENDS_MACA_KERNELS_CONV_GEMM_H
#define BST_BACKENDS_MACA_KERNELS_CONV_GEMM_H

#include "backends/maca/kernels/conv.h"
#include "backends/simulator/avx2.h"

/// Convolution as an implicit matrix product, blocked for the caches.
///
/// A tile of input rows is copied into a buffer that includes the padding, so that every window tap
/// of every pixel is at a constant offset from the pixel's own: no im2col. Weights come in panels
/// of 16 output channels by steps of a few consecutive inputs, the depth of the instruction set's
/// dot product. There are two forms:
///
///   int16   The tile holds x - zx and the panels w - zw, which int16 holds exactly; a step is a
///           pair. Padding is 0. Panels are packed as they are needed.
///   bytes   The tile holds x in the sign the instructions take (x' = x, x + 128 or x - 128, and
///           zx' likewise) and the panels are the package's own (Layout::Panels), or packed when
///           the convolution is prepared (groups, dilation along the row); a step is a quad.
///           Padding is zx'. Since sum((x' - zx') * (w - zw)) = sum(x'w) - zx' sum(w)
///           - zw (sum(x') - K zx'), the bias takes what does not depend on x, and channels whose
///           zw is not 0 subtract zw sum(x') in the end. A 1x1 convolution reads x in place where
///           its sign is right.
///
/// Sums are taken modulo 2^32, in which the identity holds however large its terms are.
namespace bst {

constexpr int64_t gemmLanes = panelLanes; ///< Output channels of a panel.
constexpr int64_t gemmMaxPanels = 4;      ///< Panels of one product, at most.

/// Constants of one panel. Channels past the last have weights 0 and are not stored.
struct alignas(64) GemmPanel {
  int32_t multiplier[gemmLanes], shift[gemmLanes];
  /// offset + 2^(shift-1) + zy 2^shift, so that y = (v * multiplier + addend) >> shift, where
  /// `fast`; y - 128 where y is unsigned. Of even and of odd lanes: 64-bit products are of every
  /// other lane.
  int64_t evenAddend[gemmLanes / 2], oddAddend[gemmLanes / 2];
  int32_t weightZero[gemmLanes];
#if BST_X86
  RequantLanes lanes[gemmLanes / 8]; ///< For AVX2; where `wideShifts`.
#endif
  const Requant *requant; ///< One per valid lane.
  int32_t channels;       ///< Valid lanes.
  bool wideShifts;        ///< All shifts are >= 31: every result fits int32.
  bool fast;              ///< All shifts are in [32, 53]: addends fit, y is in the high half.
};

/// A product of a block of pixels with some panels of weights.
struct GemmBlock {
  const std::byte *input; ///< Tile buffer or map.
  const int32_t *pixels;  ///< Bytes from `input` to the pixel's first tap.
  int64_t pixelCount;     ///< At most GemmPlan::blockPixels.
  const int32_t *offsets; ///< Bytes from the first tap to each step.
  int64_t steps;
  const std::byte *weights; ///< [panels][steps][gemmLanes][depth].
  int64_t panelStride;      ///< Bytes from a panel's first step to the next one's.
  int64_t panels;           ///< At most GemmOps::blockPanels.
  const int32_t *start;     ///< What the sums start from: row p at start + p * startStride.
  int64_t startStride;
  int32_t *sums; ///< [pixelCount][blockPanels * gemmLanes].
};

/// Inputs to be added up per pixel, for the zero points of weights.
struct GemmInputs {
  const std::byte *input;
  const int32_t *pixels;
  int64_t pixelCount;
  const int32_t *runs; ///< Bytes from a pixel's first tap to each run of its window.
  int64_t runCount, runLength;
};

/// Where outputs go and what they have in common.
struct GemmOutput {
  const GemmPanel *panels;
  int64_t panelCount;
  const int32_t *totals; ///< Of addInputs; null where no weight has a zero point.
  int32_t zeroPoint, clampLo, clampHi;
  bool isSigned;
  uint8_t *y; ///< First pixel, first channel of the first panel.
  int64_t pixelStride;
};

/// The inner loops and the block sizes that suit them: one of these per instruction set.
struct GemmOps {
  bool bytes;    ///< The form.
  bool isSigned; ///< Bytes: the sign of x'.
  int64_t depth; ///< Inputs of a step.
  int64_t blockPixels, blockPanels, blockSteps;
  int64_t mostPixels;            ///< Of a block with all steps: `complete` alone makes its outputs.
  int64_t tileBytes, chunkBytes; ///< Of a tile, and of the panels that pass over all tiles.
  /// int16: dst[i] = src[i] - zeroPoint. Bytes: src[i], its top bit flipped where `flip`.
  void (*fill)(const uint8_t *src, int64_t count, bool flip, int32_t zeroPoint, std::byte *dst);
  void (*multiply)(const GemmBlock &block);
  /// Bytes: sums[lane] = the sum of a panel's weights.
  void (*addWeights)(const int8_t *panel, int64_t steps, int32_t *sums);
  /// Bytes: totals[p] = the sum of pixel p's inputs.
  void (*addInputs)(const GemmInputs &inputs, int32_t *totals);
  /// multiply of the last steps; then requantises, clamps and stores the sums.
  void (*complete)(const GemmBlock &block, const GemmOutput &output);
};

/// Requantises, clamps and stores `pixelCount` rows of any sums; rows are `blockPanels` panels
/// wide.
void gemmFinishPortable(const int32_t *sums, int64_t blockPanels, int64_t pixelCount,
                        const GemmOutput &output);

/// The same on AVX2 where rows of sums are one panel wide.
void gemmFinishAvx2(const int32_t *sums, int64_t pixelCount, const GemmOutput &output);

/// GemmOps::fill of bytes, for anything.
void gemmFillBytes(const uint8_t *src, int64_t count, bool flip, int32_t zeroPoint, std::byte *dst);

/// Refuses where one pixel's window spans so much padding or dilation that a tile would not fit.
bool gemmSupports(const ConvProblem &problem, const char *&whyNot);
/// The form of bytes. Refuses, too, what its panels do not serve well: groups of one input channel,
/// and zero points of weights that are not in the package's panels.
bool byteGemmSupports(const ConvProblem &problem, const char *&whyNot);

Owned<PreparedConv> prepareGemm(const ConvProblem &problem, const std::byte *weights,
                                unsigned threads, const GemmOps &ops);

Owned<PreparedConv> prepareGemmPortable(const ConvProblem &problem, const std::byte *weights,
                                        unsigned threads);
Owned<PreparedConv> prepareGemmAvx2(const ConvProblem &problem, const std::byte *weights,
                                    unsigned threads);
Owned<PreparedConv> prepareGemmAvxVnni(const ConvProblem &problem, const std::byte *weights,
                                       unsigned threads);
Owned<PreparedConv> prepareGemmAvx512(const ConvProblem &problem, const std::byte *weights,
                                      unsigned threads);
Owned<PreparedConv> prepareGemmNeon(const ConvProblem &problem, const std::byte *weights,
                                    unsigned threads);
Owned<PreparedConv> prepareGemmNeonDot(const ConvProblem &problem, const std::byte *weights,
                                       unsigned threads);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_CONV_GEMM_H

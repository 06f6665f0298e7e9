#ifndef BST_BACKENDS_MACA_KERNELS_GEMM_PLAN_H
#define BST_BACKENDS_MACA_KERNELS_GEMM_PLAN_H

#include "backends/maca/kernels/conv_gemm.h"

namespace bst {

/// The convolution's extents. A pointwise one is seen as a single row of pixels.
struct GemmGeometry {
  int64_t n, h, w, channels, oh, ow, outputs, groups;
  Window window;
  bool pointwise; ///< 1x1, stride 1, no padding.

  explicit GemmGeometry(const ConvProblem &problem);
  /// Input rows and columns under `count` output rows or columns.
  int64_t rowsUnder(int64_t count) const {
    return (count - 1) * window.strideH + int64_t(window.kernelH - 1) * window.dilationH + 1;
  }
  int64_t columnsUnder(int64_t count) const {
    return (count - 1) * window.strideW + int64_t(window.kernelW - 1) * window.dilationW + 1;
  }
};

/// A part of the output: `rows` x `columns` pixels of map n. Whole rows if more than one.
struct GemmTile {
  int64_t n, oy, rows, ox, columns;
};

/// How a convolution is cut up, and its scratch memory.
struct GemmPlan {
  GemmGeometry g;
  int64_t elementSize;
  bool flips;                        ///< Bytes: x' has the other sign than x.
  int64_t pixelStride;               ///< Of the output.
  bool inPlace;                      ///< The map is read where it is; there is no tile buffer.
  int64_t tileRows = 1, tileColumns; ///< Output pixels of a tile.
  int64_t tilesY, tilesX;
  int64_t pitch;                ///< Bytes of a tile buffer's row.
  int64_t runs, runLength;      ///< Runs of inputs under a window that lie together.
  int64_t tapsPerRun, runSteps; ///< Steps of a run; its last one may be filled up.
  int64_t panelsPerGroup, panels;
  int64_t blockPanels;         ///< Panels of one product; divides a chunk.
  int64_t blockPixels;         ///< Pixels of one product.
  int64_t chunkPanels;         ///< Panels that pass over all tiles.
  uint64_t packed;             ///< In the scratch memory: a chunk of panels, where they are packed.
  uint64_t sums, totals, tile; ///< In a thread's part of it.
  uint64_t threadPart, threadSize; ///< Where the first thread's part is, and its size.
  uint64_t scratchSize;

  GemmPlan(const ConvProblem &problem, const GemmOps &ops, unsigned threads);

  int64_t steps() const { return runs * runSteps; }
  int64_t panelBytes(const GemmOps &ops) const {
    return steps() * ops.depth * gemmLanes * elementSize;
  }
  int64_t tiles() const { return g.n * tilesY * tilesX; }
  GemmTile tileAt(int64_t index) const;
  /// First output channel of a panel.
  int64_t channelOf(int64_t panel) const {
    return panel / panelsPerGroup * (g.outputs / g.groups) + panel % panelsPerGroup * gemmLanes;
  }
  /// Bytes from a pixel's first tap to a run.
  int64_t runStart(int64_t run) const;
  /// Bytes from a tile's first tap to that of its pixel (row, column).
  int64_t pixelStart(int64_t row, int64_t column) const {
    return row * g.window.strideH * pitch + column * g.window.strideW * g.channels * elementSize;
  }

private:
  void planTile(const GemmOps &ops, unsigned threads);
  int64_t chunks() const { return (panels + chunkPanels - 1) / chunkPanels; }
};

/// Bytes of a tile of one row and the fewest columns that make sense, in double: it may be huge.
double narrowestTileBytes(const ConvProblem &problem);

} // namespace bst

#endif // BST_BACKENDS_MACA_KERNELS_GEMM_PLAN_H

#include "backends/maca/kernels/conv_gemm.h"

#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

// Sizes that leave a tile and a chunk of packed weights in a second-level cache of 512 KiB, and a
// panel's depth block (16 KiB) with the rows that meet it in a first-level cache of 32 KiB.
constexpr int64_t tileBytes = 96 << 10;
constexpr int64_t chunkBytes = 192 << 10;
constexpr int64_t blockPairs = 256;
constexpr int64_t minTileColumns = 24; // Below this a tile is mostly its window's overlap.
constexpr double maxTileBytes = 64 << 20;

/// The convolution's extents. A pointwise one is seen as a single row of pixels.
struct Geometry {
  int64_t n, h, w, channels, oh, ow, outputs, groups;
  Window window;

  explicit Geometry(const ConvProblem &problem) : window(problem.params.window) {
    Extents4 x(problem.x), y(problem.y);
    n = x.n, h = x.h, w = x.w, channels = x.c;
    oh = y.h, ow = y.w, outputs = y.c;
    groups = problem.params.groups;
    bool pointwise = window.kernelH == 1 && window.kernelW == 1 && window.strideH == 1 &&
                     window.strideW == 1 && h == oh && w == ow && window.padTop == 0 &&
                     window.padLeft == 0;
    if (pointwise) {
      w = ow = n * h * w;
      n = h = oh = 1;
    }
  }
  /// Input rows and columns under `count` output rows or columns.
  int64_t rowsUnder(int64_t count) const {
    return (count - 1) * window.strideH + int64_t(window.kernelH - 1) * window.dilationH + 1;
  }
  int64_t columnsUnder(int64_t count) const {
    return (count - 1) * window.strideW + int64_t(window.kernelW - 1) * window.dilationW + 1;
  }
};

/// Bytes of a tile of one row and `columns` columns, in double: it may be huge.
double narrowTileBytes(const Geometry &g, int64_t columns) {
  return double(g.rowsUnder(1)) * double(g.columnsUnder(columns)) * double(g.channels) * 2;
}

/// Splits `total` into equal parts of at most `most`, and returns the size of a part.
int64_t evenPart(int64_t total, int64_t most) {
  int64_t parts = (total + most - 1) / most;
  return (total + parts - 1) / parts;
}

/// How a convolution is cut up, and its scratch memory.
struct Plan {
  Geometry g;
  int64_t tileRows = 1, tileColumns; ///< Output pixels of a tile; whole rows if more than one.
  int64_t pitch;                     ///< Elements of a tile buffer's row.
  int64_t runs, runLength, pairs; ///< Runs of window taps that lie together in input and weights.
  int64_t panelsPerGroup, panels, chunkPanels;
  uint64_t offsets, constants, weights, sums, tile; ///< In the scratch memory.
  uint64_t scratchSize;

  explicit Plan(const ConvProblem &problem) : g(problem) {
    planTile();
    bool wholeRows = g.groups == 1 && g.window.dilationW == 1;
    runs = wholeRows ? g.window.kernelH : int64_t(g.window.kernelH) * g.window.kernelW;
    runLength = g.channels / g.groups * (wholeRows ? g.window.kernelW : 1);
    pairs = runs * ((runLength + 1) / 2);
    panelsPerGroup = (g.outputs / g.groups + gemmLanes - 1) / gemmLanes;
    panels = panelsPerGroup * g.groups;
    chunkPanels = evenPart(panels, std::max<int64_t>(1, chunkBytes / panelBytes()));

    ScratchLayout layout;
    offsets = layout.take(uint64_t(pairs) * sizeof(int32_t));
    constants = layout.take(uint64_t(chunkPanels) * sizeof(GemmPanel));
    weights = layout.take(uint64_t(chunkPanels * panelBytes()));
    sums = layout.take(gemmBlockPixels * gemmLanes * sizeof(int32_t));
    // One element more: the second of the last pair, where a run's length is odd.
    tile = layout.take(uint64_t(g.rowsUnder(tileRows) * pitch + 1) * sizeof(int16_t));
    scratchSize = layout.size();
  }
  int64_t panelBytes() const { return pairs * gemmLanes * 2 * int64_t(sizeof(int16_t)); }

private:
  void planTile() {
    int64_t pixelBytes = g.channels * int64_t(sizeof(int16_t));
    int64_t rowBytes = g.columnsUnder(g.ow) * pixelBytes;
    int64_t overlap = g.rowsUnder(1) - 1;
    tileColumns = g.ow;
    if (tileBytes / rowBytes > overlap) {
      int64_t most = (tileBytes / rowBytes - overlap - 1) / g.window.strideH + 1;
      tileRows = evenPart(g.oh, most);
    } else {
      int64_t columns = tileBytes / (pixelBytes * (overlap + 1)) - (g.columnsUnder(1) - 1);
      int64_t most = std::max(minTileColumns, columns / g.window.strideW);
      tileColumns = evenPart(g.ow, most);
    }
    pitch = g.columnsUnder(tileColumns) * g.channels;
  }
};

/// One run of the plan.
class Gemm {
public:
  Gemm(const ConvProblem &problem, const ConvData &data, std::byte *scratch, const GemmOps &ops)
      : problem(problem), params(problem.params), ops(ops), plan(problem), g(plan.g),
        input(reinterpret_cast<const uint8_t *>(data.x)),
        kernel(reinterpret_cast<const int8_t *>(data.weights)),
        output(reinterpret_cast<uint8_t *>(data.y)), offsets(at<int32_t>(scratch, plan.offsets)),
        panels(at<GemmPanel>(scratch, plan.constants)), packed(at<int16_t>(scratch, plan.weights)),
        sums(at<int32_t>(scratch, plan.sums)), tile(at<int16_t>(scratch, plan.tile)) {}

  void run() {
    fillOffsets();
    for (int64_t first = 0; first < plan.panels; first += plan.chunkPanels) {
      int64_t count = std::min(plan.chunkPanels, plan.panels - first);
      for (int64_t i = 0; i < count; ++i)
        preparePanel(first + i, i);
      forEachTile([&](int64_t n, int64_t oy, int64_t rows, int64_t ox, int64_t columns) {
        fillTile(n, oy, rows, ox, columns);
        multiplyTile(first, count, (n * g.oh + oy) * g.ow + ox, rows, columns);
      });
    }
  }

private:
  template <class Body> void forEachTile(const Body &body) const {
    for (int64_t n = 0; n < g.n; ++n)
      for (int64_t oy = 0; oy < g.oh; oy += plan.tileRows)
        for (int64_t ox = 0; ox < g.ow; ox += plan.tileColumns)
          body(n, oy, std::min(plan.tileRows, g.oh - oy), ox,
               std::min(plan.tileColumns, g.ow - ox));
  }
  void fillOffsets();
  void preparePanel(int64_t index, int64_t slot);
  void fillTile(int64_t n, int64_t oy, int64_t rows, int64_t ox, int64_t columns);
  void multiplyTile(int64_t firstPanel, int64_t panelCount, int64_t outPixel, int64_t rows,
                    int64_t columns);
  void multiplyPanel(int64_t index, int64_t slot, const int32_t *pixels, int64_t pixelCount,
                     int64_t outPixel);
  /// First output channel of a panel.
  int64_t channelOf(int64_t index) const {
    return index / plan.panelsPerGroup * (g.outputs / g.groups) +
           index % plan.panelsPerGroup * gemmLanes;
  }

  const ConvProblem &problem;
  const ConvParams &params;
  const GemmOps &ops;
  const Plan plan;
  const Geometry &g;
  const uint8_t *input;
  const int8_t *kernel;
  uint8_t *output;
  int32_t *offsets;
  GemmPanel *panels;
  int16_t *packed;
  int32_t *sums;
  int16_t *tile;
};

void Gemm::fillOffsets() {
  int32_t *next = offsets;
  int64_t tapsPerRun = plan.runs == g.window.kernelH ? g.window.kernelW : 1;
  for (int64_t run = 0; run < plan.runs; ++run) {
    int64_t tap = run * tapsPerRun;
    int64_t start = tap / g.window.kernelW * g.window.dilationH * plan.pitch +
                    tap % g.window.kernelW * g.window.dilationW * g.channels;
    for (int64_t i = 0; i < plan.runLength; i += 2)
      *next++ = int32_t(start + i);
  }
}

void Gemm::preparePanel(int64_t index, int64_t slot) {
  int64_t channel = channelOf(index);
  int64_t groupOutputs = g.outputs / g.groups;
  int64_t left = groupOutputs - index % plan.panelsPerGroup * gemmLanes;
  GemmPanel &panel = panels[slot];
  panel.channels = int32_t(std::min(left, gemmLanes));
  panel.requant = params.requant.data() + channel;
  panel.wideShifts = true;
  for (int32_t lane = 0; lane < gemmLanes; ++lane) {
    bool valid = lane < panel.channels;
    Requant requant = valid ? panel.requant[lane] : Requant{.multiplier = 1, .shift = 31};
    panel.bias[lane] = valid ? params.bias[channel + lane] : 0;
    panel.wideShifts &= requant.shift >= 31;
#if BST_X86
    panel.lanes[lane / 8].set(lane % 8, requant);
#endif
  }
  const int32_t *zeroPoints =
      params.weightZeroPoint.empty() ? nullptr : params.weightZeroPoint.data() + channel;
  ops.pack(kernel + channel * plan.runs * plan.runLength, panel.channels, zeroPoints, plan.runs,
           plan.runLength, packed + slot * plan.pairs * gemmLanes * 2);
}

void Gemm::fillTile(int64_t n, int64_t oy, int64_t rows, int64_t ox, int64_t columns) {
  int64_t width = g.columnsUnder(columns);
  int64_t originX = ox * g.window.strideW - g.window.padLeft;
  int64_t left = std::clamp<int64_t>(-originX, 0, width);
  int64_t right = std::clamp<int64_t>(g.w - originX, left, width);
  for (int64_t row = 0; row < g.rowsUnder(rows); ++row) {
    int64_t iy = oy * g.window.strideH - g.window.padTop + row;
    int16_t *dst = tile + row * plan.pitch;
    if (iy < 0 || iy >= g.h) {
      std::memset(dst, 0, size_t(width * g.channels) * sizeof(int16_t));
      continue;
    }
    std::memset(dst, 0, size_t(left * g.channels) * sizeof(int16_t));
    if (right > left)
      ops.widen(input + ((n * g.h + iy) * g.w + originX + left) * g.channels,
                (right - left) * g.channels, problem.x.dtype == DType::S8, problem.x.zeroPoint,
                dst + left * g.channels);
    std::memset(dst + right * g.channels, 0,
                size_t((width - right) * g.channels) * sizeof(int16_t));
  }
}

void Gemm::multiplyTile(int64_t firstPanel, int64_t panelCount, int64_t outPixel, int64_t rows,
                        int64_t columns) {
  int32_t pixels[gemmBlockPixels];
  int64_t row = 0, column = 0, total = rows * columns;
  for (int64_t first = 0; first < total; first += gemmBlockPixels) {
    int64_t count = std::min(gemmBlockPixels, total - first);
    for (int64_t p = 0; p < count; ++p) {
      pixels[p] =
          int32_t(row * g.window.strideH * plan.pitch + column * g.window.strideW * g.channels);
      if (++column == columns)
        column = 0, ++row;
    }
    // Panels inside: the block's inputs and outputs stay in the first-level cache.
    for (int64_t i = 0; i < panelCount; ++i)
      multiplyPanel(firstPanel + i, i, pixels, count, outPixel + first);
  }
}

void Gemm::multiplyPanel(int64_t index, int64_t slot, const int32_t *pixels, int64_t pixelCount,
                         int64_t outPixel) {
  const GemmPanel &panel = panels[slot];
  for (int64_t pair = 0; pair < plan.pairs; pair += blockPairs)
    ops.multiply({.input = tile + index / plan.panelsPerGroup * (g.channels / g.groups),
                  .pixels = pixels,
                  .pixelCount = pixelCount,
                  .offsets = offsets + pair,
                  .pairs = std::min(blockPairs, plan.pairs - pair),
                  .weights = packed + (slot * plan.pairs + pair) * gemmLanes * 2,
                  .start = pair == 0 ? panel.bias : sums,
                  .startStride = pair == 0 ? 0 : gemmLanes,
                  .sums = sums});
  ops.finish(sums, pixelCount, panel,
             {.zeroPoint = problem.y.zeroPoint,
              .clampLo = params.clampLo,
              .clampHi = params.clampHi,
              .isSigned = problem.y.dtype == DType::S8,
              .y = output + outPixel * g.outputs + channelOf(index),
              .pixelStride = g.outputs});
}

} // namespace

bool gemmSupports(const ConvProblem &problem, const char *&whyNot) {
  Geometry g(problem);
  if (narrowTileBytes(g, std::min(g.ow, minTileColumns)) <= maxTileBytes)
    return true;
  whyNot = "the window of one output pixel spans too much padding or dilation for a tile";
  return false;
}

uint64_t gemmScratchSize(const ConvProblem &problem) { return Plan(problem).scratchSize; }

void runGemm(const ConvProblem &problem, const ConvData &data, std::byte *scratch,
             const GemmOps &ops) {
  Gemm(problem, data, scratch, ops).run();
}

} // namespace bst

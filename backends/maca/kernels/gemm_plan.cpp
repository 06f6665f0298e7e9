#include "backends/maca/kernels/gemm_plan.h"

#include "backends/simulator/arithmetic.h"

namespace bst {
namespace {

constexpr int64_t inputBytes = 16 << 10; // Of a block of pixels: half a first-level cache.
constexpr int64_t minTileColumns = 24;   // Below this a tile is mostly its window's overlap.

constexpr int64_t pixelQuantum = 12; // Fewer at a time leave registers idle.

/// Splits `total` into equal parts of at most `most`, and returns the size of a part.
int64_t evenPart(int64_t total, int64_t most) {
  int64_t parts = (total + most - 1) / most;
  return (total + parts - 1) / parts;
}

int64_t ceilDivide(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

/// The part, at most `most` of `total`, with which `threads` are done first when each of the parts
/// is worked on `chunks` times: parts have a cost beside their size, and a thread may have to wait
/// for another's last one. `costOf` a part of that size.
template <class Cost>
int64_t balancedPart(int64_t total, int64_t most, int64_t chunks, unsigned threads,
                     const Cost &costOf) {
  if (threads <= 1)
    return evenPart(total, most);
  // Threads do not run at the same speed: on average the last is late by a part of an item.
  constexpr double late = 0.25;
  int64_t best = 1;
  double least = 0;
  for (int64_t part = 1; part <= std::min(most, total); ++part) {
    const int64_t rounds = ceilDivide(ceilDivide(total, part) * chunks, threads);
    const double cost = (double(rounds) + late) * costOf(part);
    if (part == 1 || cost <= least)
      least = cost, best = part;
  }
  return best;
}

} // namespace

GemmGeometry::GemmGeometry(const ConvProblem &problem) : window(problem.params.window) {
  Extents4 x(problem.x), y(problem.y);
  n = x.n, h = x.h, w = x.w, channels = x.c;
  oh = y.h, ow = y.w, outputs = y.c;
  groups = problem.params.groups;
  pointwise = window.kernelH == 1 && window.kernelW == 1 && window.strideH == 1 &&
              window.strideW == 1 && h == oh && w == ow && window.padTop == 0 &&
              window.padLeft == 0;
  if (pointwise) {
    w = ow = n * h * w;
    n = h = oh = 1;
  }
}

double narrowestTileBytes(const ConvProblem &problem) {
  GemmGeometry g(problem);
  int64_t columns = std::min(g.ow, minTileColumns);
  return double(g.rowsUnder(1)) * double(g.columnsUnder(columns)) * double(g.channels) * 2;
}

GemmPlan::GemmPlan(const ConvProblem &problem, const GemmOps &ops, unsigned threads)
    : g(problem), elementSize(ops.bytes ? 1 : 2),
      flips(ops.bytes && !problem.signless && (problem.x.dtype == DType::S8) != ops.isSigned),
      pixelStride(problem.pixelStride ? problem.pixelStride : g.outputs) {
  bool wholeRows = problem.weights.layout == Layout::Panels;
  runs = wholeRows ? g.window.kernelH : int64_t(g.window.kernelH) * g.window.kernelW;
  tapsPerRun = wholeRows ? g.window.kernelW : 1;
  runLength = g.channels / g.groups * tapsPerRun;
  runSteps = ceilDivide(runLength, ops.depth);
  panelsPerGroup = ceilDivide(g.outputs / g.groups, gemmLanes);
  panels = panelsPerGroup * g.groups;
  blockPanels = evenPart(panelsPerGroup, ops.blockPanels);
  while (g.groups > 1 && panelsPerGroup % blockPanels != 0) // A block is of one group.
    --blockPanels;
  int64_t blocks = ceilDivide(panels, blockPanels);
  int64_t chunkBlocks = std::max<int64_t>(1, ops.chunkBytes / (panelBytes(ops) * blockPanels));
  chunkPanels = evenPart(blocks, chunkBlocks) * blockPanels;
  // Sums that stay in registers need no blocks of pixels. But inputs that several blocks of panels
  // meet are to stay in the first-level cache.
  blockPixels = ops.blockPixels;
  if (steps() <= ops.blockSteps)
    blockPixels =
        std::clamp(inputBytes / (runs * runLength * elementSize), ops.blockPixels, ops.mostPixels);
  // The last quad of a pixel must not reach past the map.
  inPlace = ops.bytes && !flips && g.pointwise && g.groups == 1 && g.channels % ops.depth == 0;
  planTile(ops, threads);

  ScratchLayout shared, own;
  packed = shared.take(ops.bytes ? 0 : uint64_t(chunkPanels * panelBytes(ops)));
  sums = own.take(uint64_t(blockPixels * ops.blockPanels * gemmLanes) * sizeof(int32_t));
  totals = own.take(uint64_t(blockPixels) * sizeof(int32_t));
  // The last step of a run may reach past it.
  tile = own.take(inPlace ? 0 : uint64_t(g.rowsUnder(tileRows) * pitch + ops.depth * elementSize));
  threadPart = shared.size();
  threadSize = own.size();
  scratchSize = threadPart + threads * threadSize;
}

void GemmPlan::planTile(const GemmOps &ops, unsigned threads) {
  int64_t pixelBytes = g.channels * elementSize;
  int64_t rowBytes = g.columnsUnder(g.ow) * pixelBytes;
  int64_t overlap = g.rowsUnder(1) - 1;
  tileColumns = g.ow;
  // In multiply-accumulates of a panel; to copy a quad takes about as long as eight of them.
  const double macs = double(steps() * std::min(chunkPanels, panels)), copy = 8;
  if (ops.tileBytes / rowBytes > overlap && g.oh > 1) {
    int64_t most = (ops.tileBytes / rowBytes - overlap - 1) / g.window.strideH + 1;
    tileRows = balancedPart(g.oh, most, chunks(), threads, [&](int64_t rows) {
      return double(rows * g.ow) * macs + double(g.rowsUnder(rows) * rowBytes) / copy;
    });
  } else {
    int64_t columns = ops.tileBytes / (pixelBytes * (overlap + 1)) - (g.columnsUnder(1) - 1);
    int64_t most = std::max(minTileColumns, columns / g.window.strideW);
    // Whole blocks of pixels; the last tile takes the rest.
    most = most > ops.blockPixels ? most / ops.blockPixels * ops.blockPixels : most;
    tileColumns = std::min(g.ow, most);
    if (g.oh == 1) // Otherwise there are rows enough.
      tileColumns = balancedPart(g.ow, most, chunks(), threads, [&](int64_t count) {
        return double(ceilDivide(count, pixelQuantum) * pixelQuantum) * macs +
               double(g.columnsUnder(count) * pixelBytes) / copy;
      });
  }
  tilesY = ceilDivide(g.oh, tileRows);
  tilesX = ceilDivide(g.ow, tileColumns);
  pitch = inPlace ? 0 : g.columnsUnder(tileColumns) * pixelBytes;
}

GemmTile GemmPlan::tileAt(int64_t index) const {
  int64_t ox = index % tilesX * tileColumns, oy = index / tilesX % tilesY * tileRows;
  return {.n = index / tilesX / tilesY,
          .oy = oy,
          .rows = std::min(tileRows, g.oh - oy),
          .ox = ox,
          .columns = std::min(tileColumns, g.ow - ox)};
}

int64_t GemmPlan::runStart(int64_t run) const {
  int64_t tap = run * tapsPerRun;
  return tap / g.window.kernelW * g.window.dilationH * pitch +
         tap % g.window.kernelW * g.window.dilationW * g.channels * elementSize;
}

} // namespace bst

#include "backends/maca/kernels/conv_gemm.h"

#include "backends/maca/kernels/gemm_plan.h"
#include "backends/simulator/arithmetic.h"
#include "runtime/support/workers.h"

#include <cstring>
#include <map>
#include <vector>

namespace bst {
namespace {

constexpr double maxTileBytes = 64 << 20;

/// A convolution with its constants.
class Gemm final : public PreparedConv {
public:
  Gemm(const ConvProblem &problem, const std::byte *weights, unsigned threads, const GemmOps &ops)
      : problem(problem), params(problem.params), ops(ops), plan(problem, ops, threads), g(plan.g),
        weights(reinterpret_cast<const int8_t *>(weights)) {
    fillOffsets();
    if (ops.bytes && problem.weights.layout != Layout::Panels)
      packBytes();
    panels.resize(size_t(plan.panels));
    bias.resize(size_t(plan.panels * gemmLanes));
    for (int64_t panel = 0; panel < plan.panels; ++panel)
      preparePanel(panel);
    if (ops.bytes && inputZero() != 0)
      prepareEdges();
  }

  uint64_t scratchSize() const override { return plan.scratchSize; }
  void run(const std::byte *x, std::byte *y, std::byte *scratch, Workers &workers,
           const ConvTail *tail) const override;

private:
  /// The data of one run.
  struct Data {
    const uint8_t *x;
    uint8_t *y;
    std::byte *scratch;
    const ConvTail *tail; ///< Or null.
  };
  /// A thread's own part of the scratch memory.
  struct Own {
    int32_t *sums, *totals;
    std::byte *tile;
  };

  /// Pixels of a tile, whole rows of it, whose windows meet the map in the same kernel rows.
  struct Band {
    int64_t firstPixel, pixels;
    int64_t firstRow, lastRow; ///< Kernel rows [firstRow, lastRow): the others lie in the padding.
  };

  void fillOffsets();
  void packBytes();
  void prepareEdges();
  void preparePanel(int64_t index);
  /// zx in the sign of x'.
  int32_t inputZero() const {
    return problem.x.zeroPoint + (plan.flips ? (ops.isSigned ? -128 : 128) : 0);
  }
  int32_t weightZero(int64_t channel) const {
    return params.weightZeroPoint.empty() ? 0 : params.weightZeroPoint[size_t(channel)];
  }
  Own ownPart(std::byte *scratch, unsigned thread) const {
    std::byte *part = scratch + plan.threadPart + thread * plan.threadSize;
    return {at<int32_t>(part, plan.sums), at<int32_t>(part, plan.totals), part + plan.tile};
  }
  void pack(int64_t index, int16_t *packed) const;
  Band bandAt(const GemmTile &tile, int64_t row) const;
  const int32_t *biasOf(const Band &band) const;
  void runTile(const Data &data, const GemmTile &tile, int64_t firstPanel, int64_t panelCount,
               const Own &own) const;
  void runBlock(const Data &data, const Band &block, int64_t firstPanel, int64_t panelCount,
                const std::byte *input, int64_t outPixel, const Own &own) const;
  void fillTile(const uint8_t *x, const GemmTile &tile, std::byte *buffer) const;
  void runTail(const ConvTail &tail, int64_t pixel, int64_t pixels, int64_t firstPanel,
               int64_t panelCount, uint8_t *y) const;
  void runPanels(int64_t first, int64_t count, const std::byte *packed, const std::byte *input,
                 const Band &block, uint8_t *y, const Own &own) const;

  const ConvProblem problem;
  const ConvParams &params;
  const GemmOps &ops;
  const GemmPlan plan;
  const GemmGeometry &g;
  const int8_t *weights; ///< The package's, or `packed`.
  std::pmr::vector<int8_t> packed{problem.memory};
  std::pmr::vector<int32_t> offsets{problem.memory}, runStarts{problem.memory};
  std::pmr::vector<int32_t> pixelStarts{
      problem.memory}; ///< Of a tile; those of a smaller one are the first of them.
  std::pmr::vector<GemmPanel> panels{problem.memory};
  std::pmr::vector<int32_t> bias{problem.memory}; ///< Of all lanes of all panels.
  /// The same for windows that leave kernel rows out, whose padding `bias` takes into account; by
  /// firstRow * kernelH + lastRow - 1.
  std::pmr::map<int64_t, std::pmr::vector<int32_t>> edgeBias{problem.memory};
};

void Gemm::fillOffsets() {
  for (int64_t run = 0; run < plan.runs; ++run) {
    runStarts.push_back(int32_t(plan.runStart(run)));
    for (int64_t step = 0; step < plan.runSteps; ++step)
      offsets.push_back(int32_t(plan.runStart(run) + step * ops.depth * plan.elementSize));
  }
  for (int64_t row = 0; row < plan.tileRows; ++row)
    for (int64_t column = 0; column < plan.tileColumns; ++column)
      pixelStarts.push_back(int32_t(plan.pixelStart(row, column)));
}

/// Panels of weights that the package holds in Ohwi, with a run of quads for each tap.
void Gemm::packBytes() {
  const int64_t runBytes = plan.runSteps * gemmLanes * ops.depth;
  packed.assign(size_t(plan.panels * plan.panelBytes(ops)), 0);
  for (int64_t panel = 0; panel < plan.panels; ++panel) {
    const int64_t left = g.outputs / g.groups - panel % plan.panelsPerGroup * gemmLanes;
    for (int64_t lane = 0; lane < std::min(left, gemmLanes); ++lane) {
      const int8_t *from = weights + (plan.channelOf(panel) + lane) * plan.runs * plan.runLength;
      for (int64_t run = 0; run < plan.runs; ++run, from += plan.runLength) {
        int8_t *to = packed.data() + panel * plan.panelBytes(ops) + run * runBytes;
        for (int64_t i = 0; i < plan.runLength; ++i)
          to[(i / ops.depth * gemmLanes + lane) * ops.depth + i % ops.depth] = from[i];
      }
    }
  }
  weights = packed.data();
}

void Gemm::preparePanel(int64_t index) {
  int64_t channel = plan.channelOf(index);
  int64_t left = g.outputs / g.groups - index % plan.panelsPerGroup * gemmLanes;
  GemmPanel &panel = panels[size_t(index)];
  panel.channels = int32_t(std::min(left, gemmLanes));
  panel.requant = params.requant.data() + channel;
  panel.wideShifts = panel.fast = true;
  const int32_t outputZero = problem.y.zeroPoint - (problem.y.dtype == DType::U8 ? 128 : 0);
  int32_t weightSums[gemmLanes] = {};
  if (ops.bytes)
    ops.addWeights(weights + index * plan.panelBytes(ops), plan.steps(), weightSums);
  for (int32_t lane = 0; lane < gemmLanes; ++lane) {
    bool valid = lane < panel.channels;
    Requant requant = valid ? panel.requant[lane] : Requant{.multiplier = 1, .shift = 32};
    panel.multiplier[lane] = requant.multiplier;
    panel.shift[lane] = requant.shift;
    panel.wideShifts &= requant.shift >= 31;
    panel.fast &= requant.shift >= 32 && requant.shift <= 53;
    // Not an index of the conditional itself: GCC 12's UBSan loses it.
    int64_t *addends = lane % 2 ? panel.oddAddend : panel.evenAddend;
    addends[lane / 2] = requant.offset + (int64_t(1) << (requant.shift - 1)) +
                        (panel.fast ? int64_t(outputZero) * (int64_t(1) << requant.shift) : 0);
#if BST_X86
    panel.lanes[lane / 8].set(lane % 8, requant);
#endif
    panel.weightZero[lane] = valid ? weightZero(channel + lane) : 0;
    uint32_t sum = valid ? uint32_t(params.bias[size_t(channel + lane)]) : 0;
    if (valid && ops.bytes) { // Modulo 2^32, as all sums.
      const auto inputs = uint32_t(plan.runs * plan.runLength);
      sum -= uint32_t(inputZero()) *
             (uint32_t(weightSums[lane]) - inputs * uint32_t(panel.weightZero[lane]));
    }
    bias[size_t(index * gemmLanes + lane)] = int32_t(sum);
  }
}

Gemm::Band Gemm::bandAt(const GemmTile &tile, int64_t row) const {
  const Window &window = g.window;
  const auto taps = [&](int64_t r) {
    return TapRange((tile.oy + r) * window.strideH - window.padTop, window.kernelH,
                    window.dilationH, g.h);
  };
  const TapRange first = taps(row);
  int64_t end = row + 1;
  for (; end < tile.rows; ++end)
    if (const TapRange next = taps(end); next.first != first.first || next.last != first.last)
      break;
  const bool empty = first.first == first.last; // A product needs a step.
  return {.firstPixel = row * tile.columns,
          .pixels = (end - row) * tile.columns,
          .firstRow = empty ? 0 : first.first,
          .lastRow = empty ? window.kernelH : first.last};
}

/// What a kernel row in the padding would have added: zx' times its weights.
void Gemm::prepareEdges() {
  const int64_t kernelH = g.window.kernelH, rowSteps = plan.steps() / kernelH;
  const GemmTile map = {.n = 0, .oy = 0, .rows = g.oh, .ox = 0, .columns = 1};
  for (int64_t row = 0; row < g.oh;) {
    const Band band = bandAt(map, row);
    row += band.pixels;
    const auto [entry, isNew] =
        edgeBias.try_emplace(band.firstRow * kernelH + band.lastRow - 1, bias);
    for (int64_t k = 0; isNew && k < kernelH; ++k)
      for (int64_t panel = 0; panel < plan.panels && (k < band.firstRow || k >= band.lastRow);
           ++panel) {
        int32_t sums[gemmLanes];
        ops.addWeights(weights + panel * plan.panelBytes(ops) +
                           k * rowSteps * gemmLanes * ops.depth,
                       rowSteps, sums);
        for (int64_t lane = 0; lane < gemmLanes; ++lane) {
          int32_t &start = entry->second[size_t(panel * gemmLanes + lane)];
          start = int32_t(uint32_t(start) + uint32_t(inputZero()) * uint32_t(sums[lane]));
        }
      }
  }
}

const int32_t *Gemm::biasOf(const Band &band) const {
  const auto edge = edgeBias.find(band.firstRow * g.window.kernelH + band.lastRow - 1);
  return edge == edgeBias.end() ? bias.data() : edge->second.data();
}

void Gemm::run(const std::byte *x, std::byte *y, std::byte *scratch, Workers &workers,
               const ConvTail *tail) const {
  const Data data = {reinterpret_cast<const uint8_t *>(x), reinterpret_cast<uint8_t *>(y), scratch,
                     tail};
  const int64_t tiles = plan.tiles(),
                chunks = (plan.panels + plan.chunkPanels - 1) / plan.chunkPanels;
  // Packed panels are those of one chunk; the package's need not wait for each other.
  const int64_t atOnce = ops.bytes ? chunks : 1;
  for (int64_t chunk = 0; chunk < chunks; chunk += atOnce) {
    if (!ops.bytes) {
      int64_t first = chunk * plan.chunkPanels;
      workers.forEach(std::min(plan.chunkPanels, plan.panels - first), [&](int64_t slot, unsigned) {
        pack(first + slot,
             reinterpret_cast<int16_t *>(scratch + plan.packed + slot * plan.panelBytes(ops)));
      });
    }
    workers.forEach(tiles * atOnce, [&](int64_t item, unsigned thread) {
      int64_t first = (chunk + item / tiles) * plan.chunkPanels;
      runTile(data, plan.tileAt(item % tiles), first,
              std::min(plan.chunkPanels, plan.panels - first), ownPart(scratch, thread));
    });
  }
}

/// A panel as pairs of w - zw: [steps][gemmLanes][2]. A run of odd length is filled up with a 0.
void Gemm::pack(int64_t index, int16_t *packed) const {
  const GemmPanel &panel = panels[size_t(index)];
  std::memset(packed, 0, size_t(plan.panelBytes(ops)));
  const bool inPanels = problem.weights.layout == Layout::Panels;
  const int64_t perQuad = inPanels ? gemmLanes * panelDepth : panelDepth;
  for (int32_t lane = 0; lane < panel.channels; ++lane)
    for (int64_t run = 0; run < plan.runs; ++run) {
      auto o = uint64_t(plan.channelOf(index) + lane);
      const int8_t *row =
          weights + weightIndex(problem.weights, o,
                                uint64_t(run / (g.window.kernelW / plan.tapsPerRun)),
                                uint64_t(run % (g.window.kernelW / plan.tapsPerRun)), 0);
      int16_t *out = packed + run * plan.runSteps * gemmLanes * 2 + lane * 2;
      for (int64_t i = 0; i < plan.runLength; ++i)
        out[i / 2 * gemmLanes * 2 + i % 2] =
            int16_t(row[i / panelDepth * perQuad + i % panelDepth] - panel.weightZero[lane]);
    }
}

void Gemm::fillTile(const uint8_t *x, const GemmTile &tile, std::byte *buffer) const {
  int64_t width = g.columnsUnder(tile.columns), pixelBytes = g.channels * plan.elementSize;
  int64_t originX = tile.ox * g.window.strideW - g.window.padLeft;
  int64_t left = std::clamp<int64_t>(-originX, 0, width);
  int64_t right = std::clamp<int64_t>(g.w - originX, left, width);
  const int padding = ops.bytes ? uint8_t(inputZero()) : 0;
  for (int64_t row = 0; row < g.rowsUnder(tile.rows); ++row) {
    int64_t iy = tile.oy * g.window.strideH - g.window.padTop + row;
    std::byte *dst = buffer + row * plan.pitch;
    if (iy < 0 || iy >= g.h) {
      std::memset(dst, padding, size_t(width * pixelBytes));
      continue;
    }
    std::memset(dst, padding, size_t(left * pixelBytes));
    if (right > left)
      ops.fill(x + ((tile.n * g.h + iy) * g.w + originX + left) * g.channels,
               (right - left) * g.channels, ops.bytes ? plan.flips : problem.x.dtype == DType::S8,
               problem.x.zeroPoint, dst + left * pixelBytes);
    std::memset(dst + right * pixelBytes, padding, size_t((width - right) * pixelBytes));
  }
}

void Gemm::runTile(const Data &data, const GemmTile &tile, int64_t firstPanel, int64_t panelCount,
                   const Own &own) const {
  const std::byte *input = own.tile;
  if (plan.inPlace)
    input = reinterpret_cast<const std::byte *>(data.x + tile.ox * g.channels);
  else
    fillTile(data.x, tile, own.tile);
  const int64_t outPixel = (tile.n * g.oh + tile.oy) * g.ow + tile.ox;
  for (int64_t row = 0; row < tile.rows;) {
    const Band band = bandAt(tile, row);
    row += band.pixels / tile.columns;
    for (int64_t done = 0; done < band.pixels; done += plan.blockPixels) {
      Band block = band;
      block.firstPixel += done;
      block.pixels = std::min(plan.blockPixels, band.pixels - done);
      runBlock(data, block, firstPanel, panelCount, input, outPixel + block.firstPixel, own);
    }
  }
}

void Gemm::runBlock(const Data &data, const Band &block, int64_t firstPanel, int64_t panelCount,
                    const std::byte *input, int64_t outPixel, const Own &own) const {
  if (!params.weightZeroPoint.empty() && ops.bytes)
    ops.addInputs({.input = input,
                   .pixels = pixelStarts.data() + block.firstPixel,
                   .pixelCount = block.pixels,
                   .runs = runStarts.data(),
                   .runCount = plan.runs,
                   .runLength = plan.runLength},
                  own.totals);
  uint8_t *y = data.y + outPixel * plan.pixelStride;
  // Panels inside: the block's inputs and outputs stay in the first-level cache.
  for (int64_t panel = 0; panel < panelCount; panel += plan.blockPanels) {
    int64_t index = firstPanel + panel;
    const std::byte *packed =
        ops.bytes ? reinterpret_cast<const std::byte *>(weights) + index * plan.panelBytes(ops)
                  : data.scratch + plan.packed + panel * plan.panelBytes(ops);
    runPanels(index, std::min(plan.blockPanels, panelCount - panel), packed, input, block,
              y + plan.channelOf(index), own);
  }
  if (data.tail)
    runTail(*data.tail, outPixel, block.pixels, firstPanel, panelCount, y);
}

void Gemm::runTail(const ConvTail &tail, int64_t pixel, int64_t pixels, int64_t firstPanel,
                   int64_t panelCount, uint8_t *y) const {
  const int64_t channel = plan.channelOf(firstPanel), last = firstPanel + panelCount - 1;
  tail.apply({.y = y + channel,
              .stride = plan.pixelStride,
              .pixel = pixel,
              .pixels = pixels,
              .channel = channel,
              .channels = plan.channelOf(last) + panels[size_t(last)].channels - channel});
}

void Gemm::runPanels(int64_t first, int64_t count, const std::byte *packed, const std::byte *input,
                     const Band &block, uint8_t *y, const Own &own) const {
  const int64_t stepBytes = ops.depth * gemmLanes * plan.elementSize;
  const int64_t rowSteps = plan.steps() / g.window.kernelH;
  const int64_t begin = block.firstRow * rowSteps, end = block.lastRow * rowSteps;
  const int64_t blocks = (end - begin + ops.blockSteps - 1) / ops.blockSteps;
  const int64_t each = (end - begin + blocks - 1) / blocks;
  const int64_t group = first / plan.panelsPerGroup;
  for (int64_t step = begin; step < end; step += each) {
    const GemmBlock product = {.input = input + group * (g.channels / g.groups) * plan.elementSize,
                               .pixels = pixelStarts.data() + block.firstPixel,
                               .pixelCount = block.pixels,
                               .offsets = offsets.data() + step,
                               .steps = std::min(each, end - step),
                               .weights = packed + step * stepBytes,
                               .panelStride = plan.panelBytes(ops),
                               .panels = count,
                               .start =
                                   step == begin ? biasOf(block) + first * gemmLanes : own.sums,
                               .startStride = step == begin ? 0 : ops.blockPanels * gemmLanes,
                               .sums = own.sums};
    if (step + each < end)
      ops.multiply(product);
    else
      ops.complete(product,
                   {.panels = &panels[size_t(first)],
                    .panelCount = count,
                    .totals = ops.bytes && !params.weightZeroPoint.empty() ? own.totals : nullptr,
                    .zeroPoint = problem.y.zeroPoint,
                    .clampLo = params.clampLo,
                    .clampHi = params.clampHi,
                    .isSigned = problem.y.dtype == DType::S8,
                    .y = y,
                    .pixelStride = plan.pixelStride});
  }
}

} // namespace

bool gemmSupports(const ConvProblem &problem, const char *&whyNot) {
  if (narrowestTileBytes(problem) > maxTileBytes)
    whyNot = "the window of one output pixel spans too much padding or dilation for a tile";
  else
    return true;
  return false;
}

bool byteGemmSupports(const ConvProblem &problem, const char *&whyNot) {
  const bool panels = problem.weights.layout == Layout::Panels;
  if (!panels && problem.weights.shape[1] == 1)
    whyNot = "one input channel a group: quads would be empty for the most part";
  else if (!panels && !problem.params.weightZeroPoint.empty())
    whyNot = "grouped or dilated along the row, and weights have zero points";
  else if (narrowestTileBytes(problem) > maxTileBytes)
    whyNot = "the window of one output pixel spans too much padding or dilation for a tile";
  else
    return true;
  return false;
}

Owned<PreparedConv> prepareGemm(const ConvProblem &problem, const std::byte *weights,
                                unsigned threads, const GemmOps &ops) {
  return makeIn<Gemm>(problem.memory, problem, weights, threads, ops);
}

} // namespace bst

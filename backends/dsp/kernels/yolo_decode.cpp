#include "backends/dsp/kernels/float_table.h"
#include "backends/dsp/kernels/head.h"
#include "backends/dsp/kernels/kernels.h"

#include <cstring>

namespace bst {
namespace {

/// Pixels whose channels are turned into rows at a time.
constexpr int64_t chunk = 32;

/// One anchor of one level.
struct AnchorMap {
  int64_t ny, nx;
  int64_t scores; ///< Channels that go through the sigmoid: all before the mask coefficients.
  int64_t channels;
  BoxPlacement box;
  float *rows; ///< Output: [ny * nx][channels].
};

/// An 8-bit value stands for one of 256 numbers: their sigmoids and the numbers, by bit pattern.
struct HeadTables {
  FloatTable sigmoid, plain;
  explicit HeadTables(const Tensor &head) {
    for (int bits = 0; bits < 256; ++bits) {
      const float real = realOf(head, uint8_t(bits));
      plain.set(bits, real);
      sigmoid.set(bits, sigmoidOf(real));
    }
  }
};

/// Row `y` of the map. \p head points at the anchor's first channel of its first pixel; pixels are
/// `pixelStride` bytes apart.
void decodeQuantized(const AnchorMap &map, const HeadTables &tables, const uint8_t *head,
                     int64_t pixelStride, int64_t y, Isa isa) {
  const FloatRows rows = {.source = head,
                          .sourceStride = pixelStride,
                          .target = map.rows + y * map.nx * map.channels,
                          .targetStride = map.channels,
                          .count = map.nx};
  lookUpFloats(tables.sigmoid, rows, 0, map.scores, isa);
  lookUpFloats(tables.plain, rows, map.scores, map.channels, isa);
  for (int64_t x = 0; x < map.nx; ++x)
    map.box.apply(rows.target + x * map.channels, x, y);
}

/// Row `y` of the map. \p head points at the anchor's first channel, a map of ny * nx; \p lines
/// holds channels * chunk.
BST_INLINE void decodeFloat(const AnchorMap &map, const float *head, float *lines, int64_t y) {
  int64_t pixels = map.ny * map.nx, end = (y + 1) * map.nx;
  for (int64_t first = y * map.nx; first < end; first += chunk) {
    int64_t count = std::min(chunk, end - first);
    for (int64_t c = 0; c < map.channels; ++c) {
      const float *from = head + c * pixels + first;
      float *line = lines + c * chunk;
      if (c < map.scores)
        for (int64_t i = 0; i < count; ++i)
          line[i] = sigmoidOf(from[i]);
      else
        std::memcpy(line, from, size_t(count) * sizeof(float));
    }
    for (int64_t i = 0; i < count; ++i) {
      float *row = map.rows + (first + i) * map.channels;
      for (int64_t c = 0; c < map.channels; ++c)
        row[c] = lines[c * chunk + i];
      map.box.apply(row, first + i - y * map.nx, y);
    }
  }
}

} // namespace

uint64_t yoloDecodeScratchSize(const YoloDecodeParams &params, unsigned threads) {
  return threads * uint64_t(params.row().width() * chunk) * sizeof(float);
}

void runYoloDecode(const YoloDecodeParams &params, TensorViews heads, const TensorView &y,
                   const KernelContext &context) {
  const int64_t anchors = params.anchorsPerLevel, channels = params.row().width();
  float *rows = reinterpret_cast<float *>(y.data);
  for (size_t level = 0; level < heads.size(); ++level) {
    const Tensor &head = *heads[level].tensor;
    const Extents4 extents(head);
    const int64_t pixels = extents.h * extents.w;
    const HeadTables tables(head);
    context.workers.forEach(anchors * extents.h, [&](int64_t item, unsigned thread) {
      const int64_t a = item / extents.h, row = item % extents.h;
      const float *anchor = params.anchors.data() + (int64_t(level) * anchors + a) * 2;
      const AnchorMap map{.ny = extents.h,
                          .nx = extents.w,
                          .scores = params.row().coefficients(),
                          .channels = channels,
                          .box = {params.strides[level], anchor[0], anchor[1]},
                          .rows = rows + a * pixels * channels};
      if (head.dtype != DType::F32)
        return decodeQuantized(map, tables,
                               reinterpret_cast<const uint8_t *>(heads[level].data) +
                                   row * extents.w * extents.c + a * channels,
                               extents.c, row, context.isa);
      float *lines = reinterpret_cast<float *>(context.scratch) + thread * channels * chunk;
      runFor(context.isa, [&]() BST_ALWAYS_INLINE {
        decodeFloat(map, reinterpret_cast<const float *>(heads[level].data) + a * channels * pixels,
                    lines, row);
      });
    });
    rows += anchors * pixels * channels;
  }
}

} // namespace bst

#include "backends/dsp/kernels/exp.h"
#include "backends/dsp/kernels/kernels.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

/// Pixels whose channels are turned into rows at a time.
constexpr int64_t chunk = 32;

/// One anchor of one level.
struct AnchorMap {
  int64_t ny, nx;
  int64_t scores; ///< Channels that go through the sigmoid: 5 + classes.
  int64_t channels;
  float stride, anchorW, anchorH;
  float *rows; ///< Output: [ny * nx][channels].

  /// Turns the sigmoids of x, y, w, h of the pixel at (x, y) into a box.
  BST_INLINE void placeBox(float *row, int64_t x, int64_t y) const {
    row[0] = (row[0] * 2.0f + (float(x) - 0.5f)) * stride;
    row[1] = (row[1] * 2.0f + (float(y) - 0.5f)) * stride;
    row[2] = (row[2] * 2.0f) * (row[2] * 2.0f) * anchorW;
    row[3] = (row[3] * 2.0f) * (row[3] * 2.0f) * anchorH;
  }
};

/// An 8-bit value stands for one of 256 numbers: their sigmoids and the numbers, by bit pattern.
struct HeadTables {
  float sigmoid[256], plain[256];
  explicit HeadTables(const Tensor &head) {
    for (int bits = 0; bits < 256; ++bits) {
      int32_t value = valueOf(uint8_t(bits), head.dtype == DType::S8);
      plain[bits] = float(value - head.zeroPoint) * head.scale;
      sigmoid[bits] = sigmoidOf(plain[bits]);
    }
  }
};

/// \p head points at the anchor's first channel of pixel 0; pixels are `pixelStride` bytes apart.
void decodeQuantized(const AnchorMap &map, const HeadTables &tables, const uint8_t *head,
                     int64_t pixelStride) {
  float *row = map.rows;
  for (int64_t y = 0; y < map.ny; ++y)
    for (int64_t x = 0; x < map.nx; ++x, row += map.channels, head += pixelStride) {
      for (int64_t c = 0; c < map.scores; ++c)
        row[c] = tables.sigmoid[head[c]];
      for (int64_t c = map.scores; c < map.channels; ++c)
        row[c] = tables.plain[head[c]];
      map.placeBox(row, x, y);
    }
}

/// \p head points at the anchor's first channel, a map of ny * nx; \p lines holds channels * chunk.
BST_INLINE void decodeFloat(const AnchorMap &map, const float *head, float *lines) {
  int64_t pixels = map.ny * map.nx;
  for (int64_t first = 0; first < pixels; first += chunk) {
    int64_t count = std::min(chunk, pixels - first);
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
      map.placeBox(row, (first + i) % map.nx, (first + i) / map.nx);
    }
  }
}

int64_t channelsOf(const YoloDecodeParams &params) {
  return int64_t(5) + params.classes + params.masks;
}

} // namespace

uint64_t yoloDecodeScratchSize(const YoloDecodeParams &params) {
  return uint64_t(channelsOf(params) * chunk) * sizeof(float);
}

void runYoloDecode(const YoloDecodeParams &params, TensorViews heads, const TensorView &y,
                   std::byte *scratch, Isa isa) {
  int64_t anchors = params.anchorsPerLevel, channels = channelsOf(params);
  float *rows = reinterpret_cast<float *>(y.data);
  for (size_t level = 0; level < heads.size(); ++level) {
    const Tensor &head = *heads[level].tensor;
    Extents4 extents(head);
    int64_t pixels = extents.h * extents.w;
    bool quantised = head.dtype != DType::F32;
    const HeadTables tables(head);
    for (int64_t a = 0; a < anchors; ++a, rows += pixels * channels) {
      const float *anchor = params.anchors.data() + (int64_t(level) * anchors + a) * 2;
      const AnchorMap map{.ny = extents.h,
                          .nx = extents.w,
                          .scores = int64_t(5) + params.classes,
                          .channels = channels,
                          .stride = params.strides[level],
                          .anchorW = anchor[0],
                          .anchorH = anchor[1],
                          .rows = rows};
      if (quantised)
        decodeQuantized(map, tables,
                        reinterpret_cast<const uint8_t *>(heads[level].data) + a * channels,
                        extents.c);
      else
        runFor(isa, [&]() BST_ALWAYS_INLINE {
          decodeFloat(map,
                      reinterpret_cast<const float *>(heads[level].data) + a * channels * pixels,
                      reinterpret_cast<float *>(scratch));
        });
    }
  }
}

} // namespace bst

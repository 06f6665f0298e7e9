#ifndef BST_RUNTIME_API_PICTURE_ROWS_H
#define BST_RUNTIME_API_PICTURE_ROWS_H

#include "runtime/program/nv12.h"

#include <bst/picture.h>

#include <cstddef>
#include <cstdint>

/// Pictures row by row, in memory of the caller: what bst_picture_write() is made of.
namespace bst::api {

constexpr int pictureChannels = 3;

/// Hands out pieces of the caller's memory, or only adds up how much they are.
class Scratch {
public:
  explicit Scratch(std::byte *memory) : memory(memory) {}
  template <class T> T *take(size_t count) {
    std::byte *piece = memory ? memory + used : nullptr;
    used += (count * sizeof(T) + 7) / 8 * 8;
    return reinterpret_cast<T *>(piece);
  }
  size_t size() const { return used; }

private:
  std::byte *memory;
  size_t used = 0;
};

/// The planes of a picture, with strides that are not 0.
struct Planes {
  explicit Planes(const bst_picture &picture);
  bool isNv12() const { return format == BST_PIXELS_NV12 || format == BST_PIXELS_NV12_FULL; }

  bst_pixels format;
  int32_t width, height;
  uint8_t *pixels, *chroma;
  size_t stride, chromaStride;
  Nv12Factors factors;
};

/// The rows of a picture, red first.
class RowReader {
public:
  RowReader(const bst_picture &picture, Scratch &scratch);
  int32_t width() const { return planes.width; }
  int32_t height() const { return planes.height; }
  /// 3 * width bytes, until the next call.
  const uint8_t *row(int32_t y);

private:
  Planes planes;
  uint8_t *converted = nullptr;
  int32_t held = -1; ///< The row in `converted`.
};

/// Takes the rows of a picture one after the other, red first.
class RowWriter {
public:
  RowWriter(const bst_picture &picture, Scratch &scratch);
  /// Where to put the next row.
  uint8_t *next();
  /// It is there.
  void done();

private:
  Planes planes;
  uint8_t *pair[2] = {}; ///< NV12: the two rows that share U and V.
  int32_t y = 0;
};

/// The rows of a picture at another size, one after the other: pixel for pixel what OpenCV's resize
/// gives with INTER_LINEAR and INTER_AREA on 8-bit pixels. As there, halving both sides takes means
/// of four pixels in either mode.
class Resizer {
public:
  /// `resampling`: BST_RESAMPLE_*; AREA is LINEAR where the picture grows. Computes nothing where
  /// the scratch has no memory.
  Resizer(RowReader &rows, int32_t width, int32_t height, uint32_t resampling, Scratch &scratch,
          bool counts);
  /// Writes the next row, 3 * width bytes.
  void next(uint8_t *to);

private:
  /// A source row or column that goes into a target one, in fixed point: 2048 is the whole.
  struct LinearTap {
    int32_t at; ///< The first of two neighbours.
    int16_t first, second;
  };
  /// A source pixel's share of a target pixel along one side.
  struct AreaTap {
    int32_t to, from;
    float weight;
  };
  struct AreaSide {
    int32_t from;
    double scale;
    template <class Take> void taps(int32_t to, Take &&take) const;
  };
  enum class Mode : uint8_t { Copy, Linear, Blocks, Area };

  Mode modeFor(uint32_t resampling) const;
  static LinearTap linearTap(int32_t from, int32_t to, int32_t index, bool clampsWeights);
  void nextLinear(uint8_t *to);
  void nextBlocks(uint8_t *to);
  void nextArea(uint8_t *to);
  void stretchRow(int32_t y, int16_t *row);

  RowReader &rows;
  int32_t width, height, y = 0;
  double scaleX, scaleY;
  int32_t stepX, stepY;
  Mode mode;
  LinearTap *columns = nullptr;
  int16_t *stretched[2] = {}; ///< Source rows at the target's width.
  int32_t held[2] = {-1, -1}; ///< Which they are.
  AreaTap *areaColumns = nullptr;
  size_t areaCount = 0;
  float *line = nullptr, *sum = nullptr;
  uint32_t *sums = nullptr;
};

} // namespace bst::api

#endif // BST_RUNTIME_API_PICTURE_ROWS_H

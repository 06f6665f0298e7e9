#include "runtime/api/picture_rows.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace bst::api {

constexpr int channels = pictureChannels;

Planes::Planes(const bst_picture &picture)
    : format(picture.format), width(int32_t(picture.width)), height(int32_t(picture.height)),
      pixels(static_cast<uint8_t *>(picture.planes[0])),
      factors(nv12Factors(format == BST_PIXELS_NV12_FULL)) {
  const size_t row = isNv12() ? size_t(width) : size_t(width) * channels;
  stride = picture.strides[0] ? picture.strides[0] : row;
  chromaStride = picture.strides[1] ? picture.strides[1] : row;
  chroma = static_cast<uint8_t *>(picture.planes[1]);
  if (!chroma && isNv12() && pixels) {
    chroma = pixels + stride * size_t(height);
    chromaStride = stride;
  }
}

RowReader::RowReader(const bst_picture &picture, Scratch &scratch) : planes(picture) {
  if (planes.format != BST_PIXELS_RGB)
    converted = scratch.take<uint8_t>(size_t(planes.width) * channels);
}

static void swapEnds(const uint8_t *from, uint8_t *to, int32_t pixels) {
  for (int32_t i = 0; i < pixels; ++i, from += channels, to += channels) {
    const uint8_t first = from[0]; // `from` may be `to`.
    to[0] = from[2];
    to[1] = from[1];
    to[2] = first;
  }
}

const uint8_t *RowReader::row(int32_t y) {
  const uint8_t *pixels = planes.pixels + size_t(y) * planes.stride;
  if (planes.format == BST_PIXELS_RGB)
    return pixels;
  if (held == y)
    return converted;
  held = y;
  if (planes.format == BST_PIXELS_BGR)
    swapEnds(pixels, converted, planes.width);
  else
    nv12Row(planes.factors, pixels, planes.chroma + size_t(y / 2) * planes.chromaStride,
            planes.width, converted);
  return converted;
}

RowWriter::RowWriter(const bst_picture &picture, Scratch &scratch) : planes(picture) {
  if (planes.isNv12())
    for (uint8_t *&row : pair)
      row = scratch.take<uint8_t>(size_t(planes.width) * channels);
}

uint8_t *RowWriter::next() {
  return planes.isNv12() ? pair[y % 2] : planes.pixels + size_t(y) * planes.stride;
}

void RowWriter::done() {
  uint8_t *row = planes.pixels + size_t(y) * planes.stride;
  if (planes.format == BST_PIXELS_BGR)
    swapEnds(row, row, planes.width);
  if (planes.isNv12() && y % 2) {
    uint8_t *const luma[2] = {row - planes.stride, row};
    nv12Rows(planes.factors, pair, planes.width, luma,
             planes.chroma + size_t(y / 2) * planes.chromaStride);
  }
  ++y;
}

/// Taps of one pixel of a side of length `from` brought to `to`. Pixel centres are at halves.
/// Columns outside the picture move onto its edge; rows keep their weights, as both their rows are
/// the edge then.
Resizer::LinearTap Resizer::linearTap(int32_t from, int32_t to, int32_t index, bool clampsWeights) {
  const double scale = 1.0 / (double(to) / from);
  auto position = float((index + 0.5) * scale - 0.5);
  auto at = int32_t(std::floor(position));
  position -= float(at);
  if (clampsWeights && (at < 0 || at >= from - 1)) {
    at = std::clamp(at, 0, from - 1);
    position = 0;
  }
  return {at, int16_t(std::lrint((1 - position) * 2048)), int16_t(std::lrint(position * 2048))};
}

/// Pixels that target pixel `to` covers, whole ones and parts of at least 1/1000.
template <class Take> void Resizer::AreaSide::taps(int32_t to, Take &&take) const {
  const double begin = to * scale, end = begin + scale;
  const double covered = std::min(scale, from - begin);
  const int32_t last = std::min(int32_t(std::floor(end)), from - 1);
  const int32_t first = std::min(int32_t(std::ceil(begin)), last);
  if (first - begin > 1e-3)
    take(first - 1, float((first - begin) / covered));
  for (int32_t at = first; at < last; ++at)
    take(at, float(1.0 / covered));
  if (end - last > 1e-3)
    take(last, float(std::min(std::min(end - last, 1.0), covered) / covered));
}

Resizer::Mode Resizer::modeFor(uint32_t resampling) const {
  if (width == rows.width() && height == rows.height())
    return Mode::Copy;
  constexpr double tiny = std::numeric_limits<double>::epsilon();
  const bool whole = std::abs(scaleX - stepX) < tiny && std::abs(scaleY - stepY) < tiny;
  if (whole && stepX == 2 && stepY == 2)
    return Mode::Blocks;
  const bool sumFits = int64_t(stepX) * stepY <= UINT32_MAX / 255; // Of whole pixels.
  if (resampling == BST_RESAMPLE_AREA && scaleX >= 1 && scaleY >= 1)
    return whole && sumFits ? Mode::Blocks : Mode::Area;
  return Mode::Linear;
}

Resizer::Resizer(RowReader &rows, int32_t width, int32_t height, uint32_t resampling,
                 Scratch &scratch, bool counts)
    : rows(rows), width(width), height(height), scaleX(1.0 / (double(width) / rows.width())),
      scaleY(1.0 / (double(height) / rows.height())), stepX(int32_t(std::lrint(scaleX))),
      stepY(int32_t(std::lrint(scaleY))), mode(modeFor(resampling)) {
  const size_t rowSize = size_t(width) * channels;
  if (mode == Mode::Linear) {
    columns = scratch.take<LinearTap>(size_t(width));
    for (int16_t *&row : stretched)
      row = scratch.take<int16_t>(rowSize);
    for (int32_t x = 0; x < width && !counts; ++x)
      columns[x] = linearTap(rows.width(), width, x, true);
  }
  if (mode == Mode::Blocks)
    sums = scratch.take<uint32_t>(rowSize);
  if (mode == Mode::Area) {
    // Each target pixel has a part of a source pixel at either end.
    areaColumns = scratch.take<AreaTap>(size_t(rows.width()) + 2 * size_t(width));
    line = scratch.take<float>(rowSize);
    sum = scratch.take<float>(rowSize);
    const AreaSide side = {rows.width(), scaleX};
    for (int32_t x = 0; x < width && !counts; ++x)
      side.taps(x, [&](int32_t from, float weight) {
        areaColumns[areaCount++] = {x, from, weight};
      });
  }
}

/// One source row at the target's width, in units of 1/128: 1/2048, the lower 4 bits cut off.
void Resizer::stretchRow(int32_t from, int16_t *row) {
  const uint8_t *pixels = rows.row(from);
  for (int32_t x = 0; x < width; ++x) {
    const LinearTap &tap = columns[x];
    const uint8_t *left = pixels + ptrdiff_t(tap.at) * channels;
    const uint8_t *right = tap.at + 1 < rows.width() ? left + channels : left;
    for (int channel = 0; channel < channels; ++channel)
      *row++ = int16_t((left[channel] * tap.first + right[channel] * tap.second) >> 4);
  }
}

/// The rounding is that of OpenCV: 16-bit high halves of products, then 2 bits.
void Resizer::nextLinear(uint8_t *to) {
  const LinearTap tap = linearTap(rows.height(), height, y, false);
  const int32_t wanted[2] = {std::clamp(tap.at, 0, rows.height() - 1),
                             std::clamp(tap.at + 1, 0, rows.height() - 1)};
  if (held[1] == wanted[0]) {
    std::swap(stretched[0], stretched[1]);
    std::swap(held[0], held[1]);
  }
  for (int side = 0; side < 2; ++side)
    if (held[side] != wanted[side]) {
      stretchRow(wanted[side], stretched[side]);
      held[side] = wanted[side];
    }
  const int16_t *upper = stretched[0], *lower = stretched[1];
  for (size_t i = 0; i < size_t(width) * channels; ++i) {
    const auto first = int16_t(tap.first * upper[i] >> 16);
    const auto second = int16_t(tap.second * lower[i] >> 16);
    to[i] = uint8_t((first + second + 2) >> 2);
  }
}

static uint8_t toByte(float value) { return uint8_t(std::clamp(std::lrint(value), 0L, 255L)); }

/// Every target pixel covers stepX x stepY whole ones: integer sums.
void Resizer::nextBlocks(uint8_t *to) {
  const bool isQuarter = stepX == 2 && stepY == 2;
  const float scale = 1.0f / float(int64_t(stepX) * stepY);
  const size_t count = size_t(width) * channels;
  std::fill_n(sums, count, 0);
  for (int32_t part = 0; part < stepY; ++part) {
    const uint8_t *pixels = rows.row(y * stepY + part);
    for (int32_t x = 0; x < width; ++x)
      for (int32_t column = 0; column < stepX; ++column, pixels += channels)
        for (int channel = 0; channel < channels; ++channel)
          sums[x * channels + channel] += pixels[channel];
  }
  for (size_t i = 0; i < count; ++i)
    to[i] = isQuarter ? uint8_t((sums[i] + 2) >> 2) : toByte(float(sums[i]) * scale);
}

/// The general case: weighted sums in float32, along rows first.
void Resizer::nextArea(uint8_t *to) {
  const size_t count = size_t(width) * channels;
  bool begins = true;
  AreaSide{rows.height(), scaleY}.taps(y, [&](int32_t from, float weight) {
    std::fill_n(line, count, 0.0f);
    const uint8_t *pixels = rows.row(from);
    for (size_t i = 0; i < areaCount; ++i) {
      const AreaTap &tap = areaColumns[i];
      for (int channel = 0; channel < channels; ++channel)
        line[size_t(tap.to * channels + channel)] +=
            float(pixels[ptrdiff_t(tap.from) * channels + channel]) * tap.weight;
    }
    for (size_t i = 0; i < count; ++i)
      sum[i] = begins ? weight * line[i] : sum[i] + weight * line[i];
    begins = false;
  });
  for (size_t i = 0; i < count; ++i)
    to[i] = toByte(sum[i]);
}

void Resizer::next(uint8_t *to) {
  switch (mode) {
  case Mode::Copy:
    std::memcpy(to, rows.row(y), size_t(width) * channels);
    break;
  case Mode::Linear:
    nextLinear(to);
    break;
  case Mode::Blocks:
    nextBlocks(to);
    break;
  case Mode::Area:
    nextArea(to);
    break;
  }
  ++y;
}

} // namespace bst::api

#include "vision/image/resize.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bstc {

namespace {

constexpr int channels = 3;

/// A source row or column that goes into a target one, in fixed point: 2048 is the whole.
struct LinearTap {
  int at = 0; ///< The first of two neighbours.
  int16_t first = 0, second = 0;
};

Image blank(int width, int height) {
  Image image;
  image.width = width;
  image.height = height;
  image.pixels.resize(size_t(width) * size_t(height) * channels);
  return image;
}

/// Taps of a side of length `from` brought to `to`. Pixel centres are at halves. Columns outside
/// the picture move onto its edge; rows keep their weights, as both their rows are the edge then.
std::vector<LinearTap> linearTaps(int from, int to, bool clampsWeights) {
  const double scale = 1.0 / (double(to) / from);
  std::vector<LinearTap> taps(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    auto position = float((i + 0.5) * scale - 0.5);
    int at = int(std::floor(position));
    position -= float(at);
    if (clampsWeights && (at < 0 || at >= from - 1)) {
      at = std::clamp(at, 0, from - 1);
      position = 0;
    }
    taps[size_t(i)] = {at, int16_t(std::lrint((1 - position) * 2048)),
                       int16_t(std::lrint(position * 2048))};
  }
  return taps;
}

/// One source row at the target's width, in units of 1/128: 1/2048, the lower 4 bits cut off.
void stretchRow(const Image &image, int y, const std::vector<LinearTap> &columns, int16_t *row) {
  const uint8_t *pixels = image.at(0, y);
  for (const LinearTap &tap : columns) {
    const uint8_t *left = pixels + ptrdiff_t(tap.at) * channels;
    const uint8_t *right = tap.at + 1 < image.width ? left + channels : left;
    for (int channel = 0; channel < channels; ++channel)
      *row++ = int16_t((left[channel] * tap.first + right[channel] * tap.second) >> 4);
  }
}

/// The rounding is that of OpenCV: 16-bit high halves of products, then 2 bits.
void blendRows(const int16_t *upper, const int16_t *lower, const LinearTap &tap, uint8_t *target,
               size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto first = int16_t(tap.first * upper[i] >> 16);
    const auto second = int16_t(tap.second * lower[i] >> 16);
    target[i] = uint8_t((first + second + 2) >> 2);
  }
}

Image resizeLinear(const Image &image, int width, int height) {
  Image target = blank(width, height);
  const std::vector<LinearTap> columns = linearTaps(image.width, width, true);
  const std::vector<LinearTap> rows = linearTaps(image.height, height, false);
  const size_t rowSize = size_t(width) * channels;
  // The two source rows in use; which they are, so that each is stretched once.
  std::vector<int16_t> stretched[2] = {std::vector<int16_t>(rowSize),
                                       std::vector<int16_t>(rowSize)};
  int held[2] = {-1, -1};
  for (int y = 0; y < height; ++y) {
    const LinearTap &tap = rows[size_t(y)];
    const int wanted[2] = {std::clamp(tap.at, 0, image.height - 1),
                           std::clamp(tap.at + 1, 0, image.height - 1)};
    if (held[1] == wanted[0]) {
      std::swap(stretched[0], stretched[1]);
      std::swap(held[0], held[1]);
    }
    for (int side = 0; side < 2; ++side)
      if (held[side] != wanted[side]) {
        stretchRow(image, wanted[side], columns, stretched[side].data());
        held[side] = wanted[side];
      }
    blendRows(stretched[0].data(), stretched[1].data(), tap, target.at(0, y), rowSize);
  }
  return target;
}

/// A source pixel's share of a target pixel along one side.
struct AreaTap {
  int to = 0, from = 0;
  float weight = 0;
};

/// Pixels that a target pixel covers, whole ones and parts of at least 1/1000.
std::vector<AreaTap> areaTaps(int from, int to, double scale) {
  std::vector<AreaTap> taps;
  for (int i = 0; i < to; ++i) {
    const double begin = i * scale, end = begin + scale;
    const double width = std::min(scale, from - begin);
    const int last = std::min(int(std::floor(end)), from - 1);
    const int first = std::min(int(std::ceil(begin)), last);
    if (first - begin > 1e-3)
      taps.push_back({i, first - 1, float((first - begin) / width)});
    for (int at = first; at < last; ++at)
      taps.push_back({i, at, float(1.0 / width)});
    if (end - last > 1e-3)
      taps.push_back({i, last, float(std::min(std::min(end - last, 1.0), width) / width)});
  }
  return taps;
}

uint8_t toByte(float value) { return uint8_t(std::clamp(std::lrint(value), 0L, 255L)); }

/// The general case: weighted sums in float32, along rows first.
Image resizeByArea(const Image &image, int width, int height, double scaleX, double scaleY) {
  Image target = blank(width, height);
  const std::vector<AreaTap> columns = areaTaps(image.width, width, scaleX);
  const std::vector<AreaTap> rows = areaTaps(image.height, height, scaleY);
  const size_t rowSize = size_t(width) * channels;
  std::vector<float> line(rowSize), sum(rowSize);
  for (size_t tap = 0; tap < rows.size(); ++tap) {
    const bool begins = tap == 0 || rows[tap - 1].to != rows[tap].to;
    std::fill(line.begin(), line.end(), 0.0f);
    const uint8_t *pixels = image.at(0, rows[tap].from);
    for (const AreaTap &column : columns)
      for (int channel = 0; channel < channels; ++channel)
        line[size_t(column.to * channels + channel)] +=
            float(pixels[ptrdiff_t(column.from) * channels + channel]) * column.weight;
    for (size_t i = 0; i < rowSize; ++i)
      sum[i] = begins ? rows[tap].weight * line[i] : sum[i] + rows[tap].weight * line[i];
    if (tap + 1 == rows.size() || rows[tap + 1].to != rows[tap].to)
      std::transform(sum.begin(), sum.end(), target.at(0, rows[tap].to), toByte);
  }
  return target;
}

/// Every target pixel covers stepX x stepY whole ones: integer sums.
Image resizeByBlocks(const Image &image, int width, int height, int stepX, int stepY) {
  Image target = blank(width, height);
  const bool isQuarter = stepX == 2 && stepY == 2;
  const float scale = 1.0f / float(stepX * stepY);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int channel = 0; channel < channels; ++channel) {
        int sum = 0;
        for (int row = 0; row < stepY; ++row)
          for (int column = 0; column < stepX; ++column)
            sum += image.at(x * stepX + column, y * stepY + row)[channel];
        target.at(x, y)[channel] = isQuarter ? uint8_t((sum + 2) >> 2) : toByte(float(sum) * scale);
      }
  return target;
}

} // namespace

Image resize(const Image &image, int width, int height, Resampling resampling) {
  if (width == image.width && height == image.height)
    return image;
  const double scaleX = 1.0 / (double(width) / image.width);
  const double scaleY = 1.0 / (double(height) / image.height);
  const auto stepX = int(std::lrint(scaleX)), stepY = int(std::lrint(scaleY));
  constexpr double tiny = std::numeric_limits<double>::epsilon();
  const bool isWhole = std::abs(scaleX - stepX) < tiny && std::abs(scaleY - stepY) < tiny;
  if (isWhole && stepX == 2 && stepY == 2)
    return resizeByBlocks(image, width, height, 2, 2);
  if (resampling == Resampling::Area && scaleX >= 1 && scaleY >= 1)
    return isWhole ? resizeByBlocks(image, width, height, stepX, stepY)
                   : resizeByArea(image, width, height, scaleX, scaleY);
  return resizeLinear(image, width, height);
}

} // namespace bstc

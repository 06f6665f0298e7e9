#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/quantizer.h"
#include "backends/simulator/arithmetic.h"

#include <cstring>

namespace bst {
namespace {

/// Elements that are converted at a time, small enough to stay in the first-level cache.
constexpr int64_t chunkElements = 8192;

/// How many of a map's `pixels` positions to take at a time, all channels together.
int64_t chunkPixels(int64_t channels, int64_t pixels) {
  return std::clamp<int64_t>(chunkElements / channels, 16, std::max<int64_t>(16, pixels));
}

/// A tensor as [batch][channels][pixels], the order of its float side. On its 8-bit side the
/// channels may be innermost.
struct Planes {
  int64_t batch = 1, channels = 1, pixels = 1;
  bool channelsLast = false;

  explicit Planes(const Tensor &quantised) {
    if (quantised.layout == Layout::RowMajor) {
      pixels = int64_t(elementCount(quantised));
      return;
    }
    // Ohwi differs from Nhwc in the names of its axes only.
    Extents4 e(quantised);
    batch = e.n, channels = e.c, pixels = e.h * e.w;
    channelsLast = channels > 1;
  }
};

/// Values one after the other.
void quantizeValues(const Quantizer &quantizer, const float *from, uint8_t *to, int64_t count,
                    Isa isa) {
  int64_t done = 0;
#if BST_X86
  // A reciprocal is exact enough where neither it nor the scale is subnormal.
  constexpr float least = 0x1p-100f, most = 0x1p100f;
  if (includes(isa, Isa::Avx512Vnni) && quantizer.scale > least && quantizer.scale < most)
    done = quantizeAvx512(quantizer, from, to, count);
#endif
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    Quantizer::run(quantizer, from + done, to + done, count - done);
  });
}

/// to[pixel][channel] = lines[channel][pixel]; lines are `pitch` bytes apart.
BST_INLINE void interleave(const uint8_t *lines, int64_t pitch, int64_t channels, int64_t count,
                           uint8_t *to) {
  if (channels == 3) { // The image: in a form that compilers turn into shuffles.
    const uint8_t *a = lines, *b = lines + pitch, *c = lines + 2 * pitch;
    for (int64_t i = 0; i < count; ++i) {
      to[3 * i] = a[i];
      to[3 * i + 1] = b[i];
      to[3 * i + 2] = c[i];
    }
    return;
  }
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t i = 0; i < count; ++i)
      to[i * channels + c] = lines[c * pitch + i];
}

/// Row by row of x: its values are quantised, laid out with the channels innermost, and dealt out
/// to the pixels of y in runs of `block` positions.
void quantizeBlocks(int32_t block, const TensorView &x, const TensorView &y,
                    const Quantizer &quantizer, const KernelContext &context) {
  const int64_t channels = x.tensor->shape[1], rows = x.tensor->shape[2];
  const int64_t columns = x.tensor->shape[3];
  const int64_t run = block * channels, pixel = run * block;
  const float *in = reinterpret_cast<const float *>(x.data);
  uint8_t *out = reinterpret_cast<uint8_t *>(y.data);
  context.workers.forEach(x.tensor->shape[0] * rows, [&](int64_t item, unsigned thread) {
    const int64_t n = item / rows, row = item % rows;
    uint8_t *lines =
        reinterpret_cast<uint8_t *>(context.scratch) + int64_t(thread) * 2 * channels * columns;
    uint8_t *pixels = lines + channels * columns;
    for (int64_t c = 0; c < channels; ++c)
      quantizeValues(quantizer, in + ((n * channels + c) * rows + row) * columns,
                     lines + c * columns, columns, context.isa);
    uint8_t *to = out + (n * rows + row / block * block) * columns * channels + row % block * run;
    runFor(context.isa, [&]() BST_ALWAYS_INLINE {
      interleave(lines, columns, channels, columns, pixels);
      for (int64_t i = 0; i < columns / block; ++i)
        std::memcpy(to + i * pixel, pixels + i * run, size_t(run));
    });
  });
}

} // namespace

uint64_t quantizeScratchSize(const QuantizeParams &params, const Tensor &x, const Tensor &y,
                             unsigned threads) {
  if (params.block > 1)
    return threads * 2 * uint64_t(x.shape[1]) * uint64_t(x.shape[3]);
  Planes planes(y);
  return planes.channelsLast
             ? threads * uint64_t(chunkPixels(planes.channels, planes.pixels) * planes.channels)
             : 0;
}

void runQuantize(const QuantizeParams &params, const TensorView &x, const TensorView &y,
                 const KernelContext &context) {
  const Planes planes(*y.tensor);
  const Range range = rangeOf(y.tensor->dtype);
  const Quantizer quantizer{y.tensor->scale, y.tensor->zeroPoint, range.lo, range.hi};
  if (params.block > 1)
    return quantizeBlocks(params.block, x, y, quantizer, context);
  const float *in = reinterpret_cast<const float *>(x.data);
  uint8_t *out = reinterpret_cast<uint8_t *>(y.data);
  if (!planes.channelsLast)
    return forParts(context.workers, planes.batch * planes.channels * planes.pixels, chunkElements,
                    [&](int64_t first, int64_t count) {
                      quantizeValues(quantizer, in + first, out + first, count, context.isa);
                    });
  const int64_t chunk = chunkPixels(planes.channels, planes.pixels);
  const int64_t chunks = (planes.pixels + chunk - 1) / chunk;
  context.workers.forEach(planes.batch * chunks, [&](int64_t item, unsigned thread) {
    const int64_t n = item / chunks, p = item % chunks * chunk;
    const int64_t count = std::min(chunk, planes.pixels - p);
    uint8_t *lines =
        reinterpret_cast<uint8_t *>(context.scratch) + thread * chunk * planes.channels;
    for (int64_t c = 0; c < planes.channels; ++c)
      quantizeValues(quantizer, in + (n * planes.channels + c) * planes.pixels + p,
                     lines + c * chunk, count, context.isa);
    runFor(context.isa, [&]() BST_ALWAYS_INLINE {
      interleave(lines, chunk, planes.channels, count,
                 out + (n * planes.pixels + p) * planes.channels);
    });
  });
}

void runDequantize(const TensorView &x, const TensorView &y, Isa isa) {
  const Planes planes(*x.tensor);
  const float scale = x.tensor->scale;
  const int32_t zeroPoint = x.tensor->zeroPoint;
  const bool isSigned = x.tensor->dtype == DType::S8;
  const uint8_t *in = reinterpret_cast<const uint8_t *>(x.data);
  float *out = reinterpret_cast<float *>(y.data);
  runFor(isa, [&]() BST_ALWAYS_INLINE {
    int64_t chunk =
        planes.channelsLast ? chunkPixels(planes.channels, planes.pixels) : planes.pixels;
    for (int64_t n = 0; n < planes.batch; ++n)
      for (int64_t p = 0; p < planes.pixels; p += chunk)
        for (int64_t c = 0; c < planes.channels; ++c) {
          int64_t count = std::min(chunk, planes.pixels - p);
          const uint8_t *from = in + (n * planes.pixels + p) * planes.channels + c;
          float *to = out + (n * planes.channels + c) * planes.pixels + p;
          for (int64_t i = 0; i < count; ++i)
            to[i] = float(valueOf(from[i * planes.channels], isSigned) - zeroPoint) * scale;
        }
  });
}

} // namespace bst

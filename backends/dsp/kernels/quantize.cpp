#include "backends/dsp/kernels/kernels.h"
#include "backends/dsp/kernels/quantizer.h"
#include "backends/simulator/arithmetic.h"

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

} // namespace

uint64_t quantizeScratchSize(const Tensor &y, unsigned threads) {
  Planes planes(y);
  return planes.channelsLast
             ? threads * uint64_t(chunkPixels(planes.channels, planes.pixels) * planes.channels)
             : 0;
}

void runQuantize(const TensorView &x, const TensorView &y, const KernelContext &context) {
  const Planes planes(*y.tensor);
  const Range range = rangeOf(y.tensor->dtype);
  const Quantizer quantizer{y.tensor->scale, y.tensor->zeroPoint, range.lo, range.hi};
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

// The tail of YOLOv5n at 640 pixels on int8 heads: detection in one command against decode and
// suppression one after the other, in turns.
#include "backends/dsp/kernels/head.h"
#include "backends/dsp/kernels/kernels.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>

namespace bstc::bench {
namespace {

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Bytes = std::unique_ptr<std::byte, Free>;
Bytes bytesOf(uint64_t size) {
  return Bytes(static_cast<std::byte *>(std::aligned_alloc(64, (size + 63) / 64 * 64)));
}

template <class Body> double secondsOf(const Body &body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Three heads as trained networks give them: sigmoids of nearly all objectness below 0.001, those
/// of \p confident of them anything; one class stands out of the 80.
class Tail {
public:
  Tail(double confident, const bst::NmsOptions &options) {
    params.options = options;
    for (size_t level = 0; level < 3; ++level) {
      const int32_t side = 80 >> level;
      bst::Tensor &head = heads[level];
      head.dtype = bst::DType::S8;
      head.layout = bst::Layout::Nhwc;
      head.shape = {1, 255, side, side};
      head.scale = 0.1f;
      head.zeroPoint = 60;
      memory[level] = bytesOf(bst::elementCount(head));
      draw(memory[level].get(), bst::elementCount(head) / 85, confident);
      views[level] = {&head, memory[level].get()};
      params.decode.strides.push_back(float(8 << level));
      params.thresholds.push_back(bst::objectnessThreshold(head, options.confidence));
    }
    params.decode.anchors = {10, 13, 16,  30,  33, 23,  30,  61,  62,
                             45, 59, 119, 116, 90, 156, 198, 373, 326};
    rows.shape = {1, 25200, 85};
    result.shape = {int32_t(params.nms().resultSize())};
    predictions = bytesOf(bst::elementCount(rows) * sizeof(float));
    for (Bytes *output : {&one, &two})
      *output = bytesOf(bst::elementCount(result) * sizeof(float));
    scratch = bytesOf(std::max({bst::detectScratchSize(params, 25200),
                                bst::yoloDecodeScratchSize(params.decode, 1),
                                bst::nmsCommandScratchSize(params.nms(), rows)}));
  }

  void detect() { runDetect(params, views, {&result, one.get()}, context()); }
  void decodeAndSuppress() {
    runYoloDecode(params.decode, views, {&rows, predictions.get()}, context());
    runNms(params.nms(), {&rows, predictions.get()}, {&result, two.get()}, context());
  }
  bool same() const {
    return std::memcmp(one.get(), two.get(), bst::elementCount(result) * sizeof(float)) == 0;
  }
  float count() const {
    return reinterpret_cast<const float *>(one.get())[bst::elementCount(result) - 1];
  }

private:
  void draw(std::byte *bytes, uint64_t boxes, double confident) {
    std::uniform_real_distribution<double> unit(0, 1);
    for (uint64_t box = 0; box < boxes; ++box)
      for (int i = 0; i < 85; ++i, ++bytes) {
        const bool objectness = i == 4, own = i == 5 + int(box % 80);
        const bool high = objectness ? unit(random) < confident : own || i < 4;
        *bytes = std::byte(high ? 30 + random() % 80 : uint64_t(-120 + int(random() % 100)));
      }
  }
  bst::KernelContext context() { return {bst::supportedIsas().front(), workers, scratch.get()}; }

  bst::DetectParams params;
  bst::Tensor heads[3], rows, result;
  bst::TensorView views[3];
  Bytes memory[3], predictions, one, two, scratch;
  bst::Workers workers{1};
  std::mt19937 random{1};
};

/// Counter `vs_decode_and_nms`: how many times faster the least time is than theirs.
void detect(benchmark::State &state, double confident, const bst::NmsOptions &options) {
  Tail tail(confident, options);
  double least = 1e9, leastOfTwo = 1e9;
  for ([[maybe_unused]] auto _ : state) {
    leastOfTwo = std::min(leastOfTwo, secondsOf([&] { tail.decodeAndSuppress(); }));
    const double seconds = secondsOf([&] { tail.detect(); });
    least = std::min(least, seconds);
    state.SetIterationTime(seconds);
  }
  if (!tail.same())
    state.SkipWithError("is not what decode and suppression give");
  state.counters["boxes"] = double(tail.count());
  state.counters["decode_and_nms_us"] = leastOfTwo * 1e6;
  state.counters["vs_decode_and_nms"] = leastOfTwo / least;
}

constexpr bst::NmsOptions shown = {},
                          measured = {.confidence = 0.001f, .iou = 0.6, .multiLabel = true};
void settings(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}
BENCHMARK_CAPTURE(detect, shown_one_box_in_200, 0.005, shown)->Apply(settings);
BENCHMARK_CAPTURE(detect, measured_one_box_in_20, 0.05, measured)->Apply(settings);

} // namespace
} // namespace bstc::bench

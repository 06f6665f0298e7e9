// Non-maximum suppression of YOLOv5's predictions at 640 pixels, against the textbook: all
// candidates in one list, sorted, every pair compared.
#include "backends/dsp/kernels/nms.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

namespace bstc::bench {
namespace {

constexpr int64_t rowCount = 25200;
constexpr int32_t classes = 80;
constexpr size_t width = 5 + classes;

/// Boxes around 60 objects. \p confident: the share of the rows whose objectness is not tiny.
std::vector<float> drawPredictions(double confident) {
  std::mt19937 random{1};
  std::uniform_real_distribution<float> unit(0, 1);
  std::vector<float> numbers;
  numbers.reserve(size_t(rowCount) * width);
  for (int64_t r = 0; r < rowCount; ++r) {
    const auto object = float(random() % 60);
    const bool high = unit(random) < float(confident);
    numbers.insert(numbers.end(), {object * 10 + 8 * unit(random), object * 9 + 8 * unit(random),
                                   20 + 40 * unit(random), 20 + 40 * unit(random),
                                   high ? unit(random) : 1e-4f * unit(random)});
    for (int32_t c = 0; c < classes; ++c)
      numbers.push_back(c == int32_t(object) ? unit(random) : 0.02f * unit(random));
  }
  return numbers;
}

float overlap(const bst::NmsBox &a, const bst::NmsBox &b) {
  const float w = std::max(0.0f, std::min(a.x2, b.x2) - std::max(a.x1, b.x1));
  const float h = std::max(0.0f, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const float common = w * h;
  return common / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - common);
}

std::vector<bst::NmsBox> textbook(const std::vector<float> &numbers,
                                  const bst::NmsOptions &options) {
  std::vector<bst::NmsBox> boxes, kept;
  for (uint32_t r = 0; r < rowCount; ++r)
    for (int32_t c = 0; c < classes; ++c) {
      const float *row = &numbers[r * width];
      if (const float score = row[4] * row[5 + c]; score > options.confidence)
        boxes.push_back({row[0] - row[2] / 2, row[1] - row[3] / 2, row[0] + row[2] / 2,
                         row[1] + row[3] / 2, score, c, r});
    }
  std::stable_sort(boxes.begin(), boxes.end(),
                   [](const auto &a, const auto &b) { return a.score > b.score; });
  boxes.resize(std::min(boxes.size(), size_t(options.maxCandidates)));
  std::vector<bool> suppressed(boxes.size());
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (suppressed[i])
      continue;
    kept.push_back(boxes[i]);
    for (size_t j = i + 1; j < boxes.size(); ++j)
      if (boxes[i].classIndex == boxes[j].classIndex &&
          double(overlap(boxes[i], boxes[j])) > options.iou)
        suppressed[j] = true;
  }
  kept.resize(std::min(kept.size(), size_t(options.maxDetections)));
  return kept;
}

template <class Body> double secondsOf(const Body &body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// As `bstc eval` asks for it: every class above 0.001. Counter `vs_textbook`: how many times
/// faster the least time is than the textbook's least.
void suppress(benchmark::State &state, double confident) {
  const std::vector<float> numbers = drawPredictions(confident);
  const bst::NmsOptions options = {.confidence = 0.001f, .iou = 0.6, .multiLabel = true};
  const bst::NmsPredictions predictions = {
      .data = numbers.data(), .rows = rowCount, .classes = classes};
  std::vector<uint64_t> scratch(bst::nmsScratchSize(rowCount, classes, options) / 8);
  std::vector<bst::NmsBox> kept(300);
  double least = 1e9, leastTextbook = 1e9;
  size_t count = 0;
  for (int i = 0; i < 3; ++i)
    leastTextbook = std::min(leastTextbook, secondsOf([&] {
                               benchmark::DoNotOptimize(count = textbook(numbers, options).size());
                             }));
  for ([[maybe_unused]] auto _ : state) {
    const double seconds = secondsOf([&] {
      const size_t found =
          suppressBoxes(predictions, options, kept, reinterpret_cast<std::byte *>(scratch.data()),
                        bst::supportedIsas().front());
      if (found != count)
        state.SkipWithError("kept another number of boxes than the textbook");
    });
    least = std::min(least, seconds);
    state.SetIterationTime(seconds);
  }
  state.counters["vs_textbook"] = leastTextbook / least;
}

BENCHMARK_CAPTURE(suppress, one_row_in_20, 0.05)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(suppress, every_row, 1.0)->UseManualTime()->Unit(benchmark::kMicrosecond);

} // namespace
} // namespace bstc::bench

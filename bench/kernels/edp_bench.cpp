// EDP's element-wise commands on the largest maps on which YOLOv5n at 640 pixels runs them.
#include "bench/kernels/command_case.h"

namespace bstc::bench {
namespace {

constexpr int32_t channels = 32, size = 160;
constexpr double elements = double(channels) * size * size;

bst::Tensor map(int32_t depth = channels) { return featureMap(depth, size, size, bst::DType::S8); }

void time(benchmark::State &state, CommandCase &test, double count) {
  timeAgainstScalar(state, "Gelement/s", count, [&](bst::Simulator &device) { test.run(device); });
}

void lut(benchmark::State &state) {
  CommandCase test;
  test.addInput(map());
  test.setOutput(map());
  bst::LutParams params;
  for (int i = 0; i < 256; ++i)
    params.table.push_back(uint8_t(i * 7));
  test.setParams(params);
  time(state, test, elements);
}

void add(benchmark::State &state) {
  CommandCase test;
  test.addInput(map());
  test.addInput(map());
  test.setOutput(map());
  test.setParams(bst::AddParams{.multiplierA = 1500000000, .multiplierB = 900000000, .shift = 31});
  time(state, test, elements);
}

void mul(benchmark::State &state) {
  CommandCase test;
  test.addInput(map());
  test.addInput(map());
  test.setOutput(map());
  test.setParams(bst::MulParams{.requant = {.multiplier = 1500000000, .shift = 37}});
  time(state, test, elements);
}

void concat(benchmark::State &state, bool rescale) {
  CommandCase test;
  test.addInput(map(channels / 2));
  test.addInput(map(channels / 2));
  test.setOutput(map());
  bst::ConcatParams params;
  params.copy = {1, uint8_t(rescale ? 0 : 1)};
  params.requant.assign(2, {.multiplier = 1900000000, .shift = 31});
  test.setParams(params);
  time(state, test, elements);
}

void maxPool(benchmark::State &state) {
  CommandCase test;
  test.addInput(featureMap(128, 20, 20, bst::DType::S8));
  test.setOutput(featureMap(128, 20, 20, bst::DType::S8));
  test.setParams(bst::MaxPoolParams{
      {.kernelH = 5, .kernelW = 5, .padTop = 2, .padLeft = 2, .padBottom = 2, .padRight = 2}});
  time(state, test, 128.0 * 20 * 20);
}

void resize(benchmark::State &state) {
  CommandCase test;
  test.addInput(featureMap(64, 40, 40, bst::DType::S8));
  test.setOutput(featureMap(64, 80, 80, bst::DType::S8));
  bst::ResizeParams params;
  for (int32_t i = 0; i < 80; ++i) {
    params.rows.push_back(i / 2);
    params.columns.push_back(i / 2);
  }
  test.setParams(params);
  time(state, test, 64.0 * 80 * 80);
}

void settings(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}
BENCHMARK(lut)->Apply(settings);
BENCHMARK(add)->Apply(settings);
BENCHMARK(mul)->Apply(settings);
BENCHMARK_CAPTURE(concat, copy, false)->Apply(settings);
BENCHMARK_CAPTURE(concat, rescale, true)->Apply(settings);
BENCHMARK(maxPool)->Apply(settings);
BENCHMARK(resize)->Apply(settings);

} // namespace
} // namespace bstc::bench

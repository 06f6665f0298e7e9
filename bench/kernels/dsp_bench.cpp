// DSP's commands around the heads of YOLOv5n at 640 pixels; its convolutions are in conv_bench.cpp.
#include "bench/kernels/command_case.h"

namespace bstc::bench {
namespace {

constexpr int32_t boxes = 25200, width = 85;

void time(benchmark::State &state, CommandCase &test, double count) {
  timeAgainstScalar(state, "Gelement/s", count, [&](bst::Simulator &device) { test.run(device); });
}

void quantizeImage(benchmark::State &state) {
  CommandCase test;
  test.addInput(floatTensor({1, 3, 640, 640}));
  test.setOutput(featureMap(3, 640, 640, bst::DType::S8));
  test.setParams(bst::QuantizeParams{});
  time(state, test, 3.0 * 640 * 640);
}

void dequantizeHead(benchmark::State &state) {
  CommandCase test;
  test.addInput(featureMap(255, 80, 80, bst::DType::S8));
  test.setOutput(floatTensor({1, 255, 80, 80}));
  test.setParams(bst::DequantizeParams{});
  time(state, test, 255.0 * 80 * 80);
}

void decode(benchmark::State &state, bool quantised) {
  CommandCase test;
  bst::YoloDecodeParams params;
  for (int32_t size : {80, 40, 20}) {
    if (quantised)
      test.addInput(featureMap(255, size, size, bst::DType::S8));
    else
      test.addInput(floatTensor({1, 255, size, size}));
    params.strides.push_back(640.0f / float(size));
    params.anchors.insert(params.anchors.end(), {10, 13, 16, 30, 33, 23});
  }
  test.setOutput(floatTensor({1, boxes, width}));
  test.setParams(params);
  time(state, test, double(boxes) * width);
}

void unary(benchmark::State &state, bst::UnaryFn fn) {
  CommandCase test;
  test.addInput(floatTensor({1, boxes, width}));
  test.setOutput(floatTensor({1, boxes, width}));
  test.setParams(bst::FloatUnaryParams{.fn = fn});
  time(state, test, double(boxes) * width);
}

void binary(benchmark::State &state, std::vector<int32_t> other) {
  CommandCase test;
  test.addInput(floatTensor({1, boxes, width}));
  test.addInput(floatTensor(std::move(other)));
  test.setOutput(floatTensor({1, boxes, width}));
  test.setParams(bst::FloatBinaryParams{.fn = bst::BinaryFn::Mul});
  time(state, test, double(boxes) * width);
}

/// As an unrecognised decode does it: channels last, pixel by pixel.
void transposeHead(benchmark::State &state) {
  CommandCase test;
  test.addInput(floatTensor({1, 3, width, 80, 80}));
  test.setOutput(floatTensor({1, 3, 80, 80, width}));
  test.setParams(bst::TransposeParams{{0, 1, 3, 4, 2}});
  time(state, test, 3.0 * width * 80 * 80);
}

void matMul(benchmark::State &state) {
  CommandCase test;
  test.addInput(floatTensor({400, 512}));
  test.addInput(floatTensor({512, 400}));
  test.setOutput(floatTensor({400, 400}));
  test.setParams(bst::MatMulParams{});
  timeAgainstScalar(state, "GMAC/s", 400.0 * 400 * 512,
                    [&](bst::Simulator &device) { test.run(device); });
}

void settings(benchmark::internal::Benchmark *benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}
BENCHMARK(quantizeImage)->Apply(settings);
BENCHMARK(dequantizeHead)->Apply(settings);
BENCHMARK_CAPTURE(decode, s8, true)->Apply(settings);
BENCHMARK_CAPTURE(decode, float, false)->Apply(settings);
BENCHMARK_CAPTURE(unary, sigmoid, bst::UnaryFn::Sigmoid)->Apply(settings);
BENCHMARK_CAPTURE(unary, relu, bst::UnaryFn::Relu)->Apply(settings);
BENCHMARK_CAPTURE(binary, same_shape, {1, boxes, width})->Apply(settings);
BENCHMARK_CAPTURE(binary, scalar, {1})->Apply(settings);
BENCHMARK_CAPTURE(binary, row, {width})->Apply(settings);
BENCHMARK(transposeHead)->Apply(settings);
BENCHMARK(matMul)->Apply(settings);

} // namespace
} // namespace bstc::bench

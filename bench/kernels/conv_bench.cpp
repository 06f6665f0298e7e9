// Convolutions, 8-bit and float: every shape of YOLOv5n at 640 pixels, one by one and together.
#include "bench/kernels/command_case.h"

#include <string>

namespace bstc::bench {
namespace {

struct Shape {
  int32_t in, out, kernel, stride, size; ///< size: of the output, in pixels.
  int32_t count;                         ///< How often it occurs in the network.

  int32_t pad() const { return kernel == 6 ? 2 : kernel / 2; }
  double macs() const { return double(in) * out * kernel * kernel * size * size; }
  std::string name() const {
    return std::to_string(in) + "->" + std::to_string(out) + "_" + std::to_string(kernel) + "/" +
           std::to_string(stride) + "@" + std::to_string(size);
  }
};

constexpr Shape yolov5n[] = {
    {3, 16, 6, 2, 320, 1},   {16, 32, 3, 2, 160, 1},  {32, 16, 1, 1, 160, 2},
    {16, 16, 1, 1, 160, 1},  {16, 16, 3, 1, 160, 1},  {32, 32, 1, 1, 160, 1},
    {32, 64, 3, 2, 80, 1},   {64, 32, 1, 1, 80, 2},   {32, 32, 1, 1, 80, 3},
    {32, 32, 3, 1, 80, 3},   {64, 64, 1, 1, 80, 2},   {64, 128, 3, 2, 40, 1},
    {128, 64, 1, 1, 40, 5},  {64, 64, 1, 1, 40, 5},   {64, 64, 3, 1, 40, 5},
    {128, 128, 1, 1, 40, 3}, {128, 256, 3, 2, 20, 1}, {256, 128, 1, 1, 20, 6},
    {128, 128, 1, 1, 20, 2}, {128, 128, 3, 1, 20, 2}, {256, 256, 1, 1, 20, 2},
    {512, 256, 1, 1, 20, 1}, {256, 64, 1, 1, 40, 2},  {128, 32, 1, 1, 80, 2},
    {64, 64, 3, 2, 40, 1},   {128, 128, 3, 2, 20, 1}, {64, 255, 1, 1, 80, 1},
    {128, 255, 1, 1, 40, 1}, {256, 255, 1, 1, 20, 1},
};

/// A depthwise block of MobileNetV2.
constexpr Shape depthwise = {144, 144, 3, 1, 56, 1};

bst::Window windowOf(const Shape &s) {
  int32_t pad = s.pad();
  return {.kernelH = s.kernel,
          .kernelW = s.kernel,
          .strideH = s.stride,
          .strideW = s.stride,
          .padTop = pad,
          .padLeft = pad,
          .padBottom = pad,
          .padRight = pad};
}

void fill(CommandCase &test, const Shape &s, int32_t groups, bst::DType dtype) {
  test.addInput(featureMap(s.in, s.size * s.stride, s.size * s.stride, dtype));
  bst::ConvParams params;
  params.window = windowOf(s);
  params.groups = groups;
  bst::Tensor weights = featureMap(s.in / groups, s.kernel, s.kernel, bst::DType::S8);
  weights.layout = bst::weightLayout(params);
  weights.shape[0] = s.out;
  test.addInput(weights);
  bst::Tensor output = featureMap(s.out, s.size, s.size, dtype);
  test.setOutput(output);
  params.bias.assign(size_t(s.out), 1000);
  params.requant.assign(size_t(s.out), {.multiplier = 1518500250, .shift = 40});
  params.clampLo = output.zeroPoint; // ReLU.
  params.clampHi = dtype == bst::DType::S8 ? 127 : 255;
  test.setParams(std::move(params));
}

void fillFloat(CommandCase &test, const Shape &s) {
  test.addInput(floatTensor({1, s.in, s.size * s.stride, s.size * s.stride}));
  test.addInput(floatTensor({s.out, s.in, s.kernel, s.kernel}));
  test.addInput(floatTensor({s.out}));
  test.setOutput(floatTensor({1, s.out, s.size, s.size}));
  test.setParams(bst::FloatConvParams{.window = windowOf(s), .clampLo = 0, .clampHi = 1e30f});
}

using Fill = std::function<void(CommandCase &, const Shape &)>;

void timeOne(benchmark::State &state, const Shape &shape, double macs, const Fill &fillCase) {
  CommandCase test;
  fillCase(test, shape);
  timeAgainstScalar(state, "GMAC/s", macs, [&](bst::Simulator &device) { test.run(device); });
}

/// Every convolution of the network, as often as it occurs.
void timeNetwork(benchmark::State &state, const Fill &fillCase) {
  std::vector<std::unique_ptr<CommandCase>> cases;
  double macs = 0;
  for (const Shape &shape : yolov5n) {
    cases.push_back(std::make_unique<CommandCase>());
    fillCase(*cases.back(), shape);
    macs += shape.macs() * shape.count;
  }
  timeAgainstScalar(state, "GMAC/s", macs, [&](bst::Simulator &device) {
    for (size_t i = 0; i < cases.size(); ++i)
      for (int32_t n = 0; n < yolov5n[i].count; ++n)
        cases[i]->run(device);
  });
}

void registerFamily(const std::string &family, const Fill &fillCase) {
  auto add = [](const std::string &name, auto body) {
    benchmark::RegisterBenchmark(name.c_str(), body)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  };
  add(family + "/yolov5n", [=](benchmark::State &state) { timeNetwork(state, fillCase); });
  for (const Shape &shape : yolov5n)
    add(family + "/" + shape.name(),
        [=](benchmark::State &state) { timeOne(state, shape, shape.macs(), fillCase); });
}

const bool registered = [] {
  registerFamily("conv_s8", [](CommandCase &test, const Shape &shape) {
    fill(test, shape, 1, bst::DType::S8);
  });
  registerFamily("conv_u8", [](CommandCase &test, const Shape &shape) {
    fill(test, shape, 1, bst::DType::U8);
  });
  registerFamily("float_conv", fillFloat);
  benchmark::RegisterBenchmark("depthwise_s8/144_3/1@56",
                               [](benchmark::State &state) {
                                 timeOne(state, depthwise, depthwise.macs() / depthwise.in,
                                         [](CommandCase &test, const Shape &shape) {
                                           fill(test, shape, shape.in, bst::DType::S8);
                                         });
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
  return true;
}();

} // namespace
} // namespace bstc::bench

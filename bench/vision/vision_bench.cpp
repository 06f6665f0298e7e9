// A picture from its JPEG bytes to detections that are compared with labels: each part as a share
// of the time that the network takes in the same run. The network's weights are random, so the
// confidence is one at which it finds about as much as a trained one does.

#include "bench/support/zoo_package.h"
#include "driver/package_run.h"
#include "runtime/package/package.h"
#include "vision/accuracy/picture_matches.h"
#include "vision/detect/detector.h"
#include "vision/image/image_file.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cmath>
#include <limits>

using namespace bstc;
using namespace bstc::bench;

namespace {

/// 640 x 480 pixels with edges and smooth parts, as a photograph has them.
std::string photograph() {
  Image image;
  image.width = 640;
  image.height = 480;
  image.pixels.resize(size_t(image.width) * size_t(image.height) * 3);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const double waves = std::sin(x * 0.05 * (c + 1)) + std::cos(y * 0.03 + c) +
                             0.3 * std::sin(x * 0.9) * std::cos(y * 0.7);
        image.at(x, y)[c] = uint8_t(128 + 40 * waves + ((x / 40 + y / 30) % 2 ? 20 : 0));
      }
  return llvm::cantFail(encodeJpeg(image));
}

/// Ten labels here and there.
std::vector<Label> someLabels() {
  std::vector<Label> labels(10);
  for (size_t i = 0; i < labels.size(); ++i) {
    const float corner = float(i) * 0.08f;
    labels[i].classIndex = int32_t(i);
    labels[i].box = {corner, corner, corner + 0.2f, corner + 0.2f};
  }
  return labels;
}

class Least {
public:
  void add(double seconds) { least = std::min(least, seconds); }
  double seconds() const { return least; }

private:
  double least = std::numeric_limits<double>::infinity();
};

void picture(benchmark::State &state, const char *network, ZooOptions::Quant quant) {
  const std::vector<std::byte> bytes =
      packageOf(zooModel(network, ZooOptions::Activation::Relu, quant));
  const bstrt::Package package = llvm::cantFail(openInMemory(bytes));
  const bstrt::Device device = llvm::cantFail(openSimulator());
  DetectorOptions options;
  options.nms = {.confidence = 0.3f, .iou = 0.6, .multiLabel = true};
  options.fit = DetectorOptions::Fit::Evaluate;
  const auto detector = llvm::cantFail(Detector::create(package, device, options));
  const std::string jpeg = photograph();
  const std::vector<Label> labels = someLabels();
  const DetectorContract &contract = detector->contract();

  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  Least decode, prepare, run, finish, match;
  size_t detections = 0;
  for (auto _ : state) {
    Clock::time_point start = Clock::now();
    const Image image = llvm::cantFail(decodeImage(jpeg, "photograph"));
    decode.add(since(start));
    const PictureDetections found = llvm::cantFail(detector->detect(image));
    prepare.add(found.prepareSeconds);
    run.add(found.networkSeconds);
    finish.add(found.finishSeconds);
    start = Clock::now();
    benchmark::DoNotOptimize(matchPicture(
        labels, found.detections, found.masks,
        letterboxToEvaluate(image.width, image.height, contract.width, contract.height)));
    match.add(since(start));
    detections = found.detections.size();
  }
  const auto share = [&](const Least &part) { return part.seconds() / run.seconds(); };
  state.counters["network_ms"] = run.seconds() * 1e3;
  state.counters["decode_of_network"] = share(decode);
  state.counters["prepare_of_network"] = share(prepare);
  state.counters["finish_of_network"] = share(finish);
  state.counters["match_of_network"] = share(match);
  state.counters["beside_network"] = share(decode) + share(prepare) + share(finish) + share(match);
  state.counters["detections"] = double(detections);
}

} // namespace

BENCHMARK_CAPTURE(picture, yolov5n_int8, "yolov5n", ZooOptions::Quant::S8)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(100);
BENCHMARK_CAPTURE(picture, yolov5s_int8, "yolov5s", ZooOptions::Quant::S8)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(50);
BENCHMARK_CAPTURE(picture, yolov5n_float, "yolov5n", ZooOptions::Quant::Float)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(20);

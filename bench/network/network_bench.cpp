// Whole networks of the zoo, one thread: import and compile, load of the package, run. The run also
// as a ratio: share of the time that the float form of the same network takes on the DSP kernels.

#include "backends/simulator/simulator.h"
#include "driver/compile.h"
#include "frontend/import.h"
#include "runtime/package.h"
#include "runtime/session.h"
#include "tools/zoo/zoo.h"

#include <benchmark/benchmark.h>
#include <chrono>

using namespace bstc;

namespace {

std::string zooModel(const char *network, ZooOptions::Activation activation,
                     ZooOptions::Quant quant) {
  ZooOptions options;
  options.network = network;
  options.activation = activation;
  options.quant = quant;
  return llvm::cantFail(buildZooModel(options));
}

std::vector<std::byte> packageOf(llvm::StringRef model) {
  CompileOptions options;
  options.fidelity = false;
  return llvm::cantFail(compile(llvm::cantFail(importOnnx(model, "zoo")), options)).package;
}

/// A loaded network, ready to run.
struct Runner {
  explicit Runner(llvm::ArrayRef<std::byte> bytes) : device(bst::createSimulator()) {
    bst::Status status = bst::Package::fromMemory({bytes.data(), bytes.size()}, package);
    if (status.ok())
      status = bst::Session::create(package->program(), *device, session);
    ok = status.ok();
  }
  double seconds() {
    auto start = std::chrono::steady_clock::now();
    ok = ok && session->run().ok();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::unique_ptr<bst::Device> device;
  std::unique_ptr<bst::Package> package;
  std::unique_ptr<bst::Session> session;
  bool ok = false;
};

constexpr auto relu = ZooOptions::Activation::Relu, silu = ZooOptions::Activation::Silu;

void compileNetwork(benchmark::State &state, const char *network, bool fidelity) {
  const std::string model = zooModel(network, relu, ZooOptions::Quant::S8);
  CompileOptions options;
  options.fidelity = fidelity;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        llvm::cantFail(compile(llvm::cantFail(importOnnx(model, "zoo")), options)).package.size());
}

void loadNetwork(benchmark::State &state, const char *network) {
  const auto bytes = packageOf(zooModel(network, relu, ZooOptions::Quant::S8));
  for (auto _ : state) {
    std::unique_ptr<bst::Package> package;
    if (!bst::Package::fromMemory({bytes.data(), bytes.size()}, package).ok())
      state.SkipWithError("the package does not load");
  }
}

void runNetwork(benchmark::State &state, const char *network, ZooOptions::Activation activation) {
  Runner quantised(packageOf(zooModel(network, activation, ZooOptions::Quant::S8)));
  Runner floating(packageOf(zooModel(network, activation, ZooOptions::Quant::Float)));
  const double baseline = floating.seconds();
  double total = 0;
  for (auto _ : state)
    total += quantised.seconds();
  if (!quantised.ok || !floating.ok)
    state.SkipWithError("the network does not run");
  state.counters["of_float_time"] = total / double(state.iterations()) / baseline;
}

} // namespace

BENCHMARK_CAPTURE(compileNetwork, yolov5n, "yolov5n", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compileNetwork, yolov5n_with_fidelity, "yolov5n", true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compileNetwork, yolov5s, "yolov5s", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(loadNetwork, yolov5n, "yolov5n")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(loadNetwork, yolov5s, "yolov5s")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(runNetwork, yolov5n_relu, "yolov5n", relu)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(runNetwork, yolov5n_silu, "yolov5n", silu)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(runNetwork, yolov5s_relu, "yolov5s", relu)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(runNetwork, yolov5m_relu, "yolov5m", relu)->Unit(benchmark::kMillisecond);

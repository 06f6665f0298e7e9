// Whole networks of the zoo: import and compile, load of the package (until it could run), run. The
// run also as a ratio: the network's MACs a second over the int8 peak of as many threads, measured
// in the same run.

#include "backends/simulator/simulator.h"
#include "bench/support/mobilenet.h"
#include "bench/support/zoo_package.h"
#include "driver/compile.h"
#include "driver/package_run.h"
#include "frontend/import.h"
#include "runtime/package/package.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <limits>

using namespace bstc;
using namespace bstc::bench;

namespace {

/// A loaded network, ready to run.
struct Runner {
  explicit Runner(llvm::ArrayRef<std::byte> bytes, unsigned threads = 1) {
    const bstrt::Package package = llvm::cantFail(openInMemory(bytes));
    const bstrt::Device device = llvm::cantFail(openSimulator());
    ok = bst::ProgramSession::create(package, device, session, {.threads = threads}).ok();
  }
  double seconds() {
    auto start = std::chrono::steady_clock::now();
    ok = ok && session->run().ok();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::unique_ptr<bst::ProgramSession> session;
  bool ok = false;
};

constexpr auto relu = ZooOptions::Activation::Relu, silu = ZooOptions::Activation::Silu;

/// Import and compilation, schedule searched, without a receipt, on one core. `of_limit`: the best
/// time over what is promised.
void compileModel(benchmark::State &state, const std::string &model, const CompileOptions &options,
                  double limitSeconds) {
  double best = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    const Compilation compilation =
        llvm::cantFail(compile(llvm::cantFail(importOnnx(model, "zoo")), options));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
    state.counters["macs"] = double(compilation.compiled->program.cost.macs);
  }
  state.counters["best_ms"] = best * 1e3;
  if (limitSeconds > 0)
    state.counters["of_limit"] = best / limitSeconds;
}

void compileNetwork(benchmark::State &state, const char *network, bool fidelity,
                    double limitSeconds = 0) {
  CompileOptions options;
  options.fidelity = fidelity;
  compileModel(state, zooModel(network, relu, ZooOptions::Quant::S8), options, limitSeconds);
}

void compileMobilenet(benchmark::State &state) {
  CompileOptions options;
  options.fidelity = false;
  options.assumeInt8 = true;
  compileModel(state, mobilenetV2Model(), options, /*limitSeconds=*/1);
}

void loadNetwork(benchmark::State &state, const char *network) {
  const auto bytes = packageOf(zooModel(network, relu, ZooOptions::Quant::S8));
  for (auto _ : state)
    if (!Runner(bytes).ok)
      state.SkipWithError("the package does not load");
}

void runNetwork(benchmark::State &state, const char *network, ZooOptions::Activation activation,
                ZooOptions::Quant quant, unsigned threads) {
  Runner runner(packageOf(zooModel(network, activation, quant)), threads);
  double best = runner.seconds();
  const double peak = bst::simulatorPeakMacs(nullptr) * threads;
  for (auto _ : state)
    best = std::min(best, runner.seconds());
  if (!runner.ok)
    state.SkipWithError("the network does not run");
  state.counters["best_ms"] = best * 1e3;
  if (peak > 0)
    state.counters["of_peak"] = double(runner.session->program().cost.macs) / best / peak;
}

constexpr auto s8 = ZooOptions::Quant::S8, u8 = ZooOptions::Quant::U8;

} // namespace

BENCHMARK_CAPTURE(compileNetwork, yolov5n, "yolov5n", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compileNetwork, yolov5n_with_fidelity, "yolov5n", true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compileNetwork, yolov5s, "yolov5s", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compileNetwork, yolov5m, "yolov5m", false, 2)->Unit(benchmark::kMillisecond);
BENCHMARK(compileMobilenet)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(loadNetwork, yolov5n, "yolov5n")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(loadNetwork, yolov5s, "yolov5s")->Unit(benchmark::kMillisecond);
#define RUN(name, network, activation, quant, threads)                                             \
  BENCHMARK_CAPTURE(runNetwork, name, network, activation, quant, threads)                         \
      ->Unit(benchmark::kMillisecond)                                                              \
      ->UseRealTime()
RUN(yolov5n_relu_s8, "yolov5n", relu, s8, 1);
RUN(yolov5n_relu_u8, "yolov5n", relu, u8, 1);
RUN(yolov5n_silu_s8, "yolov5n", silu, s8, 1);
RUN(yolov5s_relu_s8, "yolov5s", relu, s8, 1);
RUN(yolov5s_relu_u8, "yolov5s", relu, u8, 1);
RUN(yolov5s_silu_s8, "yolov5s", silu, s8, 1);
RUN(yolov5m_relu_s8, "yolov5m", relu, s8, 1);
RUN(yolov5n_relu_s8_2_threads, "yolov5n", relu, s8, 2);
RUN(yolov5s_relu_s8_2_threads, "yolov5s", relu, s8, 2);
RUN(yolov5m_relu_s8_2_threads, "yolov5m", relu, s8, 2);

// What predicting costs on yolov5m. `timeline`: 8 frames of its tile program, and of 10 of them one
// after the other; `time_per_op` must stay the same. `steadyState`: the whole prediction, frames
// until they repeat; `of_limit` is over the second that is promised. `fpsRange`: that over the
// ranges of all uncertain fields, `predictions` as many times as `steadyState` alone.

#include "bench/support/zoo_package.h"
#include "driver/compile.h"
#include "frontend/import.h"
#include "partitioner/cost.h"

#include <benchmark/benchmark.h>
#include <chrono>
#include <limits>

using namespace bstc;
using namespace bstc::bench;

namespace {

/// The operations `copies` times; each copy depends on itself alone.
bst::TileProgram repeated(const bst::TileProgram &tiles, uint32_t copies) {
  bst::TileProgram result = tiles;
  const auto count = uint32_t(tiles.ops.size());
  for (uint32_t copy = 1; copy < copies; ++copy)
    for (bst::TileOp op : tiles.ops) {
      for (uint32_t &before : op.dependsOn)
        before += copy * count;
      result.ops.push_back(std::move(op));
    }
  return result;
}

Compilation compiledYolov5m() {
  CompileOptions options;
  options.fidelity = false;
  const std::string model =
      zooModel("yolov5m", ZooOptions::Activation::Relu, ZooOptions::Quant::S8);
  return llvm::cantFail(compile(llvm::cantFail(importOnnx(model, "zoo")), options));
}

void timeline(benchmark::State &state) {
  const Compilation compilation = compiledYolov5m();
  const bst::Program &program = compilation.compiled->program;
  const bst::TileProgram tiles = repeated(program.tiles, uint32_t(state.range(0)));
  for (auto _ : state) {
    const std::vector<OpDemand> demands = tileDemands(program, tiles, compilation.target);
    benchmark::DoNotOptimize(simulate(tiles, demands, compilation.target, 8).endSeconds);
  }
  state.counters["ops"] = double(tiles.ops.size());
  state.counters["time_per_op"] =
      benchmark::Counter(double(tiles.ops.size()), benchmark::Counter::kIsIterationInvariantRate |
                                                       benchmark::Counter::kInvert);
}

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void steadyState(benchmark::State &state) {
  const Compilation compilation = compiledYolov5m();
  const bst::Program &program = compilation.compiled->program;
  double best = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(predictCost(program, compilation.target).framesPerSecond);
    best = std::min(best, secondsSince(start));
  }
  state.counters["of_limit"] = best / 1;
}

void fpsRange(benchmark::State &state) {
  const Compilation compilation = compiledYolov5m();
  const bst::Program &program = compilation.compiled->program;
  double one = std::numeric_limits<double>::infinity(), all = one;
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    const CostReport report = predictCost(program, compilation.target);
    one = std::min(one, secondsSince(start));
    start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(predictRange(program, compilation.target, report).low);
    all = std::min(all, secondsSince(start));
  }
  state.counters["predictions"] = all / one;
}

} // namespace

BENCHMARK(steadyState)->Unit(benchmark::kMillisecond);
BENCHMARK(fpsRange)->Unit(benchmark::kMillisecond);
BENCHMARK(timeline)->Arg(1)->Arg(10)->Unit(benchmark::kMillisecond);

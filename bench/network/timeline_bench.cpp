// The timeline of a frame, and what it costs when there are more operations: yolov5m's tile
// program, and 10 of them one after the other. `time_per_op` (of 8 frames) must stay the same.

#include "bench/support/zoo_package.h"
#include "driver/compile.h"
#include "frontend/import.h"
#include "partitioner/timeline.h"

#include <benchmark/benchmark.h>

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

void timeline(benchmark::State &state) {
  CompileOptions options;
  options.fidelity = false;
  const std::string model =
      zooModel("yolov5m", ZooOptions::Activation::Relu, ZooOptions::Quant::S8);
  const Compilation compilation =
      llvm::cantFail(compile(llvm::cantFail(importOnnx(model, "zoo")), options));
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

} // namespace

BENCHMARK(timeline)->Arg(1)->Arg(10)->Unit(benchmark::kMillisecond);

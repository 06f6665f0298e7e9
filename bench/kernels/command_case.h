#ifndef BSTC_BENCH_KERNELS_COMMAND_CASE_H
#define BSTC_BENCH_KERNELS_COMMAND_CASE_H

#include "backends/simulator/simulator.h"

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <memory>
#include <random>

namespace bstc::bench {

/// Memory as devices expect it: 64-byte aligned.
struct AlignedFree {
  void operator()(std::byte *memory) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedFree>;

/// One command with its tensors and their memory, filled with seeded random numbers.
class CommandCase {
public:
  CommandCase() { program.commands.resize(1); }
  CommandCase(const CommandCase &) = delete;
  CommandCase &operator=(const CommandCase &) = delete;

  /// Adds the next input, or the output, and returns its index.
  uint32_t addInput(bst::Tensor tensor);
  uint32_t setOutput(bst::Tensor tensor);
  void setParams(bst::Params params) { program.commands[0].params = std::move(params); }

  /// Runs the command once; the first call on a device makes it ready.
  void run(bst::Simulator &device);

private:
  uint32_t add(bst::Tensor tensor);

  bst::Program program; ///< Of one command.
  std::vector<AlignedBytes> memory;
  std::map<bst::Simulator *, std::unique_ptr<bst::Execution>> executions;
  std::mt19937 random{1};
};

/// An 8-bit NHWC feature map of scale 0.05; zero point 0 (s8) or 7 (u8).
bst::Tensor featureMap(int32_t channels, int32_t height, int32_t width, bst::DType dtype);
/// A float row-major tensor.
bst::Tensor floatTensor(std::vector<int32_t> shape);

/// Times `run(device)` on the best instruction set of this machine. Counters, both of the fastest
/// iteration: `rate`, work per second in units of 10^9 (\p work: units per run), and `vs_scalar`,
/// how many times faster that is than the portable kernels, which run right before.
void timeAgainstScalar(benchmark::State &state, const char *rate, double work,
                       const std::function<void(bst::Simulator &)> &run);

} // namespace bstc::bench

#endif // BSTC_BENCH_KERNELS_COMMAND_CASE_H

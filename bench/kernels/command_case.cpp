#include "bench/kernels/command_case.h"

#include "backends/simulator/simulator.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace bstc::bench {

void AlignedFree::operator()(std::byte *bytes) const { std::free(bytes); }

static AlignedBytes allocate(uint64_t size) {
  return AlignedBytes(static_cast<std::byte *>(std::aligned_alloc(64, (size + 127) / 64 * 64)));
}

uint32_t CommandCase::add(bst::Tensor tensor) {
  tensor.size = bst::storedSize(tensor);
  AlignedBytes bytes = allocate(tensor.size);
  if (tensor.dtype == bst::DType::F32) {
    std::normal_distribution<float> values(0, 2);
    std::generate_n(reinterpret_cast<float *>(bytes.get()), tensor.size / sizeof(float),
                    [&] { return values(random); });
  } else {
    std::generate_n(bytes.get(), tensor.size, [&] { return std::byte(random()); });
  }
  memory.push_back(std::move(bytes));
  program.tensors.push_back(std::move(tensor));
  return uint32_t(program.tensors.size() - 1);
}

uint32_t CommandCase::addInput(bst::Tensor tensor) {
  program.commands[0].inputs.push_back(add(std::move(tensor)));
  return program.commands[0].inputs.back();
}

uint32_t CommandCase::setOutput(bst::Tensor tensor) {
  program.commands[0].outputs = {add(std::move(tensor))};
  return program.commands[0].outputs.back();
}

void CommandCase::run(bst::Simulator &device) {
  std::unique_ptr<bst::Execution> &execution = executions[&device];
  if (!execution) {
    std::vector<bst::TensorView> tensors;
    for (size_t i = 0; i < memory.size(); ++i)
      tensors.push_back({&program.tensors[i], memory[i].get()});
    if (!device.prepare(program, tensors, {}, execution).ok())
      std::abort();
  }
  if (!execution->run(0).ok())
    std::abort();
}

bst::Tensor featureMap(int32_t channels, int32_t height, int32_t width, bst::DType dtype) {
  bst::Tensor tensor;
  tensor.dtype = dtype;
  tensor.layout = bst::Layout::Nhwc;
  tensor.shape = {1, channels, height, width};
  tensor.scale = 0.05f;
  tensor.zeroPoint = dtype == bst::DType::S8 ? 0 : 7;
  return tensor;
}

bst::Tensor floatTensor(std::vector<int32_t> shape) {
  bst::Tensor tensor;
  tensor.shape = std::move(shape);
  return tensor;
}

/// The simulator of one instruction set; null: the best.
static bst::Simulator &device(const char *isa) {
  std::unique_ptr<bst::Simulator> created;
  if (!bst::createSimulator(isa, created).ok())
    std::abort();
  static std::vector<std::unique_ptr<bst::Simulator>> devices;
  devices.push_back(std::move(created));
  return *devices.back();
}

void timeAgainstScalar(benchmark::State &state, const char *rate, double work,
                       const std::function<void(bst::Simulator &)> &run) {
  using Clock = std::chrono::steady_clock;
  static bst::Simulator &fast = device(nullptr), &scalar = device("scalar");
  auto seconds = [&](bst::Simulator &on) {
    auto start = Clock::now();
    run(on);
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  seconds(scalar);
  double scalarBest = std::min(seconds(scalar), seconds(scalar));
  seconds(fast);
  double fastBest = 1e30;
  for (auto _ : state) {
    double once = seconds(fast);
    state.SetIterationTime(once);
    fastBest = std::min(fastBest, once);
  }
  state.counters[rate] = work * 1e-9 / fastBest;
  state.counters["vs_scalar"] = scalarBest / fastBest;
}

} // namespace bstc::bench

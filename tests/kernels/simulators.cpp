#include "tests/kernels/simulators.h"

#include "backends/maca/kernels/conv.h"
#include "backends/simulator/isa.h"
#include "backends/simulator/simulator.h"
#include "runtime/support/memory.h"
#include "runtime/support/workers.h"

#include <algorithm>

namespace bst::problems {
namespace {

ConvProblem problemOf(const Program &program, const Command &command) {
  const auto tensor = [&](uint32_t index) -> const Tensor & { return program.tensors[index]; };
  return {std::get<ConvParams>(command.params), tensor(command.inputs[0]),
          tensor(command.inputs[1]), tensor(command.outputs[0])};
}

/// Runs a convolution with one kernel.
class ConvExecution final : public Execution {
public:
  ConvExecution(const ConvKernel &kernel, const Program &program,
                std::span<const TensorView> tensors, unsigned threads)
      : command(program.commands[0]), x(tensors[program.commands[0].inputs[0]].data),
        y(tensors[program.commands[0].outputs[0]].data), workers(threads),
        conv(kernel.prepare(problemOf(program, program.commands[0]),
                            tensors[program.commands[0].inputs[1]].data, workers.threads())),
        name(kernel.name) {
    scratch.allocate(conv->scratchSize());
    std::fill(scratch.bytes().begin(), scratch.bytes().end(), std::byte(0xa5)); // Garbage.
  }
  void bind(std::span<std::byte *const> tensors) override {
    x = tensors[command.inputs[0]];
    y = tensors[command.outputs[0]];
  }
  Status run(uint32_t) override {
    conv->run(x, y, scratch.bytes().data(), workers, nullptr);
    return {};
  }
  std::string kernel(uint32_t) const override { return name; }

private:
  const Command &command;
  const std::byte *x;
  std::byte *y;
  Workers workers;
  Owned<PreparedConv> conv;
  AlignedMemory scratch;
  const char *name;
};

class OneKernel final : public Simulator {
public:
  explicit OneKernel(const ConvKernel &kernel) : kernel(kernel) {}
  const char *name() const override { return kernel.name; }
  Status prepare(const Program &program, std::span<const TensorView> tensors,
                 const ExecutionOptions &options, std::unique_ptr<Execution> &execution) override {
    execution = std::make_unique<ConvExecution>(kernel, program, tensors, options.threads);
    return {};
  }

private:
  const ConvKernel &kernel;
};

} // namespace

std::vector<NamedDevice> allSimulators() {
  std::vector<NamedDevice> all;
  for (Isa isa : supportedIsas()) {
    NamedDevice simulator = {isaName(isa), nullptr};
    if (createSimulator(isaName(isa), simulator.device).ok())
      all.push_back(std::move(simulator));
  }
  return all;
}

std::vector<NamedDevice> convKernelsFor(const Case &test) {
  std::vector<NamedDevice> all;
  if (!std::holds_alternative<ConvParams>(test.command().params))
    return all;
  const std::span<const Isa> isas = supportedIsas();
  for (const ConvKernel &kernel : convKernels()) {
    const char *whyNot = nullptr;
    if (std::count(isas.begin(), isas.end(), kernel.isa) != 0 &&
        kernel.supports(problemOf(test.program(), test.command()), whyNot))
      all.push_back({kernel.name, std::make_unique<OneKernel>(kernel)});
  }
  return all;
}

} // namespace bst::problems

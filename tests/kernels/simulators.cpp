#include "tests/kernels/simulators.h"

#include "backends/maca/kernels/conv.h"
#include "backends/simulator/isa.h"
#include "backends/simulator/simulator.h"

#include <algorithm>

namespace bst::problems {
namespace {

ConvProblem problemOf(const Program &program, const Command &command) {
  const auto tensor = [&](uint32_t index) -> const Tensor & { return program.tensors[index]; };
  return {std::get<ConvParams>(command.params), tensor(command.inputs[0]),
          tensor(command.inputs[1]), tensor(command.outputs[0])};
}

/// Runs convolutions with one kernel.
class ConvKernelDevice : public Device {
public:
  explicit ConvKernelDevice(const ConvKernel &kernel) : kernel(kernel) {}
  const char *name() const override { return kernel.name; }
  uint64_t scratchSize(const Program &program, const Command &command) const override {
    return kernel.scratchSize(problemOf(program, command));
  }
  Status execute(const Command &command, std::span<const TensorView> inputs,
                 std::span<const TensorView> outputs, std::span<std::byte> scratch) override {
    kernel.run({std::get<ConvParams>(command.params), *inputs[0].tensor, *inputs[1].tensor,
                *outputs[0].tensor},
               {inputs[0].data, inputs[1].data, outputs[0].data}, scratch.data());
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
      all.push_back({kernel.name, std::make_unique<ConvKernelDevice>(kernel)});
  }
  return all;
}

} // namespace bst::problems

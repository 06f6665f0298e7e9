#include "tests/reference/reference.h"

#include "tests/reference/engines.h"
#include "tests/support/command_simulator.h"

namespace bst {
namespace {

void dispatch(const Command &command, std::span<const TensorView> inputs, const TensorView &output,
              std::vector<double> *tolerance) {
  std::visit(
      [&](const auto &params) {
        if constexpr (requires { reference::run(params, inputs, output); })
          reference::run(params, inputs, output);
        else
          reference::run(params, inputs, reference::FloatOutput{output, tolerance});
      },
      command.params);
}

class Reference final : public testing::CommandSimulator {
public:
  const char *name() const override { return "reference"; }
  Status execute(const Command &command, std::span<const TensorView> inputs,
                 std::span<const TensorView> outputs) override {
    dispatch(command, inputs, outputs[0], nullptr);
    return {};
  }
};

} // namespace

std::unique_ptr<Simulator> createReference() { return std::make_unique<Reference>(); }

void runReference(const Command &command, std::span<const TensorView> inputs,
                  const TensorView &output, std::vector<double> &tolerance) {
  tolerance.assign(elementCount(*output.tensor), 0.0);
  dispatch(command, inputs, output, &tolerance);
}

} // namespace bst

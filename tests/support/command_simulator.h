#ifndef BSTC_TESTS_SUPPORT_COMMAND_SIMULATOR_H
#define BSTC_TESTS_SUPPORT_COMMAND_SIMULATOR_H

#include "backends/simulator/simulator.h"

#include <vector>

namespace bst::testing {

/// Stands for the simulator; only knows how to run one command after the other.
class CommandSimulator : public Simulator {
public:
  Status prepare(const Program &program, std::span<const TensorView> tensors,
                 const ExecutionOptions &, std::unique_ptr<Execution> &execution) override {
    execution = std::make_unique<Commands>(*this, program, tensors);
    return {};
  }
  virtual Status execute(const Command &command, std::span<const TensorView> inputs,
                         std::span<const TensorView> outputs) = 0;

private:
  class Commands final : public Execution {
  public:
    Commands(CommandSimulator &simulator, const Program &program,
             std::span<const TensorView> tensors)
        : simulator(simulator), program(program) {
      for (const Command &command : program.commands) {
        operands.emplace_back();
        for (uint32_t input : command.inputs)
          operands.back().inputs.push_back(tensors[input]);
        for (uint32_t output : command.outputs)
          operands.back().outputs.push_back(tensors[output]);
      }
    }
    void bind(std::span<std::byte *const> tensors) override {
      for (size_t i = 0; i < operands.size(); ++i) {
        const Command &command = program.commands[i];
        for (size_t k = 0; k < command.inputs.size(); ++k)
          operands[i].inputs[k].data = tensors[command.inputs[k]];
        for (size_t k = 0; k < command.outputs.size(); ++k)
          operands[i].outputs[k].data = tensors[command.outputs[k]];
      }
    }
    Status run(uint32_t index) override {
      const Operands &of = operands[index];
      return simulator.execute(program.commands[index], of.inputs, of.outputs);
    }
    std::string kernel(uint32_t) const override { return simulator.name(); }

  private:
    struct Operands {
      std::vector<TensorView> inputs, outputs;
    };
    CommandSimulator &simulator;
    const Program &program;
    std::vector<Operands> operands;
  };
};

} // namespace bst::testing

#endif // BSTC_TESTS_SUPPORT_COMMAND_SIMULATOR_H

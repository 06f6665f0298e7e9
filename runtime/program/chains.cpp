#include "runtime/program/chains.h"

#include <algorithm>

namespace bst {
namespace {

constexpr uint32_t none = ~uint32_t(0);

/// Who writes and who reads each tensor.
struct Uses {
  std::pmr::vector<uint32_t> writer;                  ///< Command, or none.
  std::pmr::vector<std::pmr::vector<uint32_t>> reads; ///< Commands, once per operand.
  std::pmr::vector<bool> leaves;                      ///< Is it an output of the program?

  Uses(const Program &program, Memory *memory)
      : writer(program.tensors.size(), none, memory), reads(program.tensors.size(), memory),
        leaves(program.tensors.size(), false, memory) {
    for (uint32_t index = 0; index < program.commands.size(); ++index) {
      for (uint32_t input : program.commands[index].inputs)
        reads[input].push_back(index);
      for (uint32_t output : program.commands[index].outputs)
        writer[output] = index;
    }
    for (uint32_t output : program.outputs)
      leaves[output] = true;
  }
};

/// May `command` follow in the pass of `conv`, with `tensor` coming from it?
bool joins(const Program &program, const Uses &uses, uint32_t conv, const Command &command,
           uint32_t tensor, bool summed) {
  if (std::holds_alternative<LutParams>(command.params))
    return true;
  if (std::holds_alternative<AddParams>(command.params)) {
    const uint32_t other = command.inputs[command.inputs[0] == tensor ? 1 : 0];
    const uint32_t writer = uses.writer[other];
    return !summed && (writer == none || writer < conv);
  }
  const auto *concat = std::get_if<ConcatParams>(&command.params);
  return concat && (concat->axis == 1 || concat->axis == -3) &&
         program.tensors[tensor].layout == Layout::Nhwc;
}

} // namespace

std::pmr::vector<Chain> findChains(const Program &program, Memory *memory) {
  const Uses uses(program, memory);
  std::pmr::vector<Chain> chains(memory);
  for (uint32_t conv = 0; conv < program.commands.size(); ++conv) {
    if (!std::holds_alternative<ConvParams>(program.commands[conv].params))
      continue;
    Chain chain{.conv = conv, .commands = std::pmr::vector<uint32_t>(memory)};
    bool summed = false;
    for (uint32_t tensor = program.commands[conv].outputs[0];;) {
      if (uses.leaves[tensor] || uses.reads[tensor].size() != 1)
        break;
      const uint32_t next = uses.reads[tensor][0];
      const Command &command = program.commands[next];
      if (!joins(program, uses, conv, command, tensor, summed))
        break;
      chain.commands.push_back(next);
      if (std::holds_alternative<ConcatParams>(command.params))
        break;
      summed |= std::holds_alternative<AddParams>(command.params);
      tensor = command.outputs[0];
    }
    if (!chain.commands.empty())
      chains.push_back(std::move(chain));
  }
  return chains;
}

} // namespace bst

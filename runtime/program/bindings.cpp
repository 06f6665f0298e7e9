#include "runtime/program/bindings.h"

#include <map>

namespace bst {
namespace {

constexpr uint32_t none = ~uint32_t(0);

/// Which value each tensor stands for. Values are numbered: the inputs', then the commands'.
class Values {
public:
  explicit Values(const Program &program)
      : program(program), of(program.tensors.size(), none),
        ambiguous(program.inputs.size() + program.commands.size()) {
    for (uint32_t i = 0; i < program.inputs.size(); ++i)
      write(program.inputs[i], i);
    for (uint32_t i = 0; i < program.commands.size(); ++i) {
      for (uint32_t tensor : program.commands[i].inputs)
        read(tensor);
      write(program.commands[i].outputs[0], uint32_t(program.inputs.size()) + i);
    }
    for (uint32_t tensor : program.outputs)
      read(tensor);
  }

  uint32_t valueOf(uint32_t tensor) const { return of[tensor]; }

  /// Every tensor that stands for the value; none where one of them stands for others, too.
  BoundTensors tensorsOf(uint32_t value) const {
    BoundTensors tensors;
    if (!ambiguous[value])
      for (uint32_t tensor = 0; tensor < of.size(); ++tensor)
        if (of[tensor] == value)
          tensors.push_back(tensor);
    return tensors;
  }

private:
  void write(uint32_t tensor, uint32_t value) {
    last[program.tensors[tensor].offset] = value;
    assign(tensor, value);
  }
  void read(uint32_t tensor) {
    if (program.tensors[tensor].storage == Storage::Arena)
      assign(tensor, last[program.tensors[tensor].offset]);
  }
  void assign(uint32_t tensor, uint32_t value) {
    if (of[tensor] != none && of[tensor] != value)
      ambiguous[of[tensor]] = ambiguous[value] = 1;
    of[tensor] = value;
  }

  const Program &program;
  std::vector<uint32_t> of;       ///< By tensor.
  std::vector<uint8_t> ambiguous; ///< 0 or 1; std::vector<bool> would be a kilobyte of code.
  /// The latest value at an offset of the arena. Its size is that of whatever reads it
  /// (verifyDataFlow).
  std::map<uint64_t, uint32_t> last;
};

} // namespace

Bindings findBindings(const Program &program) {
  const Values values(program);
  Bindings bindings = {std::vector<BoundTensors>(program.inputs.size()),
                       std::vector<BoundTensors>(program.outputs.size())};
  std::vector<uint8_t> taken(program.inputs.size() + program.commands.size());
  for (uint32_t i = 0; i < program.inputs.size(); ++i) {
    taken[i] = 1;
    bindings.inputs[i] = values.tensorsOf(i);
  }
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const uint32_t value = values.valueOf(program.outputs[i]);
    if (!taken[value])
      bindings.outputs[i] = values.tensorsOf(value);
    taken[value] = 1;
  }
  return bindings;
}

} // namespace bst

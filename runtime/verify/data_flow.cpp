#include "runtime/verify/checks.h"

#include <map>

namespace bst {

namespace {

bool overlap(const Tensor &a, const Tensor &b) {
  return a.storage == b.storage && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

/// The bytes of the arena that hold a value, as commands run in order.
class Arena {
public:
  explicit Arena(const Program &program) : program(program) {}

  /// A tensor that overlaps `tensor` and holds a value, or null.
  const Tensor *valueWithin(const Tensor &tensor) const {
    auto next = values.lower_bound(tensor.offset);
    if (next != values.begin()) {
      auto previous = std::prev(next);
      if (overlap(at(*previous), tensor))
        return &at(*previous);
    }
    return next != values.end() && overlap(at(*next), tensor) ? &at(*next) : nullptr;
  }

  /// `tensor` gets a value; values that it overlaps are lost.
  void write(const Tensor &tensor) {
    while (const Tensor *lost = valueWithin(tensor))
      values.erase(lost->offset);
    values.emplace(tensor.offset, uint32_t(&tensor - program.tensors.data()));
  }

  /// Has `tensor` a value now?
  Status holds(const Tensor &tensor) const {
    auto found = values.find(tensor.offset);
    if (found != values.end() && at(*found).size == tensor.size)
      return {};
    const Tensor *other = valueWithin(tensor);
    return other ? corrupt("it is not written, or overwritten by {}", TensorLabel(program, *other))
                 : corrupt("nothing has written it");
  }

private:
  using Values = std::map<uint64_t, uint32_t>;
  const Tensor &at(const Values::value_type &value) const { return program.tensors[value.second]; }

  const Program &program;
  Values values; ///< Tensors by offset; they do not overlap.
};

} // namespace

static Status runCommand(const Program &program, size_t index, Arena &arena) {
  const Command &command = program.commands[index];
  const CommandLabel label(program, index);
  for (uint32_t input : command.inputs) {
    const Tensor &tensor = program.tensors[input];
    if (tensor.storage == Storage::Weights)
      continue;
    if (Status fault = arena.holds(tensor); !fault.ok())
      return corrupt("{}: reads {}, but {}", label, TensorLabel(program, tensor), fault.message());
  }
  const Tensor &output = program.tensors[command.outputs[0]];
  if (output.storage != Storage::Arena)
    return corrupt("{}: writes {}, which is stored in the weights", label,
                   TensorLabel(program, output));
  for (uint32_t input : command.inputs)
    if (overlap(output, program.tensors[input]))
      return corrupt("{}: its output {} overlaps its input {}", label, TensorLabel(program, output),
                     TensorLabel(program, program.tensors[input]));
  arena.write(output);
  return Status();
}

Status verifyDataFlow(const Program &program) {
  Arena arena(program);
  for (uint32_t input : program.inputs) {
    const Tensor &tensor = program.tensors[input];
    if (const Tensor *other = arena.valueWithin(tensor))
      return corrupt("input {} overlaps input {}", TensorLabel(program, tensor),
                     TensorLabel(program, *other));
    arena.write(tensor);
  }
  for (size_t i = 0; i < program.commands.size(); ++i)
    if (Status status = runCommand(program, i, arena); !status.ok())
      return status;
  for (uint32_t output : program.outputs) {
    const Tensor &tensor = program.tensors[output];
    if (Status fault = arena.holds(tensor); !fault.ok())
      return corrupt("output {} is lost in the end: {}", TensorLabel(program, tensor),
                     fault.message());
  }
  return Status();
}

} // namespace bst

#include "runtime/verify.h"

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
      if (overlap(*previous->second, tensor))
        return previous->second;
    }
    return next != values.end() && overlap(*next->second, tensor) ? next->second : nullptr;
  }

  /// `tensor` gets a value; values that it overlaps are lost.
  void write(const Tensor &tensor) {
    while (const Tensor *lost = valueWithin(tensor))
      values.erase(lost->offset);
    values.emplace(tensor.offset, &tensor);
  }

  /// Why `tensor` has no value now, or nothing where it has one.
  std::string fault(const Tensor &tensor) const {
    auto found = values.find(tensor.offset);
    if (found != values.end() && found->second->size == tensor.size)
      return {};
    const Tensor *other = valueWithin(tensor);
    return other ? text("it is not written, or overwritten by ", describe(program, *other))
                 : "nothing has written it";
  }

private:
  const Program &program;
  std::map<uint64_t, const Tensor *> values; ///< By offset; they do not overlap.
};

} // namespace

static Status corrupt(std::string message) {
  return Status(StatusCode::CorruptPackage, std::move(message));
}

static Status runCommand(const Program &program, size_t index, Arena &arena) {
  const Command &command = program.commands[index];
  const std::string name = text("command ", index, " ", quoted(command.name), ": ");
  for (uint32_t input : command.inputs) {
    const Tensor &tensor = program.tensors[input];
    if (tensor.storage == Storage::Weights)
      continue;
    if (std::string fault = arena.fault(tensor); !fault.empty())
      return corrupt(text(name, "reads ", describe(program, tensor), ", but ", fault));
  }
  const Tensor &output = program.tensors[command.outputs[0]];
  if (output.storage != Storage::Arena)
    return corrupt(
        text(name, "writes ", describe(program, output), ", which is stored in the weights"));
  for (uint32_t input : command.inputs)
    if (overlap(output, program.tensors[input]))
      return corrupt(name + "its output " + describe(program, output) + " overlaps its input " +
                     describe(program, program.tensors[input]));
  arena.write(output);
  return Status();
}

Status verifyDataFlow(const Program &program) {
  Arena arena(program);
  for (uint32_t input : program.inputs) {
    const Tensor &tensor = program.tensors[input];
    if (const Tensor *other = arena.valueWithin(tensor))
      return corrupt("input " + describe(program, tensor) + " overlaps input " +
                     describe(program, *other));
    arena.write(tensor);
  }
  for (size_t i = 0; i < program.commands.size(); ++i)
    if (Status status = runCommand(program, i, arena); !status.ok())
      return status;
  for (uint32_t output : program.outputs) {
    const Tensor &tensor = program.tensors[output];
    if (std::string fault = arena.fault(tensor); !fault.empty())
      return corrupt("output " + describe(program, tensor) + " is lost in the end: " + fault);
  }
  return Status();
}

} // namespace bst

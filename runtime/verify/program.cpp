#include "runtime/verify/verify.h"

#include "runtime/program/limits.h"
#include "runtime/support/guard.h"
#include "runtime/support/small_sort.h"
#include "runtime/verify/checks.h"

#include <algorithm>
#include <cmath>

namespace bst {

static Status verifyLimits(const Program &program, const Limits &limits) {
  if (program.tensors.size() > maxCount)
    return corrupt("has {} tensors, at most {}", program.tensors.size(), maxCount);
  if (program.commands.size() > maxCount)
    return corrupt("has {} commands, at most {}", program.commands.size(), maxCount);
  for (const auto *interface : {&program.inputs, &program.outputs})
    if (interface->size() > maxInterface)
      return corrupt("has {}{}, at most {}", interface->size(),
                     interface == &program.inputs ? " inputs" : " outputs", maxInterface);
  if (program.arenaSize > limits.arenaBytes)
    return failed(StatusCode::Unsupported, "arena size is {} bytes, at most {} are allowed",
                  program.arenaSize, limits.arenaBytes);
  if (program.weightsSize && !program.weights)
    return corrupt("has no weights, expected {} bytes", program.weightsSize);
  return Status();
}

// Inputs or outputs of the program: the contract with the host.
static Status verifyContract(const Program &program, const std::vector<uint32_t> &tensors,
                             const char *role) {
  std::vector<std::string_view> names(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i] >= program.tensors.size())
      return corrupt("{} {} is tensor {}, the program has {}", role, i, tensors[i],
                     program.tensors.size());
    const Tensor &tensor = program.tensors[tensors[i]];
    if (tensor.storage != Storage::Arena)
      return corrupt("{} {}, {}, is stored in the weights, expected the arena", role, i,
                     TensorLabel(program, tensor));
    if (tensor.name.empty())
      return corrupt("{} {}, tensor {}, has no name", role, i, tensors[i]);
    names[i] = tensor.name;
  }
  smallSort(names);
  auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin != names.end())
    return corrupt("has more than one {} {}", role, quoted(*twin));
  return Status();
}

static Status verifyIndices(const Program &program, size_t index) {
  const Command &command = program.commands[index];
  const CommandLabel label(program, index);
  if (size_t(command.engine) >= engineNames.size())
    return corrupt("{}: engine {} is unknown", label, uint32_t(command.engine));
  for (const auto *tensors : {&command.inputs, &command.outputs})
    for (uint32_t tensor : *tensors)
      if (tensor >= program.tensors.size())
        return corrupt("{}: {} tensor {}, the program has {}", label,
                       tensors == &command.inputs ? "reads" : "writes", tensor,
                       program.tensors.size());
  for (uint32_t earlier : command.dependsOn)
    if (earlier >= index)
      return corrupt("{}: depends on command {}, expected an earlier one", label, earlier);
  return Status();
}

static Status verifyCost(const Program &program) {
  auto valid = [](double value) { return std::isfinite(value) && value >= 0; };
  if (!valid(program.cost.latencySeconds))
    return corrupt("cost: latency is {} s", program.cost.latencySeconds);
  if (!valid(program.cost.framesPerSecond))
    return corrupt("cost: frames per second are {}", program.cost.framesPerSecond);
  return Status();
}

static Status verify(const Program &program, const Limits &limits) {
  if (Status s = verifyLimits(program, limits); !s.ok())
    return s;
  if (Status s = verifyTensors(program); !s.ok())
    return s;
  if (Status s = verifyContract(program, program.inputs, "input"); !s.ok())
    return s;
  if (Status s = verifyContract(program, program.outputs, "output"); !s.ok())
    return s;
  if (program.outputs.empty())
    return corrupt("has no output");
  WorkMeter work(limits);
  for (size_t i = 0; i < program.commands.size(); ++i) {
    if (Status s = verifyIndices(program, i); !s.ok())
      return s;
    if (Status s = verifyCommand(program, uint32_t(i)); !s.ok())
      return s;
    if (Status s = work.add(program, uint32_t(i)); !s.ok())
      return s;
  }
  if (Status s = verifyDataFlow(program); !s.ok())
    return s;
  if (Status s = verifyTiles(program, limits); !s.ok())
    return s;
  if (Status s = verifyPictures(program); !s.ok())
    return s;
  return verifyCost(program);
}

Status verifyProgram(const Program &program, const Limits &limits) {
  return withoutThrowing([&] { return verify(program, limits); });
}

} // namespace bst

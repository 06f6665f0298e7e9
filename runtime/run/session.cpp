#include "runtime/run/session.h"

#include "runtime/support/guard.h"
#include "runtime/support/memory.h"
#include "runtime/support/text.h"

#include <chrono>

namespace bst {

struct Session::State {
  State(const Program &p, Device &d) : program(p), device(d) {}

  Status prepare(const ExecutionOptions &options);
  TensorView view(uint32_t index) const;

  const Program &program;
  Device &device;
  AlignedMemory arena;
  std::unique_ptr<Execution> execution;
};

Status Session::State::prepare(const ExecutionOptions &options) {
  if (!arena.allocate(program.arenaSize))
    return failed(StatusCode::OutOfMemory, "no memory for an arena of {} bytes", program.arenaSize);
  std::vector<TensorView> views;
  views.reserve(program.tensors.size());
  for (uint32_t index = 0; index < program.tensors.size(); ++index)
    views.push_back(view(index));
  return device.prepare(program, views, options, execution);
}

TensorView Session::State::view(uint32_t index) const {
  const Tensor &tensor = program.tensors[index];
  // Devices only read weights (TensorView), so that one mapping serves all sessions.
  std::byte *base = tensor.storage == Storage::Arena ? arena.bytes().data()
                                                     : const_cast<std::byte *>(program.weights);
  return {&tensor, base + tensor.offset};
}

Session::~Session() = default;

Status Session::create(const Program &program, Device &device, std::unique_ptr<Session> &session,
                       const ExecutionOptions &options) {
  return withoutThrowing([&] {
    if (uintptr_t(program.weights) % 64)
      return failed(StatusCode::InvalidArgument,
                    "the program's weights lie {} bytes past a 64-byte boundary",
                    uintptr_t(program.weights) % 64);
    std::unique_ptr<Session> created(new Session);
    created->state = std::make_unique<State>(program, device);
    if (Status status = created->state->prepare(options); !status.ok())
      return status;
    session = std::move(created);
    return Status();
  });
}

std::span<std::byte> Session::data(uint32_t index) {
  const Program &program = state->program;
  if (index >= program.tensors.size() || program.tensors[index].storage != Storage::Arena)
    return {};
  return {state->view(index).data, size_t(program.tensors[index].size)};
}

std::span<const std::byte> Session::data(uint32_t index) const {
  if (index >= state->program.tensors.size())
    return {};
  return {state->view(index).data, size_t(state->program.tensors[index].size)};
}

std::string Session::kernel(uint32_t command) const { return state->execution->kernel(command); }

std::string Session::refusals(uint32_t command) const {
  return state->execution->refusals(command);
}

Status Session::run(const Observer &observer) {
  using Clock = std::chrono::steady_clock;
  const auto count = uint32_t(state->program.commands.size());
  for (uint32_t i = 0; i < count; ++i) {
    const Clock::time_point begin = observer ? Clock::now() : Clock::time_point();
    if (Status status = state->execution->run(i); !status.ok())
      return failed(status.getCode(), "command {} {} on {}: {}", i,
                    quoted(state->program.commands[i].name), state->device.name(),
                    status.message());
    if (observer)
      observer(i, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return Status();
}

} // namespace bst

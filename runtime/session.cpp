#include "runtime/session.h"

#include "runtime/guard.h"
#include "runtime/text.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace bst {

namespace {

/// 64-byte aligned memory, zero at first.
class AlignedMemory {
public:
  AlignedMemory() = default;
  AlignedMemory(const AlignedMemory &) = delete;
  AlignedMemory &operator=(const AlignedMemory &) = delete;
  ~AlignedMemory() { std::free(block); }

  /// False where there is not that much memory.
  bool allocate(uint64_t bytes) {
    constexpr uint64_t alignment = 64;
    if (bytes > PTRDIFF_MAX - alignment)
      return false;
    // calloc, since it gets zero pages from the system without touching them.
    block = std::calloc(1, size_t(bytes) + alignment);
    if (!block)
      return false;
    const uint64_t past = uintptr_t(block) % alignment;
    start = static_cast<std::byte *>(block) + (past ? alignment - past : 0);
    size = size_t(bytes);
    return true;
  }
  std::span<std::byte> bytes() const { return {start, size}; }

private:
  void *block = nullptr;
  std::byte *start = nullptr;
  size_t size = 0;
};

/// Views of a command's tensors: a range of State::views.
struct Operands {
  size_t firstInput, firstOutput, end;
};

} // namespace

struct Session::State {
  State(const Program &p, Device &d) : program(p), device(d) {}

  Status allocate();
  void bind();
  TensorView view(uint32_t index) const;
  Status execute(uint32_t index);

  const Program &program;
  Device &device;
  AlignedMemory arena, scratch;
  std::vector<TensorView> views;
  std::vector<Operands> operands; ///< One a command.
};

Status Session::State::allocate() {
  uint64_t scratchSize = 0;
  for (const Command &command : program.commands)
    scratchSize = std::max(scratchSize, device.scratchSize(program, command));
  if (!arena.allocate(program.arenaSize))
    return Status(StatusCode::OutOfMemory,
                  text("no memory for an arena of ", program.arenaSize, " bytes"));
  if (!scratch.allocate(scratchSize))
    return Status(StatusCode::OutOfMemory,
                  text("no memory for ", scratchSize, " bytes of scratch that the device ",
                       device.name(), " needs"));
  return Status();
}

TensorView Session::State::view(uint32_t index) const {
  const Tensor &tensor = program.tensors[index];
  // Devices only read weights (TensorView), so that one mapping serves all sessions.
  std::byte *base = tensor.storage == Storage::Arena ? arena.bytes().data()
                                                     : const_cast<std::byte *>(program.weights);
  return {&tensor, base + tensor.offset};
}

void Session::State::bind() {
  operands.reserve(program.commands.size());
  for (const Command &command : program.commands) {
    const size_t firstInput = views.size();
    for (uint32_t input : command.inputs)
      views.push_back(view(input));
    const size_t firstOutput = views.size();
    for (uint32_t output : command.outputs)
      views.push_back(view(output));
    operands.push_back({firstInput, firstOutput, views.size()});
  }
}

Status Session::State::execute(uint32_t index) {
  const Operands &o = operands[index];
  const std::span<const TensorView> all(views);
  return device.execute(program.commands[index],
                        all.subspan(o.firstInput, o.firstOutput - o.firstInput),
                        all.subspan(o.firstOutput, o.end - o.firstOutput), scratch.bytes());
}

Session::~Session() = default;

Status Session::create(const Program &program, Device &device, std::unique_ptr<Session> &session) {
  return withoutThrowing([&] {
    if (uintptr_t(program.weights) % 64)
      return Status(StatusCode::InvalidArgument,
                    text("the program's weights lie ", uintptr_t(program.weights) % 64,
                         " bytes past a 64-byte boundary"));
    std::unique_ptr<Session> created(new Session);
    created->state = std::make_unique<State>(program, device);
    if (Status status = created->state->allocate(); !status.ok())
      return status;
    created->state->bind();
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

Status Session::run(const Observer &observer) {
  using Clock = std::chrono::steady_clock;
  const auto count = uint32_t(state->program.commands.size());
  for (uint32_t i = 0; i < count; ++i) {
    const Clock::time_point begin = observer ? Clock::now() : Clock::time_point();
    if (Status status = state->execute(i); !status.ok())
      return Status(status.getCode(),
                    text("command ", i, " ", quoted(state->program.commands[i].name), " on ",
                         state->device.name(), ": ", status.message()));
    if (observer)
      observer(i, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return Status();
}

} // namespace bst

#include "runtime/api/program_session.h"

#include "runtime/api/handles.h"
#include "runtime/support/guard.h"
#include "runtime/verify/verify.h"

#include <algorithm>
#include <optional>

namespace bst {

Status statusOf(const bstrt::Error &error) {
  return error ? Status(StatusCode(error.code()), std::string_view(error.message())) : Status();
}

const Program &programOf(const bstrt::Package &package) { return api::programOf(package.get()); }

struct ProgramSession::State {
  State(const bstrt::Package &package, ProgramSessionOptions options)
      : program(programOf(package)), options(std::move(options)) {}

  static void onCommand(void *user, uint32_t, uint32_t command, double seconds) {
    static_cast<State *>(user)->options.onCommand(command, seconds);
  }
  bstrt::Result<bst_buffer> buffer(uint32_t index);

  const Program &program; ///< Of the package that the session retains.
  ProgramSessionOptions options;
  std::optional<bstrt::Session> session;
};

/// A frame that runs hands out its inputs and outputs as tensors only.
bstrt::Result<bst_buffer> ProgramSession::State::buffer(uint32_t index) {
  if (options.keepTensors)
    return session->tensor(index);
  const auto &inputs = program.inputs;
  if (const auto at = std::find(inputs.begin(), inputs.end(), index); at != inputs.end())
    return session->inputBuffer(uint32_t(at - inputs.begin()));
  const auto &outputs = program.outputs;
  const auto at = std::find(outputs.begin(), outputs.end(), index);
  return session->outputBuffer(uint32_t(at - outputs.begin()));
}

ProgramSession::ProgramSession(std::unique_ptr<State> state) : state(std::move(state)) {}
ProgramSession::~ProgramSession() = default;

Status ProgramSession::create(const bstrt::Package &package, const bstrt::Device &device,
                              std::unique_ptr<ProgramSession> &session,
                              ProgramSessionOptions options) {
  return withoutThrowing([&] {
    auto state = std::make_unique<State>(package, std::move(options));
    bst_session_options asked = bstrt::Session::defaults();
    asked.threads = state->options.threads;
    asked.keep_tensors = state->options.keepTensors;
    if (state->options.onCommand) {
      asked.on_command = State::onCommand;
      asked.on_command_user = state.get();
    }
    bstrt::Result<bstrt::Session> created = bstrt::Session::create(package, device, asked);
    if (!created)
      return statusOf(created.error());
    state->session.emplace(std::move(*created));
    session.reset(new ProgramSession(std::move(state)));
    return Status();
  });
}

const Program &ProgramSession::program() const { return state->program; }

std::span<std::byte> ProgramSession::data(uint32_t index) {
  bstrt::Result<bst_buffer> buffer = state->buffer(index);
  if (!buffer)
    return {};
  return {static_cast<std::byte *>(buffer->data), buffer->size};
}

std::span<const std::byte> ProgramSession::data(uint32_t index) const {
  return const_cast<ProgramSession *>(this)->data(index); // Which changes nothing.
}

Status ProgramSession::run() { return statusOf(state->session->run()); }

bst_kernel_info ProgramSession::kernel(uint32_t command) const {
  return *state->session->kernel(command);
}

Status makeSelfTest(const bstrt::Package &package, const bstrt::Device &device, SelfTest &test) {
  const Program &program = programOf(package);
  if (Status status = verifySelfTestInputs(program, test, StatusCode::InvalidArgument);
      !status.ok())
    return status;
  std::unique_ptr<ProgramSession> session;
  const auto onCommand = [&](uint32_t command, double) {
    test.checksums[command] = checksumOf(session->data(program.commands[command].outputs[0]));
  };
  if (Status status = ProgramSession::create(package, device, session,
                                             {.keepTensors = true, .onCommand = onCommand});
      !status.ok())
    return status;
  for (uint32_t i = 0; i < program.inputs.size(); ++i)
    writeInput(test, i, program.tensors[program.inputs[i]], session->data(program.inputs[i]));
  test.checksums.assign(program.commands.size(), 0);
  return session->run();
}

} // namespace bst

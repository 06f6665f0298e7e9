// The package's self-test on a session's device.
#include "runtime/api/session.h"

#include "runtime/program/self_test.h"

using namespace bst;
using namespace bst::api;

namespace {

/// One run of the test's input on a session of its own; looks at each command's output.
struct Check {
  const bst_session &of; ///< Whose device, memory and threads are used.
  const Program &program = of.program();
  const SelfTest &test = of.package->package->selfTest();
  bst_session *session = nullptr;
  uint32_t differs = none;
  uint64_t actual = 0; ///< Checksum there.

  static constexpr uint32_t none = ~uint32_t(0);

  /// Compares what is in `tensor` with the checksum of the command that wrote it.
  void compare(uint32_t tensor, uint32_t command) {
    if (differs != none || command >= program.commands.size())
      return;
    const auto *data = static_cast<const std::byte *>(session->frames[0]->data[tensor]);
    actual = checksumOf({data, program.tensors[tensor].size});
    if (actual != test.checksums[command])
      differs = command;
  }

  static void onCommand(void *user, uint32_t, uint32_t command, double) {
    auto &check = *static_cast<Check *>(user);
    check.compare(check.program.commands[command].outputs[0], command);
    if (check.differs != none) // Later commands compute with wrong values.
      bst_session_cancel(check.session, 0, nullptr);
  }

  bst_status run(bool keepTensors, bst_error *error) {
    bst_session_options options = BST_INIT(bst_session_options);
    options.allocator = &of.memory.functions();
    options.threads = of.options.threads;
    options.keep_tensors = keepTensors;
    if (keepTensors) {
      options.on_command = onCommand;
      options.on_command_user = this;
    }
    if (const bst_status status =
            bst_session_create(of.package, of.device, &options, &session, error);
        status != BST_OK)
      return status;
    for (uint32_t i = 0; i < program.inputs.size(); ++i) {
      const Tensor &tensor = program.tensors[program.inputs[i]];
      writeInput(test, i, tensor, {session->frames[0]->inputs[i].own, size_t(tensor.size)});
    }
    bst_status status = bst_session_run(session, 0, error);
    if (status == BST_OK)
      for (uint32_t output : program.outputs)
        compare(output, writerOf(program, output));
    bst_session_destroy(session);
    return differs == none ? status : BST_OK;
  }
};

/// "command 3 'name' (conv on maca, kernel K) computes something else on DEVICE: ...".
bst_status report(const Check &check, const char *kernel, const char *where, bst_error *error) {
  const Command &command = check.program.commands[check.differs];
  return fail(error, BST_ERROR_SELF_TEST,
              "self-test: command {} {} ({} on {}{}{}) computes something else on {}{}: the "
              "checksum of {} is {}, expected {}",
              check.differs, quoted(command.name), opcodeName(command.params),
              engineName(command.engine), *kernel ? ", kernel " : "", kernel,
              check.of.device->driver->name, where,
              quoted(check.program.tensors[command.outputs[0]].name), check.actual,
              check.test.checksums[check.differs]);
}

} // namespace

bst_status bst_session_selftest(bst_session *session, uint32_t *command,
                                bst_error *error) noexcept {
  if (!isHandle(session, "session", error))
    return BST_ERROR_INVALID_ARGUMENT;
  if (session->package->package->selfTest().checksums.empty())
    return fail(error, BST_ERROR_UNSUPPORTED, "the package has no self-test");
  {
    const Lock lock(session->device->mutex);
    for (uint32_t frame = 0; frame < session->frames.size(); ++frame)
      if (session->frames[frame]->inFlight())
        return fail(error, BST_ERROR_BUSY, "frame {} is in flight", frame);
  }
  // Alone, command by command; then as the session runs, where a device may join commands.
  for (const bool alone : {true, false}) {
    if (!alone && session->options.keep_tensors)
      break;
    Check check{.of = *session};
    if (const bst_status status = check.run(alone, error); status != BST_OK)
      return status;
    if (check.differs == Check::none)
      continue;
    if (command)
      *command = check.differs;
    return report(check, bst_session_kernel(session, check.differs),
                  alone ? "" : " where commands are run together, though not by itself", error);
  }
  return succeed(error);
}

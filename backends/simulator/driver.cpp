// The simulator as a driver behind bst/device.h.
#include "backends/simulator/simulation.h"
#include "runtime/api/caller_memory.h"
#include "runtime/api/handles.h"
#include "runtime/support/guard.h"

#include <bst/device.h>

#include <string_view>

namespace bst {
namespace {

using namespace api;

/// What `execution` points to: lies, with all that it keeps, in the session's memory.
struct Running {
  Running(const bst_allocator &allocator, const Program &program, Isa isa, unsigned threads)
      : memory(allocator), simulation(program, isa, threads, &memory),
        tensors(program.tensors.size(), &memory) {}

  CallerMemory memory;
  Simulation simulation;
  std::pmr::vector<std::byte *> tensors; ///< Of the frame that is bound.
};

bst_status open(const char *options, void **device, bst_error *error) {
  constexpr std::string_view isaOption = "isa=";
  const std::string_view given = options ? options : "";
  if (!given.empty() && !given.starts_with(isaOption))
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "options are {}, expected 'isa=NAME' or none",
                quoted(given));
  return report(withoutThrowing([&] {
                  Isa isa;
                  Status status =
                      findIsa(given.empty() ? nullptr : options + isaOption.size(), isa);
                  if (status.ok())
                    *device = new Isa(isa);
                  return status;
                }),
                error);
}

void close(void *device) { delete static_cast<Isa *>(device); }

void release(void *, void *execution) {
  auto *running = static_cast<Running *>(execution);
  CallerMemory memory(running->memory.functions());
  running->~Running();
  memory.deallocate(running, sizeof(Running), alignof(Running));
}

bst_status prepare(void *device, const bst_package *package, const bst_prepare_options *options,
                   void **execution, bst_error *error) {
  const Program &program = programOf(package);
  const Status status = withoutThrowing([&] {
    CallerMemory memory(*options->allocator);
    Owned<Running> running = makeIn<Running>(&memory, *options->allocator, program,
                                             *static_cast<Isa *>(device), options->threads);
    std::pmr::vector<TensorView> views(&memory);
    views.reserve(program.tensors.size());
    for (size_t i = 0; i < program.tensors.size(); ++i)
      views.push_back({&program.tensors[i], static_cast<std::byte *>(options->tensors[i])});
    if (Status failure = running->simulation.prepare(views, options->keep_tensors != 0);
        !failure.ok())
      return failure;
    *execution = running.release(); // release() gives it back.
    return Status();
  });
  return report(status, error);
}

bst_status bind(void *execution, uint32_t, void *const *tensors, bst_error *error) {
  auto &running = *static_cast<Running *>(execution);
  for (std::byte *&tensor : running.tensors)
    tensor = static_cast<std::byte *>(*tensors++);
  running.simulation.bind(running.tensors);
  return succeed(error);
}

bst_status run(void *execution, uint32_t command, bst_error *error) {
  return report(static_cast<Running *>(execution)->simulation.run(command), error);
}

const char *kernel(void *execution, uint32_t command) {
  return static_cast<Running *>(execution)->simulation.kernelName(command);
}

/// Text in memory of a fixed size; what does not fit is cut.
struct Line final : TextSink {
  explicit Line(std::span<char> memory) : memory(memory) { memory.front() = '\0'; }
  void append(std::string_view part) override {
    length += part.copy(&memory[length], memory.size() - 1 - length);
    memory[length] = '\0';
  }
  const std::span<char> memory;
  size_t length = 0;
};

void explain(void *execution, uint32_t command, bst_kernel_info *info) {
  const Simulation &simulation = static_cast<Running *>(execution)->simulation;
  info->pass = simulation.passOf(command);
  Line refusals(info->refusals);
  simulation.refusals(command, refusals);
}

constexpr bst_device_driver driver = {.abi_version = BST_DEVICE_ABI_VERSION,
                                      .struct_size = sizeof(bst_device_driver),
                                      .name = "simulator",
                                      .open = open,
                                      .close = close,
                                      .prepare = prepare,
                                      .release = release,
                                      .bind = bind,
                                      .run = run,
                                      .finish = nullptr,
                                      .kernel = kernel,
                                      .explain = explain};

} // namespace
} // namespace bst

const bst_device_driver *bst_simulator_driver(void) noexcept { return &bst::driver; }

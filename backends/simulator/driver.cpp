// The simulator as a driver behind bst/device.h.
#include "backends/simulator/simulator.h"
#include "runtime/api/handles.h"
#include "runtime/guard.h"

#include <bst/device.h>

#include <string_view>

namespace bst {
namespace {

using namespace api;

/// What `execution` points to.
struct Running {
  std::unique_ptr<Execution> execution;
  std::vector<std::string> kernels; ///< One a command.
  std::vector<std::byte *> tensors; ///< Of the frame that is bound.
};

bst_status open(const char *options, void **device, bst_error *error) {
  constexpr std::string_view isaOption = "isa=";
  const std::string_view given = options ? options : "";
  if (!given.empty() && !given.starts_with(isaOption))
    return fail(error, BST_ERROR_INVALID_ARGUMENT, "options are ", Quoted{given},
                ", expected 'isa=NAME' or none");
  std::unique_ptr<Device> opened;
  const Status status = withoutThrowing([&] {
    return createSimulator(given.empty() ? nullptr : options + isaOption.size(), opened);
  });
  *device = opened.release();
  return report(status, error);
}

void close(void *device) { delete static_cast<Device *>(device); }

bst_status prepare(void *device, const bst_package *package, const bst_prepare_options *options,
                   void **execution, bst_error *error) {
  const Program &program = programOf(package);
  const Status status = withoutThrowing([&] {
    auto running = std::make_unique<Running>();
    std::vector<TensorView> views;
    for (size_t i = 0; i < program.tensors.size(); ++i)
      views.push_back({&program.tensors[i], static_cast<std::byte *>(options->tensors[i])});
    if (Status failure = static_cast<Device *>(device)->prepare(
            program, views,
            {.threads = options->threads, .keepTensors = options->keep_tensors != 0},
            running->execution);
        !failure.ok())
      return failure;
    running->tensors.resize(program.tensors.size());
    for (uint32_t command = 0; command < program.commands.size(); ++command)
      running->kernels.push_back(running->execution->kernel(command));
    *execution = running.release();
    return Status();
  });
  return report(status, error);
}

void release(void *, void *execution) { delete static_cast<Running *>(execution); }

bst_status bind(void *execution, uint32_t, void *const *tensors, bst_error *error) {
  auto &running = *static_cast<Running *>(execution);
  for (std::byte *&tensor : running.tensors)
    tensor = static_cast<std::byte *>(*tensors++);
  running.execution->bind(running.tensors);
  return succeed(error);
}

bst_status run(void *execution, uint32_t command, bst_error *error) {
  return report(static_cast<Running *>(execution)->execution->run(command), error);
}

const char *kernel(void *execution, uint32_t command) {
  return static_cast<Running *>(execution)->kernels[command].c_str();
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
                                      .kernel = kernel};

} // namespace
} // namespace bst

const bst_device_driver *bst_simulator_driver(void) noexcept { return &bst::driver; }

#include "driver/package_run.h"

#include "ir/error.h"
#include "runtime/api/caller_memory.h"
#include "runtime/package/package.h"

#include <bst/device.h>

namespace bstc {

llvm::Error toError(const bstrt::Error &error) {
  if (!error)
    return llvm::Error::success();
  return makeError(runtimeCode(error.code()), error.message());
}

llvm::Expected<bstrt::Package> openInMemory(llvm::ArrayRef<std::byte> bytes) {
  const auto *first = reinterpret_cast<const unsigned char *>(bytes.data());
  bstrt::Result<bstrt::Package> package = bstrt::Package::fromMemory({first, bytes.size()});
  if (!package)
    return toError(package.error());
  return std::move(*package);
}

llvm::Expected<bstrt::Package> openInMemory(const bst::Program &program) {
  std::vector<std::byte> bytes;
  if (const bst::Status status = bst::writePackage(program, bytes); !status.ok())
    return toError(status);
  return openInMemory(bytes);
}

llvm::Expected<bstrt::Device> openSimulator() {
  bstrt::Result<bstrt::Device> device = bstrt::Device::simulator();
  if (!device)
    return toError(device.error());
  return std::move(*device);
}

/// Whose functions are called as a session calls them.
static const bst_device_driver &driver() { return *bst_simulator_driver(); }

llvm::Expected<std::unique_ptr<CommandSteps>> CommandSteps::create(const bstrt::Package &package,
                                                                   llvm::ArrayRef<void *> tensors) {
  std::unique_ptr<CommandSteps> steps(new CommandSteps(package));
  if (llvm::Error error = steps->prepare(tensors))
    return error;
  return steps;
}

llvm::Error CommandSteps::prepare(llvm::ArrayRef<void *> tensors) {
  bst_prepare_options options = BST_INIT(bst_prepare_options);
  options.threads = 1;
  options.keep_tensors = 1;
  options.frames = 1;
  options.tensors = tensors.data();
  options.allocator = &bst::api::libraryAllocator;
  bst_error error = {};
  if (driver().open(nullptr, &device, &error) != BST_OK ||
      driver().prepare(device, package.get(), &options, &execution, &error) != BST_OK ||
      driver().bind(execution, 0, tensors.data(), &error) != BST_OK)
    return makeError(runtimeCode(error.code), error.message);
  return llvm::Error::success();
}

CommandSteps::~CommandSteps() {
  if (execution)
    driver().release(device, execution);
  if (device)
    driver().close(device);
}

llvm::Error CommandSteps::run(uint32_t command) {
  bst_error error = {};
  if (driver().run(execution, command, &error) != BST_OK)
    return makeError(runtimeCode(error.code), "command '" +
                                                  bst::programOf(package).commands[command].name +
                                                  "': " + error.message);
  return llvm::Error::success();
}

} // namespace bstc

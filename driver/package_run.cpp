#include "driver/package_run.h"

#include "backends/simulator/simulator.h"
#include "ir/error.h"
#include "runtime/package/package.h"

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

llvm::Expected<std::unique_ptr<CommandSteps>> CommandSteps::create(const bstrt::Package &package,
                                                                   llvm::ArrayRef<void *> tensors) {
  std::unique_ptr<CommandSteps> steps(new CommandSteps(package));
  const bst::Program &program = bst::programOf(package);
  std::vector<bst::TensorView> views;
  for (size_t i = 0; i < tensors.size(); ++i)
    views.push_back({&program.tensors[i], static_cast<std::byte *>(tensors[i])});
  bst::Status status = bst::createSimulator(nullptr, steps->simulator);
  if (status.ok())
    status = steps->simulator->prepare(program, views, {.keepTensors = true}, steps->execution);
  if (!status.ok())
    return toError(status);
  return steps;
}

CommandSteps::CommandSteps(const bstrt::Package &package) : package(package) {}
CommandSteps::~CommandSteps() = default;

llvm::Error CommandSteps::run(uint32_t command) {
  const bst::Status status = execution->run(command);
  if (status.ok())
    return llvm::Error::success();
  return prefixError("command '" + bst::programOf(package).commands[command].name + "'",
                     toError(status));
}

} // namespace bstc

#include "tools/bstc/cli/device.h"

#include "driver/package_run.h"
#include "ir/error.h"
#include "tools/bstc/cli/options.h"

#include <bst/device.h>

#include <cstdlib>

namespace bstc {

static llvm::StringRef deviceName(const Arguments &arguments) {
  return arguments.value(option::device.name, bst_simulator_driver()->name);
}

bool isSimulator(const Arguments &arguments) {
  return deviceName(arguments) == bst_simulator_driver()->name;
}

llvm::Expected<ChosenDevice> openDevice(const Arguments &arguments) {
  constexpr const char *isaOption = "isa=";
  const std::string name = deviceName(arguments).str();
  std::string options = arguments.value(option::deviceOptions.name).str();
  const char *isa = std::getenv("BSTC_ISA");
  const bool fromEnvironment = isa && *isa && options.empty() && isSimulator(arguments);
  if (fromEnvironment)
    options = std::string(isaOption) + isa;
  bstrt::Result<bstrt::Device> device =
      bstrt::Device::byName(name.c_str(), options.empty() ? nullptr : options.c_str());
  if (!device && device.error().code() != BST_ERROR_INVALID_ARGUMENT)
    return toError(device.error());
  if (!device)
    return makeError(Code::DeviceRefused,
                     llvm::Twine(fromEnvironment ? "BSTC_ISA: " : "") + device.error().message());
  ChosenDevice chosen = {*device, std::nullopt};
  if (isSimulator(arguments)) {
    llvm::StringRef chosenIsa = options;
    chosenIsa.consume_front(isaOption);
    chosen.isa = chosenIsa.str();
  }
  return chosen;
}

} // namespace bstc

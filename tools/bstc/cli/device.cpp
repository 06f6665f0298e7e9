#include "tools/bstc/cli/device.h"

#include "driver/package_run.h"
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
  if (const char *isa = std::getenv("BSTC_ISA");
      isa && *isa && options.empty() && isSimulator(arguments))
    options = std::string(isaOption) + isa;
  bstrt::Result<bstrt::Device> device =
      bstrt::Device::byName(name.c_str(), options.empty() ? nullptr : options.c_str());
  if (!device)
    return toError(device.error());
  ChosenDevice chosen = {*device, std::nullopt};
  if (isSimulator(arguments)) {
    llvm::StringRef isa = options;
    isa.consume_front(isaOption);
    chosen.isa = isa.str();
  }
  return chosen;
}

} // namespace bstc

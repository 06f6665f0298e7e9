#ifndef BSTC_TOOLS_BSTC_CLI_DEVICE_H
#define BSTC_TOOLS_BSTC_CLI_DEVICE_H

#include "tools/bstc/cli/arguments.h"

#include <bst/bst.hpp>

#include <optional>

namespace bstc {

/// Whether --device names the simulator, or nothing.
bool isSimulator(const Arguments &arguments);

/// What a subcommand runs on.
struct ChosenDevice {
  bstrt::Device device;
  /// The simulator's instruction set, empty for the best; none where another driver was chosen.
  std::optional<std::string> isa;
};

/// Opens what --device and --device-options name (cli/options.h). Without --device-options, the
/// simulator takes the instruction set of BSTC_ISA in the environment, which
/// errors then name. Errors: the driver's.
llvm::Expected<ChosenDevice> openDevice(const Arguments &arguments);

} // namespace bstc

#endif // BSTC_TOOLS_BSTC_CLI_DEVICE_H

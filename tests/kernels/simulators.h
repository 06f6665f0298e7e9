#ifndef BSTC_TESTS_KERNELS_SIMULATORS_H
#define BSTC_TESTS_KERNELS_SIMULATORS_H

#include "backends/simulator/isa.h"
#include "backends/simulator/simulator.h"

#include <string>
#include <vector>

namespace bst::problems {

struct NamedDevice {
  std::string name;
  std::unique_ptr<Device> device;
};

/// A simulator for each instruction set of this processor.
inline std::vector<NamedDevice> allSimulators() {
  std::vector<NamedDevice> all;
  for (Isa isa : supportedIsas()) {
    NamedDevice simulator = {isaName(isa), nullptr};
    if (createSimulator(isaName(isa), simulator.device).ok())
      all.push_back(std::move(simulator));
  }
  return all;
}

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_SIMULATORS_H

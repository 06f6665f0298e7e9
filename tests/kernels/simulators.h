#ifndef BSTC_TESTS_KERNELS_SIMULATORS_H
#define BSTC_TESTS_KERNELS_SIMULATORS_H

#include "tests/kernels/case.h"

#include <memory>
#include <string>
#include <vector>

namespace bst::problems {

struct NamedDevice {
  std::string name;
  std::unique_ptr<Simulator> device;
};

/// A simulator for each instruction set of this processor.
std::vector<NamedDevice> allSimulators();

/// A device for each kernel of the convolutions' table that this processor has and that supports
/// the case, whether or not the simulator would choose it; none when the case is no convolution.
std::vector<NamedDevice> convKernelsFor(const Case &test);

} // namespace bst::problems

#endif // BSTC_TESTS_KERNELS_SIMULATORS_H

#ifndef BST_BACKENDS_SIMULATOR_SIMULATOR_H
#define BST_BACKENDS_SIMULATOR_SIMULATOR_H

#include "runtime/device.h"

#include <memory>

namespace bst {

/// The host simulator of MACA, EDP and DSP: the device driver made of backends/*/kernels, bit-exact
/// to backends/NUMERICS.md. Includes nothing of the compiler. Uses the best instruction set of this
/// processor.
std::unique_ptr<Device> createSimulator();

/// The same with the kernels of one instruction set: "scalar" (portable C++) or "avx2". Results of
/// the 8-bit engines are identical on all of them. Null or empty: the best. InvalidArgument when
/// the name is unknown or this processor lacks it; the message lists what it has.
Status createSimulator(const char *isa, std::unique_ptr<Device> &device);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_SIMULATOR_H

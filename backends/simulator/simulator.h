#ifndef BST_BACKENDS_SIMULATOR_SIMULATOR_H
#define BST_BACKENDS_SIMULATOR_SIMULATOR_H

#include "runtime/device.h"

#include <memory>

namespace bst {

/// The host simulator of MACA, EDP and DSP: the device driver made of backends/*/kernels, bit-exact
/// to backends/NUMERICS.md. Includes nothing of the compiler.
std::unique_ptr<Device> createSimulator();

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_SIMULATOR_H

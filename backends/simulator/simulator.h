#ifndef BST_BACKENDS_SIMULATOR_SIMULATOR_H
#define BST_BACKENDS_SIMULATOR_SIMULATOR_H

#include "runtime/run/device.h"

#include <memory>

namespace bst {

/// The host simulator of MACA, EDP and DSP: the device driver made of backends/*/kernels, bit-exact
/// to backends/NUMERICS.md. Includes nothing of the compiler. Uses the best instruction set of this
/// processor. Null where there is no memory.
std::unique_ptr<Device> createSimulator();

/// The same with the kernels of one instruction set, named as isaName() does ("scalar" is portable
/// C++). Results of the 8-bit engines are identical on all of them. Null or empty: the best.
/// InvalidArgument when the name is unknown or this processor lacks it; the message lists what it
/// has. OutOfMemory.
Status createSimulator(const char *isa, std::unique_ptr<Device> &device);

/// int8 multiply-accumulates a second that one thread can reach with the instruction set of that
/// name (null or empty: the best), measured now for some 20 ms; 0 for "scalar".
double simulatorPeakMacs(const char *isa);

} // namespace bst

#endif // BST_BACKENDS_SIMULATOR_SIMULATOR_H

#ifndef BSTC_DIAGNOSE_NETWORK_PROGRAM_NETWORK_H
#define BSTC_DIAGNOSE_NETWORK_PROGRAM_NETWORK_H

#include "diagnose/network/network.h"
#include "runtime/program/program.h"

namespace bstc::diagnose {

/// A compiled program as layers and wires, as far as it still tells: a command is a layer; int8
/// maps are wires with a pair; integer weights and biases mean what their command's factors make of
/// them, so that scales of weights are known up to rounding to 31 bits. Activations that are fused
/// into a command are bounds of it. Only fit for comparison with another program. `source` stands
/// for the file.
Network networkOfProgram(const bst::Program &program, llvm::StringRef source);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_NETWORK_PROGRAM_NETWORK_H

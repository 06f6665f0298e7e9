#ifndef BSTC_DRIVER_TENSOR_OWNERS_H
#define BSTC_DRIVER_TENSOR_OWNERS_H

#include "ir/graph.h"
#include "runtime/program/program.h"

#include <vector>

namespace bstc {

/// By tensor of `program`: itself or, for the result of a node that costs nothing, the tensor whose
/// bytes it renames. `placed` is the graph that the program was lowered from.
std::vector<uint32_t> tensorOwners(const Graph &placed, const bst::Program &program);

} // namespace bstc

#endif // BSTC_DRIVER_TENSOR_OWNERS_H

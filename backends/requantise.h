#ifndef BSTC_BACKENDS_REQUANTISE_H
#define BSTC_BACKENDS_REQUANTISE_H

#include "ir/graph.h"
#include "runtime/program/commands.h"

namespace bstc {

/// Multiplier and shift of a positive real ratio (backends/NUMERICS.md, "Requantisation"). Errors:
/// a ratio that is not finite, not positive, or 2^30 and above.
llvm::Expected<bst::Requant> requantFor(double ratio);

/// Clamp bounds in steps of `type` (s8 or u8, per tensor) for real bounds (NUMERICS.md, "MACA").
struct ClampBounds {
  int32_t lo, hi;
};
ClampBounds clampFor(const TensorType &type, const Bounds &bounds);

/// Why `node`, which still computes in float, found no int8 form: an operand that is not quantised,
/// or a result that is not quantised again. Names the other node.
std::string whyFloat(const Node &node);

/// True when every operand that is not a constant, and the result, are int8 with one scale.
bool isQuantisedNode(const Node &node);

} // namespace bstc

#endif // BSTC_BACKENDS_REQUANTISE_H

#ifndef BSTC_BACKENDS_EDP_TABLES_H
#define BSTC_BACKENDS_EDP_TABLES_H

#include "ir/graph.h"

namespace bstc {

/// f(x) in double of the one-operand operators that EDP runs as a table. Definitions are ONNX's
/// (opset 13 operator schemas); Silu is x * sigmoid(x); Identity is a rescale.
double activationAt(OpKind op, const ActivationAttrs &attrs, double x);

/// The 256 entries for `node`, index x - min(type of x) (NUMERICS.md, "EDP").
std::vector<uint8_t> buildTable(const Node &node);

} // namespace bstc

#endif // BSTC_BACKENDS_EDP_TABLES_H

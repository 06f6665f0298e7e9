#ifndef BSTC_BACKENDS_EDP_TABLES_H
#define BSTC_BACKENDS_EDP_TABLES_H

#include "ir/graph.h"

namespace bstc {

/// True of the operators of one operand that EDP runs as a table: every activation, and Identity
/// between different quantisations (a rescale).
bool isTableOp(OpKind op);

/// f(x) of an operator with a table, in float32: each operation of its ONNX definition (operator
/// schemas of opset 13) rounded once, elementary functions to the nearest float32 (NUMERICS.md,
/// "EDP", has the formulas).
float activationAt(OpKind op, const ActivationAttrs &attrs, float x);

/// The 256 entries for `node`, index x - min(type of x) (NUMERICS.md, "EDP").
std::vector<uint8_t> buildTable(const Node &node);

} // namespace bstc

#endif // BSTC_BACKENDS_EDP_TABLES_H

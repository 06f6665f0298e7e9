#ifndef BSTC_FRONTEND_PASSES_FULLY_CONNECTED_H
#define BSTC_FRONTEND_PASSES_FULLY_CONNECTED_H

#include "ir/graph.h"

#include <optional>

namespace bstc {

/// x [N, K] times a constant matrix, plus a constant row: a Gemm, or a MatMul with the Add behind.
struct FullyConnected {
  Node *node;
  Value *x;
  Value *weights;          ///< [K, M]; float, maybe behind a DequantizeLinear.
  Value *bias;             ///< M floats, or null.
  Value *output;           ///< [N, M].
  bool transposed = false; ///< Weights are [M, K].
  Node *last = node;       ///< Makes the output.
};

/// Recognises `node` as one.
std::optional<FullyConnected> fullyConnected(const Graph &graph, Node &node);

} // namespace bstc

#endif // BSTC_FRONTEND_PASSES_FULLY_CONNECTED_H

#ifndef BSTC_DIAGNOSE_MATCH_KINDS_H
#define BSTC_DIAGNOSE_MATCH_KINDS_H

#include "diagnose/network/network.h"

namespace bstc::diagnose {

/// Whether `op` is a function of one element (a row of activations.def).
bool isActivation(OpKind op);

/// Operators that do the same work under another name, or that users exchange for one another, have
/// one kind: all activations; Resize and Upsample; Reshape, Flatten, Squeeze and Unsqueeze; pools;
/// Add and Sum. It is the least operator of the kind.
OpKind kindOf(OpKind op);

/// Whether the order of operands means nothing: Add, Sum, Mul, Max, Min.
bool isCommutative(OpKind op);

/// Where a wire comes from: a layer's result, or an input of the network (`layer` is -1).
struct Source {
  int layer = -1;
  int input = -1;
  unsigned result = 0;
  explicit Source(const Wire &wire) : layer(wire.layer), input(wire.input), result(wire.result) {}
  bool isConstant() const { return layer < 0 && input < 0; }
  bool operator==(const Source &) const = default;
};

/// The numbers of weights, or of a bias: as the file writes them, where it has them as floats; else
/// as the layer computes with them.
std::vector<float> numbersOf(const Weights &weights);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MATCH_KINDS_H

#ifndef BSTC_DIAGNOSE_MEASURE_LINEUP_H
#define BSTC_DIAGNOSE_MEASURE_LINEUP_H

#include "diagnose/network/network.h"

namespace bstc::diagnose {

/// Which layer of a reference does the work of a layer.
struct Lineup {
  std::vector<int> layers; ///< By layer: index into the reference's layers; -1: there is none.
  size_t matched() const;
};

/// Lines a network up with its float reference: convolutions and matrix products in their order, as
/// far as their weights have one shape (the order that keeps most of them, similar weights before
/// others); then what computes the same of the same operands. An activation may be another one.
Lineup lineUp(const Network &network, const Network &reference);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_MEASURE_LINEUP_H

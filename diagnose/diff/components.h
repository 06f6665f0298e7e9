#ifndef BSTC_DIAGNOSE_DIFF_COMPONENTS_H
#define BSTC_DIAGNOSE_DIFF_COMPONENTS_H

#include "diagnose/diff/finders.h"

namespace bstc::diagnose {

/// Layers without a counterpart that hang together, and what reads them: one edit.
struct Component {
  std::vector<int> onlyA, onlyB; ///< In the networks' orders.
  /// A wire of a pair of matched layers that comes from one of them, or of the networks' outputs
  /// where `a` is -1.
  struct Reader {
    int a = -1, b = -1;
    Source fromA, fromB; ///< What each reads.
  };
  std::vector<Reader> readers;
};

/// Matched layers that read something else in B than in A although both sources are matched.
struct Rewiring {
  int a, b;
  /// What each reads that the other does not; empty: the same in another order.
  std::vector<Source> onlyA, onlyB;
};

struct WiringDifference {
  std::vector<Component> components;
  std::vector<Rewiring> rewirings;
};

WiringDifference compareWiring(const Compared &compared);

/// Whether the component is an activation that the other network, a compiled program, has fused
/// into the layer before: findActivations() tells of it there.
bool isFusedInTheOther(const Compared &compared, const Component &component);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_DIFF_COMPONENTS_H

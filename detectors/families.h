#ifndef BSTC_DETECTORS_FAMILIES_H
#define BSTC_DETECTORS_FAMILIES_H

#include "ir/graph.h"

namespace bstc {

/// A family of detectors: a folder here, and a row in families.cpp.
struct Family {
  const char *name;
  /// Replaces the decodes of this family in the graph by its operator.
  void (*recognise)(Graph &graph);
};

llvm::ArrayRef<Family> families();

} // namespace bstc

#endif // BSTC_DETECTORS_FAMILIES_H

#ifndef BSTC_DETECTORS_SHARED_ANCHORS_H
#define BSTC_DETECTORS_SHARED_ANCHORS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace bstc {

/// Anchors of a network by level, the finest first: each [w, h, w, h, ...] in pixels, as many in
/// every level.
using AnchorLevels = std::vector<std::vector<float>>;

/// Reads numbers with commas between them, and a slash between levels:
/// "10,13,16,30,33,23/30,61,62,45,59,119". An error where they are no pairs above 0, or differ in
/// number from level to level.
llvm::Expected<AnchorLevels> parseAnchors(llvm::StringRef text);

} // namespace bstc

#endif // BSTC_DETECTORS_SHARED_ANCHORS_H

#ifndef BSTC_DIAGNOSE_BLAME_PART_H
#define BSTC_DIAGNOSE_BLAME_PART_H

#include "diagnose/measure/measured_tensor.h"

#include <set>
#include <string>
#include <vector>

namespace bstc::diagnose {

/// A part of a network that may be computed in float while the rest stays quantised.
struct Part {
  std::string name;  ///< Module path of a layer, or what the paths of a block have in front.
  std::string block; ///< The block that it is of; a block's own name.
  /// QuantizeLinear nodes that the part does without, by name: those behind its layers, and those
  /// of its weights.
  std::set<std::string, std::less<>> quantisers;
};

/// One part per layer (those with one module path together, and inputs), in their order.
std::vector<Part> layerParts(const Network &network);

/// One part per block: layers whose paths are the same up to the first number (model.6).
std::vector<Part> blockParts(llvm::ArrayRef<Part> layers);

/// "model.6" of "model.6.m.0.cv1"; a path without a number is a block of its own.
std::string blockOf(llvm::StringRef path);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_BLAME_PART_H

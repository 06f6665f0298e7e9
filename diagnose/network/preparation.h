#ifndef BSTC_DIAGNOSE_NETWORK_PREPARATION_H
#define BSTC_DIAGNOSE_NETWORK_PREPARATION_H

#include "ir/graph.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <string>

namespace bstc::diagnose {

/// A copy of an imported graph after the passes that fold, and what those would have lost.
struct Prepared {
  /// Weights that the file has in float, in front of a QuantizeLinear. In the graph stand constants
  /// without bytes: rounding all weights takes longer than everything else.
  struct QuantisedWeights {
    TensorDataRef floats;
    std::string value; ///< Of the float weights.
    std::string node;  ///< The QuantizeLinear.
    Quantisation quant;
  };
  Graph graph;
  std::map<std::string, QuantisedWeights, std::less<>> weights; ///< By the name of their integers.
  /// What a DequantizeLinear of constants says in the file, by its name.
  std::map<std::string, Quantisation, std::less<>> weightScales;
  /// Least and greatest code that a Clip behind a QuantizeLinear lets through, by the latter's
  /// name.
  std::map<std::string, std::pair<int32_t, int32_t>, std::less<>> clips;
  llvm::StringSet<> norms;               ///< BatchNormalizations of the file.
  llvm::DenseSet<const Node *> computed; ///< Nodes of the graph that depend on an input.
};

/// Errors: those of the passes, with the node's name.
llvm::Expected<Prepared> prepare(const Graph &imported);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_NETWORK_PREPARATION_H

#ifndef BSTC_DIAGNOSE_BLAME_PART_PLAN_H
#define BSTC_DIAGNOSE_BLAME_PART_PLAN_H

#include "diagnose/blame/part.h"
#include "driver/compile.h"

#include "llvm/ADT/DenseMap.h"

namespace bstc::diagnose {

/// A quantised network three times over: as its file means it, as the program that the engines run,
/// and where the numbers of the one are in the other.
class RunnableNetwork {
public:
  /// \p compilation outlives the network. Errors: those of folding.
  static llvm::Expected<std::unique_ptr<RunnableNetwork>> create(const Compilation &compilation);

  const Graph &imported() const { return compilation.imported; }
  const Graph &quantised() const { return graph; } ///< Constants folded.
  const bst::Program &program() const { return compilation.compiled->program; }
  llvm::ArrayRef<uint32_t> owners() const { return owner; }
  /// Whether a tensor of the program, and no other name of its bytes, has the numbers of `value`:
  /// the integers of a QuantizeLinear, or an output of the network.
  bool isMapped(const Value &value) const;
  /// Such a tensor; valid where isMapped().
  uint32_t tensorOf(const Value &value) const { return tensors.lookup(value.name); }

private:
  explicit RunnableNetwork(const Compilation &compilation) : compilation(compilation) {}

  const Compilation &compilation;
  Graph graph;
  std::vector<uint32_t> owner;       ///< tensorOwners().
  llvm::StringMap<uint32_t> tensors; ///< By the name in the file: the first tensor that has it.
};

/// How to run the network with one part of it in float: which commands of the program the simulator
/// runs again, and what is computed in float in the place of others. Whatever does not depend on
/// the part keeps what a run of the whole quantised network left there.
struct PartPlan {
  /// One command of the program.
  struct Step {
    uint32_t command = 0;
    /// Of the results of this command, by index into its outputs: the value of `graph` that is
    /// computed in float in its place, and then quantised as the file says. Empty: the command
    /// runs.
    std::vector<std::pair<uint32_t, const Value *>> computed;
  };
  Graph graph;                   ///< With the part in float.
  std::vector<Step> steps;       ///< In the order of the program.
  std::vector<uint32_t> changed; ///< Tensors (owners) that are not what they were.
};

/// Errors: those of folding.
llvm::Expected<PartPlan> planPart(const RunnableNetwork &network, const Part &part);

} // namespace bstc::diagnose

#endif // BSTC_DIAGNOSE_BLAME_PART_PLAN_H

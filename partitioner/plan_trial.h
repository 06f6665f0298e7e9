#ifndef BSTC_PARTITIONER_PLAN_TRIAL_H
#define BSTC_PARTITIONER_PLAN_TRIAL_H

#include "partitioner/section_bands.h"

#include <limits>

namespace bstc {

/// A plan, and what the timeline says of it.
struct TriedPlan {
  TilePlan plan;
  double period = 0; ///< Seconds from frame to frame.
};

/// Tries plans of one program on the timeline.
class PlanTrial {
public:
  /// \p roots: as for tileUnits.
  PlanTrial(const bst::Program &program, llvm::ArrayRef<uint32_t> roots, const Target &target)
      : target(target), units(tileUnits(program, roots, target)), scratch(program), roots(roots),
        tiling(scratch, target, units) {}

  /// \p wanted: see steadyPeriod().
  TriedPlan run(TilePlan plan, double wanted = std::numeric_limits<double>::infinity());
  /// Does the section fit into the memories of the plan? Decides whether its constants stay.
  bool fits(const TilePlan &plan, Section &section);
  TilingContext &context() { return tiling; }
  const bst::Program &program() const { return scratch; }

  const Target &target;
  const std::vector<TileUnit> units; ///< Of which none keeps its constants.

private:
  bst::Program scratch;
  llvm::ArrayRef<uint32_t> roots;
  TilingContext tiling;
};

/// Changes one section after the other (bands, style, lag, its end, two made one, one made two) as
/// long as the timeline gets shorter, in at most `trials` trials, which it counts down. Local
/// search from a plan that is good already.
TriedPlan climb(PlanTrial &trial, TriedPlan from, uint32_t &trials);

/// Puts the donor's sections in place of the plan's wherever the two cut the network at the same
/// units, piece by piece, as long as the timeline gets shorter: a step that is larger than those of
/// climb(), between plans that are good already.
TriedPlan cross(PlanTrial &trial, TriedPlan into, const TilePlan &donor, uint32_t &trials);

/// Gives the program the arena and the tiles of `plan`. \p context: of the plan's units.
void applyPlan(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const TilePlan &plan,
               const Target &target, TilingContext &context);

} // namespace bstc

#endif // BSTC_PARTITIONER_PLAN_TRIAL_H

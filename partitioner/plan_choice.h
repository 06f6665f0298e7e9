#ifndef BSTC_PARTITIONER_PLAN_CHOICE_H
#define BSTC_PARTITIONER_PLAN_CHOICE_H

#include "partitioner/sections.h"

namespace bstc {

/// The plan that the timeline says is the fastest of many: by planSections(), which looks at one
/// section after the other, and by SectionSearch with several prices and shares of the memories.
/// Deterministic. \p roots: as for tileUnits. Errors: those of planSections.
llvm::Expected<TilePlan> choosePlan(const bst::Program &program, llvm::ArrayRef<uint32_t> roots,
                                    const Target &target);

/// Gives the program the arena and the tiles of `plan`.
void applyPlan(bst::Program &program, llvm::ArrayRef<uint32_t> roots, const TilePlan &plan,
               const Target &target);

} // namespace bstc

#endif // BSTC_PARTITIONER_PLAN_CHOICE_H

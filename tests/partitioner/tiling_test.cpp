// Sections, bands and tile operations: of random programs, executed on memories that hardly hold
// them, and of programs for which the right answer is plain.
#include "backends/target.h"
#include "partitioner/sections.h"
#include "runtime/package.h"
#include "tests/partitioner/random_program.h"
#include "tests/support/strict.h"

#include <gmock/gmock.h>

#include <numeric>

namespace bstc::test {
namespace {

Target smallTarget(int64_t dataBytes, int64_t weightBytes) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  target.maca.dataMemoryBytes = dataBytes;
  target.maca.weightMemoryBytes = weightBytes;
  return target;
}

llvm::Error tile(bst::Program &program, const Target &target, TilePlan *kept = nullptr) {
  std::vector<uint32_t> roots(program.tensors.size());
  std::iota(roots.begin(), roots.end(), 0U);
  auto plan = planSections(program, roots, target);
  if (!plan)
    return plan.takeError();
  emitTiles(program, *plan, target);
  if (kept)
    *kept = std::move(*plan);
  return llvm::Error::success();
}

/// What the random programs made use of, so that a generator or planner that avoids the hard cases
/// is seen.
struct Seen {
  size_t programs = 0, bands = 0, longSections = 0, pieces = 0, fused = 0, refused = 0,
         resident = 0, lagging = 0;
};

void count(const bst::Program &program, const TilePlan &plan, Seen &seen) {
  ++seen.programs;
  for (const Section &section : plan.sections) {
    seen.bands += section.bands > 1;
    seen.longSections += section.last > section.first + 1;
    seen.resident += section.resident;
    seen.lagging += section.lag <= section.last - section.first;
  }
  for (const bst::TileOp &op : program.tiles.ops) {
    seen.fused += op.commands.size() == 2;
    seen.pieces += op.queue == bst::Queue::Maca && op.output.part.channel > 0;
  }
}

TEST(Tiling, RandomProgramsGiveTheSameBytesOnSmallMemories) {
  Seen seen;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    RandomProgram made = randomProgram(seed);
    ASSERT_EQ(bst::verifyProgram(made.program).message(), "");
    constexpr int64_t sizes[] = {8 << 10, 24 << 10, 100 << 10};
    Target target = smallTarget(sizes[seed % 3], sizes[seed / 3 % 3]);
    if (seed % 2) { // Operations that cost nothing to start: smaller bands, engines side by side.
      target.maca.commandCycles = target.edp.commandCycles = 0;
      target.edp.bytesPerCycle = 4;
    }
    if (seed % 5 == 0)
      target.maca.fusedAdd = false;
    TilePlan plan;
    if (llvm::Error error = tile(made.program, target, &plan)) {
      EXPECT_THAT(llvm::toString(std::move(error)), ::testing::HasSubstr("does not fit into the"));
      ++seen.refused;
      continue;
    }
    ASSERT_EQ(bst::verifyProgram(made.program).message(), "");
    bst::testing::expectStrictEqualsFast(made.program);
    if (::testing::Test::HasFailure())
      return;
    count(made.program, plan, seen);
  }
  EXPECT_GE(seen.programs, 100u);
  EXPECT_GE(seen.bands, 100u);
  EXPECT_GE(seen.longSections, 100u);
  EXPECT_GE(seen.resident, 30u);
  EXPECT_GE(seen.lagging, 10u);
  EXPECT_GE(seen.pieces, 100u);
  EXPECT_GE(seen.fused, 30u);
  EXPECT_GE(seen.refused, 1u);
}

} // namespace
} // namespace bstc::test

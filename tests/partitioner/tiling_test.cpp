// Sections, bands and tile operations: of random programs, executed on memories that hardly hold
// them, and of programs for which the right answer is plain.
#include "backends/target.h"
#include "partitioner/plan_choice.h"
#include "partitioner/section_bands.h"
#include "runtime/package/package.h"
#include "runtime/program/tile_access.h"
#include "runtime/program/tile_parts.h"
#include "runtime/verify/verify.h"
#include "tests/partitioner/random_program.h"
#include "tests/support/strict.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace bstc::test {
namespace {

Target smallTarget(int64_t dataBytes, int64_t weightBytes) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  target.maca.dataMemoryBytes = dataBytes;
  target.maca.weightMemoryBytes = weightBytes;
  return target;
}

/// The arena stays as the generator has planned it.
void applyTiles(bst::Program &program, const TilePlan &plan, const Target &target) {
  TilingContext context(program, target, plan.units);
  emitTiles(program, plan, target, context);
}

/// False where the memories are too small, which is the only reason to refuse these programs.
bool tile(RandomProgram &made, const Target &target, TilePlan &kept) {
  auto plan = planSections(made.program, made.roots, target);
  if (!plan) {
    EXPECT_THAT(llvm::toString(plan.takeError()), ::testing::HasSubstr("does not fit into the"));
    return false;
  }
  applyTiles(made.program, *plan, target);
  kept = std::move(*plan);
  return true;
}

/// Random programs of a test: a share of them under the sanitizers, which set BSTC_TEST_PROBLEMS.
unsigned randomPrograms() { return std::getenv("BSTC_TEST_PROBLEMS") ? 60 : 300; }

/// Did so many of 300 programs make use of something?
void expectSeen(size_t count, size_t ofAll, const char *what) {
  EXPECT_GE(count * 300, ofAll * randomPrograms()) << what;
}

/// Runs random programs as tiles and as commands. `cut(made, seed, plan)` makes the tiles, or is
/// false where there are none; `count(program, plan)` sees each program that has them.
template <typename Cut, typename Count> void expectSameBytes(Cut cut, Count count) {
  for (unsigned seed = 0; seed < randomPrograms(); ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    RandomProgram made = randomProgram(seed);
    ASSERT_EQ(bst::verifyProgram(made.program).message(), "");
    TilePlan plan;
    if (!cut(made, seed, plan))
      continue;
    ASSERT_EQ(bst::verifyProgram(made.program).message(), "");
    bst::testing::expectStrictEqualsFast(made.program);
    if (::testing::Test::HasFailure())
      return;
    count(made.program, plan);
  }
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
  expectSameBytes(
      [&](RandomProgram &made, unsigned seed, TilePlan &plan) {
        constexpr int64_t sizes[] = {8 << 10, 24 << 10, 100 << 10};
        Target target = smallTarget(sizes[seed % 3], sizes[seed / 3 % 3]);
        // Operations that cost nothing to start: smaller bands, engines side by side.
        if (seed % 2) {
          target.maca.commandCycles = target.edp.commandCycles = 0;
          target.edp.bytesPerCycle = 4;
        }
        if (seed % 5 == 0)
          target.maca.fusedAdd = false;
        const bool fits = tile(made, target, plan);
        seen.refused += !fits;
        return fits;
      },
      [&](const bst::Program &program, const TilePlan &plan) { count(program, plan, seen); });
  expectSeen(seen.programs, 100, "programs");
  expectSeen(seen.bands, 100, "bands");
  expectSeen(seen.longSections, 100, "longSections");
  expectSeen(seen.resident, 30, "resident");
  expectSeen(seen.lagging, 10, "lagging");
  expectSeen(seen.pieces, 100, "pieces");
  expectSeen(seen.fused, 30, "fused");
  expectSeen(seen.refused, 1, "refused");
}

/// What plans chosen by the timeline made use of.
struct Chosen {
  size_t programs = 0, contexts = 0, kept = 0, ahead = 0, early = 0, inPlace = 0, parts = 0;
};

void countChosen(const bst::Program &program, const TilePlan &plan, Chosen &seen) {
  ++seen.programs;
  seen.contexts += plan.share.contexts > 1;
  seen.kept += program.tiles.once > 0;
  for (const Section &section : plan.sections) {
    seen.ahead += section.style.ahead;
    seen.early += section.style.early;
  }
  for (const bst::TileOp &op : program.tiles.ops) {
    const bst::Command &command = program.commands[op.commands[0]];
    if (op.queue != bst::Queue::Edp || !op.output.onChip)
      continue;
    seen.parts += std::holds_alternative<bst::ConcatParams>(command.params) &&
                  op.inputs.size() < command.inputs.size();
    for (const bst::Slice &input : op.inputs)
      seen.inPlace += input.onChip && input.offset == op.output.offset;
  }
}

TEST(Tiling, ChosenPlansGiveTheSameBytes) {
  Chosen seen;
  expectSameBytes(
      [&](RandomProgram &made, unsigned seed, TilePlan &plan) {
        constexpr int64_t sizes[] = {16 << 10, 40 << 10, 200 << 10};
        Target target = smallTarget(sizes[seed % 3], sizes[seed / 3 % 3]);
        if (seed % 2)
          target.maca.commandCycles = target.edp.commandCycles = 0;
        if (seed % 4 < 2) // Channels are cut finer.
          target.maca.outChannelQuantum = 8;
        llvm::Expected<TilePlan> chosen = choosePlan(made.program, made.roots, target);
        if (!chosen) {
          llvm::consumeError(chosen.takeError());
          return false;
        }
        plan = std::move(*chosen);
        applyPlan(made.program, made.roots, plan, target);
        return true;
      },
      [&](const bst::Program &program, const TilePlan &plan) { countChosen(program, plan, seen); });
  expectSeen(seen.programs, 100, "programs");
  expectSeen(seen.contexts, 30, "contexts");
  expectSeen(seen.kept, 30, "kept");
  expectSeen(seen.ahead, 30, "ahead");
  expectSeen(seen.early, 30, "early");
  expectSeen(seen.inPlace, 30, "inPlace");
  expectSeen(seen.parts, 20, "parts");
}

/// Weights of 16 output channels that do not fit: the products of some input channels at a time.
TEST(Tiling, PartialSumsGiveTheSameBytes) {
  size_t programs = 0, shares = 0, riding = 0, windows = 0;
  expectSameBytes(
      [](RandomProgram &made, unsigned seed, TilePlan &plan) {
        return tile(made, smallTarget(100 << 10, seed % 2 ? 1216 : 2496), plan);
      },
      [&](const bst::Program &program, const TilePlan &) {
        ++programs;
        for (const bst::TileOp &op : program.tiles.ops)
          if (bst::inputShareOf(program, op).partial()) {
            ++shares;
            riding += op.commands.size() == 2;
            windows += program.tensors[op.inputs[1].tensor].shape[2] > 1;
          }
      });
  expectSeen(programs, 100, "programs");
  expectSeen(shares, 100, "shares");
  expectSeen(riding, 10, "riding");
  expectSeen(windows, 30, "windows");
}

/// A program with partial sums, and where the operations of its first chain are.
struct Chain {
  RandomProgram made;
  std::vector<uint32_t> ops;
};

Chain chainOfShares() {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Chain chain = {randomProgram(seed), {}};
    TilePlan plan;
    if (!tile(chain.made, smallTarget(100 << 10, 2496), plan))
      continue;
    const auto &ops = chain.made.program.tiles.ops;
    for (uint32_t index = 0; index < ops.size(); ++index) {
      const bst::InputShare share = bst::inputShareOf(chain.made.program, ops[index]);
      if (share.partial())
        chain.ops.push_back(index);
      if (!share.partial() || !share.closes())
        continue;
      if (chain.ops.size() >= 3) // The first two are of the same size.
        return chain;
      chain.ops.clear();
    }
  }
  ADD_FAILURE() << "no program has partial sums";
  return {};
}

/// Sums that lack products, have some twice, or are of two outputs at a time are refused.
TEST(Tiling, PartialSumsAreCompleteAndInOrder) {
  const Chain chain = chainOfShares();
  ASSERT_GE(chain.ops.size(), 3u);
  const auto fault = [&](auto &&change) {
    bst::Program program = chain.made.program;
    change(program.tiles.ops);
    return std::string(bst::verifyProgram(program).message());
  };
  using Ops = std::vector<bst::TileOp>;
  const uint32_t first = chain.ops[0], second = chain.ops[1], last = chain.ops.back();
  EXPECT_EQ(fault([](Ops &) {}), "");
  // Another order: the second takes the constants of the first again.
  EXPECT_THAT(
      fault([&](Ops &ops) { ops[second].inputs[1].part = ops[first].inputs[1].part; }),
      ::testing::HasSubstr("adds the products of input channel 0 to no sums of those before"));
  // The second before the first.
  EXPECT_THAT(
      fault([&](Ops &ops) { std::swap(ops[first].inputs[1].part, ops[second].inputs[1].part); }),
      ::testing::HasSubstr("to no sums of those before"));
  // Another output.
  EXPECT_THAT(fault([&](Ops &ops) { ops[second].output.offset += 64; }),
              ::testing::HasSubstr("to no sums of those before"));
  // Nothing after the second to last.
  EXPECT_NE(fault([&](Ops &ops) { ops.resize(last); }), "");
}

TEST(Tiling, WhatIsReadInsideASectionOnlyNeverLeavesTheChip) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomProgram made = randomProgram(seed);
    TilePlan plan;
    if (!tile(made, smallTarget(24 << 10, 24 << 10), plan))
      continue;
    std::vector<uint32_t> sectionOf(made.program.commands.size());
    for (uint32_t index = 0; index < plan.sections.size(); ++index)
      for (uint32_t unit = plan.sections[index].first; unit <= plan.sections[index].last; ++unit)
        for (uint32_t command : plan.units[unit].commands)
          sectionOf[command] = index;
    const auto writers = bst::writersOf(made.program);
    // Who reads a command's result outside of its section, or by another name?
    std::vector<bool> needed(made.program.commands.size());
    for (uint32_t reader = 0; reader < writers.size(); ++reader)
      for (size_t i = 0; i < writers[reader].size(); ++i)
        if (const uint32_t writer = writers[reader][i]; writer < writers.size())
          needed[writer] =
              needed[writer] || sectionOf[writer] != sectionOf[reader] ||
              made.program.commands[reader].inputs[i] != made.program.commands[writer].outputs[0];
    for (const bst::TileOp &op : made.program.tiles.ops)
      if (op.queue == bst::Queue::Store) {
        EXPECT_TRUE(needed[op.commands[0]]) << "seed " << seed << " command " << op.commands[0];
      }
  }
}

} // namespace
} // namespace bstc::test

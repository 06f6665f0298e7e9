// Sections of small programs: their bands, places and estimated times by hand. A cycle is a
// microsecond; 16 MAC, 2 bytes of EDP and 4 DRAM bytes a microsecond; commands of MACA start in 5,
// those of EDP in 3.

#include "partitioner/fused_adds.h"
#include "partitioner/retile.h"
#include "partitioner/section_bands.h"
#include "partitioner/sections.h"
#include "tests/cost/small_program.h"

#include <gmock/gmock.h>

#include <numeric>

namespace bstc {
namespace {

using testing::HasSubstr;
constexpr double us = 1e-6;

/// A convolution 8 -> 8 of maps of `rows` x `columns`, padded; weights lie in panels of 16
/// channels, with 4 bytes of bias for each that there is: of 1x1 128 + 32 bytes, of 3x3 1152 + 32.
bst::Program convolution(int32_t kernel, int32_t rows, int32_t columns) {
  bst::Program program = convProgram(8, 8, kernel, 1, 1);
  for (uint32_t map : {0u, 2u}) {
    program.tensors[map].shape = {1, 8, rows, columns};
    program.tensors[map].size = uint64_t(8 * rows * columns);
  }
  auto &window = std::get<bst::ConvParams>(program.commands[0].params).window;
  window.padTop = window.padLeft = window.padBottom = window.padRight = kernel / 2;
  program.tensors[1].size = storedSize(program.tensors[1]);
  program.commands[0].name = "conv";
  program.inputs = {0};
  program.outputs = {2};
  return program;
}

/// A 1x1 convolution 64 -> 64 of two pixels.
bst::Program wideConvolution() {
  bst::Program program = convProgram(64, 64, 1, 1, 1);
  for (uint32_t map : {0u, 2u}) {
    program.tensors[map].shape = {1, 64, 1, 2};
    program.tensors[map].size = 128;
  }
  program.inputs = {0};
  program.outputs = {2};
  return program;
}

std::vector<uint32_t> ownRoots(const bst::Program &program) {
  std::vector<uint32_t> roots(program.tensors.size());
  std::iota(roots.begin(), roots.end(), 0u);
  return roots;
}

TilePlan planOf(const bst::Program &program, const Target &target) {
  llvm::Expected<TilePlan> plan = planSections(program, ownRoots(program), target);
  if (plan)
    return std::move(*plan);
  ADD_FAILURE() << llvm::toString(plan.takeError());
  return {};
}

SectionLayout layoutOf(const bst::Program &program, const TilePlan &plan, const Section &section,
                       const Target &target) {
  TilingContext context(program, target, plan.units);
  return layoutSection(context, section);
}

std::string errorOf(const bst::Program &program, const Target &target) {
  llvm::Expected<TilePlan> plan = planSections(program, ownRoots(program), target);
  return plan ? "" : llvm::toString(plan.takeError());
}

/// One row of 100 pixels: 800 bytes in, 5 + 100 * 64 / 16 = 405, 800 out. Weights are there before.
TEST(SectionTimes, LoadsComputesAndStores) {
  const bst::Program program = convolution(1, 1, 100);
  Target target = microsecondTarget();
  const TilePlan plan = planOf(program, target);
  ASSERT_EQ(plan.sections.size(), 1u);
  EXPECT_EQ(plan.sections[0].bands, 1u);
  EXPECT_FALSE(plan.sections[0].resident);
  EXPECT_NEAR(plan.sections[0].seconds, (200 + 405 + 200) * us, 1e-3 * us);
  target.dma.transferCycles = 7;
  EXPECT_NEAR(planOf(program, target).sections[0].seconds, (207 + 405 + 207) * us, 1e-3 * us);
}

/// 800 + 160 bytes in and 800 out at 1 a microsecond of memory: 1760. The queues take 800 for the
/// map, 1 and 800.
TEST(SectionTimes, AreNotBelowTheTraffic) {
  const bst::Program program = convolution(1, 1, 100);
  Target target = microsecondTarget();
  target.maca.macsPerCycle = 6400;
  target.maca.commandCycles = 0;
  target.dram.gigabytesPerSecond = 1e-3;
  EXPECT_NEAR(planOf(program, target).sections[0].seconds, 1760 * us, 1e-3 * us);
  target.dram.gigabytesPerSecond = 1000; // 1 of arithmetic between 200 and 200.
  EXPECT_NEAR(planOf(program, target).sections[0].seconds, 401 * us, 1e-3 * us);
}

/// 64 -> 64 channels of 2 pixels: 64 * 64 + 64 * 4 = 4352 bytes of weights and 128 of maps through
/// the port at 4: 1120, above the 32 + 522 + 32 of the queues.
TEST(SectionTimes, AreNotBelowTheWeights) {
  const bst::Program program = wideConvolution();
  Target target = microsecondTarget();
  target.maca.weightMemoryBytes = 8192;
  EXPECT_NEAR(planOf(program, target).sections[0].seconds, 1120 * us, 1e-3 * us);
}

/// 4352 bytes of weights in a memory of 4096, half of which, 512 of time, was filled before. A
/// quarter of it is 1024: five pieces of 13 channels, which are cut at 16, so four.
TEST(SectionTimes, WaitForTheLastPieceOfTheWeights) {
  const bst::Program program = wideConvolution();
  Target target = microsecondTarget();
  target.maca.weightMemoryBytes = 4096;
  const TilePlan plan = planOf(program, target);
  EXPECT_EQ(channelsOfPiece(program, plan.units[0], target, false), 16);
  EXPECT_EQ(channelsOfPiece(program, plan.units[0], target, true), 64);
  // Pieces of 5 + 2 * 64 * 16 / 16 = 133: three from 32 on, the last one when all weights are
  // there, at 1088 - 512 = 576: 709, stored at 741. The traffic takes 1120.
  EXPECT_NEAR(plan.sections[0].seconds, 1120 * us, 1e-3 * us);
  // At 1 MAC they take 2053 each, from 32 on, and 32 to store.
  target.maca.macsPerCycle = 1;
  EXPECT_NEAR(planOf(program, target).sections[0].seconds, (32 + 4 * 2053 + 32) * us, 1e-3 * us);
  // 1000 to start a transfer: what was before and the first piece take one each, three more pieces
  // 3000: 3576. Then the last 133, and 1032 to store.
  target.maca.macsPerCycle = 16;
  target.dma.transferCycles = 1000;
  EXPECT_NEAR(planOf(program, target).sections[0].seconds, (3576 + 133 + 1032) * us, 1e-3 * us);
}

/// Two commands of one row: the map between stays on chip. 200 + 405 + 3 + 400 + 200.
TEST(SectionTimes, OfTwoUnitsThatShareAMap) {
  bst::Program program = convolution(1, 1, 100);
  append(program, bst::Engine::Edp, bst::LutParams{"t", std::vector<uint8_t>(256)},
         program.tensors[2]);
  const TilePlan plan = planOf(program, microsecondTarget());
  ASSERT_EQ(plan.sections.size(), 1u);
  EXPECT_EQ(plan.sections[0].first, 0u);
  EXPECT_EQ(plan.sections[0].last, 1u);
  EXPECT_NEAR(plan.sections[0].seconds, (200 + 405 + 403 + 200) * us, 1e-3 * us);
}

/// The same for a device whose compiler goes layer by layer: the map between passes through DRAM.
TEST(SectionTimes, LayerByLayerAUnitIsASection) {
  bst::Program program = convolution(1, 1, 100);
  append(program, bst::Engine::Edp, bst::LutParams{"t", std::vector<uint8_t>(256)},
         program.tensors[2]);
  Target target = microsecondTarget();
  target.device.layerByLayer = true;
  target.device.keepsMaps = false;
  const TilePlan plan = planOf(program, target);
  ASSERT_EQ(plan.sections.size(), 2u);
  EXPECT_NEAR(plan.sections[0].seconds, (200 + 405 + 200) * us, 1e-3 * us);
  EXPECT_NEAR(plan.sections[1].seconds, (200 + 403 + 200) * us, 1e-3 * us);
}

/// 3x3 on 4 rows of 10 pixels, rows of 80 bytes. In 512 bytes: two bands of 2 rows (192 bytes with
/// their places) from 3 (256) fit one at a time: 60 + 725 + 40, twice. Four bands of a row take
/// 1740, three 1695; one band does not fit.
TEST(SectionBandsByHand, OfTheLeastTimeThatFit) {
  const bst::Program program = convolution(3, 4, 10);
  Target target = microsecondTarget();
  target.maca.dataMemoryBytes = 512;
  TilePlan plan = planOf(program, target);
  ASSERT_EQ(plan.sections.size(), 1u);
  EXPECT_EQ(plan.sections[0].bands, 2u);
  EXPECT_TRUE(plan.sections[0].resident);
  EXPECT_NEAR(plan.sections[0].seconds, 1650 * us, 1e-3 * us);

  const SectionLayout layout = layoutOf(program, plan, plan.sections[0], target);
  ASSERT_EQ(layout.buffers.size(), 2u);
  const BandBuffer &result = layout.buffers[0], &input = layout.buffers[1];
  EXPECT_EQ(result.tensor, 2u);
  EXPECT_EQ(result.producer, 0u);
  EXPECT_EQ(result.rows.at(0).begin, 0);
  EXPECT_EQ(result.rows.at(0).end, 2);
  EXPECT_EQ(result.stored.at(1).begin, 2);
  EXPECT_EQ(result.stored.at(1).end, 4);
  EXPECT_EQ(input.tensor, 0u);
  EXPECT_EQ(input.producer, noUnit);
  EXPECT_EQ(input.rows.at(0).begin, 0);
  EXPECT_EQ(input.rows.at(0).end, 3);
  EXPECT_EQ(input.rows.at(1).begin, 1);
  EXPECT_EQ(input.rows.at(1).end, 4);
  EXPECT_EQ(input.stored.at(0).count(), 0);
  // The larger first: 240 bytes as 256, then 160 as 192.
  EXPECT_EQ(input.offset, 0u);
  EXPECT_EQ(result.offset, 256u);
  EXPECT_EQ(layout.bandBytes, 448u);
  EXPECT_EQ(layout.weightBytes, 1216u); // 1184.

  // In 1024 bytes two bands of a row (128 + 256) are there at a time, and loads hide behind
  // arithmetic: 40 + 4 * 365 + 20. One band takes 80 + 1445 + 80, two 1550, three 1535.
  target.maca.dataMemoryBytes = 1024;
  plan = planOf(program, target);
  EXPECT_EQ(plan.sections[0].bands, 4u);
  EXPECT_NEAR(plan.sections[0].seconds, 1520 * us, 1e-3 * us);
  // A start of 500 per command makes one band the best: 80 + 1940 + 80.
  target.maca.commandCycles = 500;
  plan = planOf(program, target);
  EXPECT_EQ(plan.sections[0].bands, 1u);
  EXPECT_FALSE(plan.sections[0].resident);
  EXPECT_NEAR(plan.sections[0].seconds, 2100 * us, 1e-3 * us);
}

/// Two rows that need three: 192 + 256 bytes do not fit into 447; a row from three, 128 + 256.
TEST(SectionBandsByHand, EndWhereTheMemoryEnds) {
  const bst::Program program = convolution(3, 4, 10);
  Target target = microsecondTarget();
  target.maca.dataMemoryBytes = 448;
  EXPECT_EQ(planOf(program, target).sections[0].bands, 2u);
  target.maca.dataMemoryBytes = 447;
  EXPECT_EQ(planOf(program, target).sections[0].bands, 4u);
  target.maca.dataMemoryBytes = 384;
  EXPECT_EQ(planOf(program, target).sections[0].bands, 4u);
  target.maca.dataMemoryBytes = 383;
  EXPECT_THAT(errorOf(program, target),
              HasSubstr("node 'conv' does not fit into the data memory: one row of its output "
                        "[1,8,4,10] takes 384 bytes with the rows that it reads, the memory has "
                        "383"));
}

TEST(SectionBandsByHand, WeightsHaveToFit) {
  const bst::Program program = convolution(3, 4, 10);
  Target target = microsecondTarget();
  target.maca.weightMemoryBytes = 1184;
  EXPECT_EQ(errorOf(program, target), "");
  target.maca.weightMemoryBytes = 1183;
  EXPECT_EQ(errorOf(program, target), ""); // In partial sums over 4 of the 8 input channels:
  target.maca.weightMemoryBytes = 608;     // 3 rows of 3 quads for 16 lanes, and 8 biases.
  EXPECT_EQ(errorOf(program, target), "");
  target.maca.weightMemoryBytes = 607;
  EXPECT_THAT(errorOf(program, target),
              HasSubstr("node 'conv' does not fit into the weight memory: the weights of 4 input "
                        "and 8 output channels take 608 bytes, the memory has 607"));
}

/// Two convolutions of 3x3: a band of the second needs a row more of the first on each side.
TEST(SectionBandsByHand, HalosGrowBackwards) {
  bst::Program program = convolution(3, 4, 10);
  program.tensors.push_back(program.tensors[2]);
  program.commands.push_back(program.commands[0]);
  program.commands[1].inputs[0] = 2;
  program.commands[1].outputs = {3};
  program.outputs = {3};
  const Target target = microsecondTarget();
  TilePlan plan = planOf(program, target);
  const Section section = {.first = 0, .last = 1, .bands = 2, .lag = 2};
  const SectionLayout layout = layoutOf(program, plan, section, target);
  ASSERT_EQ(layout.buffers.size(), 3u); // The last result, the map between, the input.
  EXPECT_EQ(layout.buffers[0].rows[0].end, 2);
  EXPECT_EQ(layout.buffers[1].tensor, 2u);
  EXPECT_EQ(layout.buffers[1].rows[0].end, 3);
  EXPECT_EQ(layout.buffers[1].rows[1].begin, 1);
  EXPECT_EQ(layout.buffers[1].stored[0].count(), 0);
  EXPECT_EQ(layout.buffers[2].rows[0].end, 4);
  EXPECT_EQ(layout.buffers[2].rows[1].begin, 0);
  EXPECT_EQ(layout.weightBytes, 2432u);
  // What is between is stored where somebody needs it after the section.
  program.outputs = {3, 2};
  plan = planOf(program, target);
  EXPECT_EQ(layoutOf(program, plan, section, target).buffers[1].stored[1].begin, 2);
}

/// What is loaded for the second unit is on its way while the first one runs: it has a place beside
/// all that the first one needs.
TEST(SectionBandsByHand, MapsAreLoadedAUnitAhead) {
  bst::Program program = convolution(1, 1, 100);
  program.tensors[0].shape[1] = 24; // 2400 bytes, which take 2432: the largest, at 0.
  program.tensors[0].size = 2400;
  append(program, bst::Engine::Edp, bst::AddParams{}, program.tensors[2]);
  program.commands[1].inputs = {2, 4};
  program.tensors.push_back(program.tensors[2]);
  program.inputs = {0, 4};
  const Target target = microsecondTarget();
  const TilePlan plan = planOf(program, target);
  const SectionLayout layout =
      layoutOf(program, plan, {.first = 0, .last = 1, .bands = 1, .lag = 2}, target);
  ASSERT_EQ(layout.buffers.size(),
            4u); // The sum, the convolution's result, what is added, the map.
  EXPECT_EQ(layout.buffers[0].offset, 0u); // The map is read by then.
  EXPECT_EQ(layout.buffers[1].offset, 2432u);
  EXPECT_EQ(layout.buffers[2].tensor, 4u);
  EXPECT_EQ(layout.buffers[2].offset, 3264u); // Not 832, behind the sum.
  EXPECT_EQ(layout.buffers[3].offset, 0u);
}

/// A result that is stored keeps its place while the next unit runs. (A pool writes over nothing.)
TEST(SectionBandsByHand, ResultsAreStoredDuringTheNextUnit) {
  bst::Program program = convolution(1, 1, 100);
  append(program, bst::Engine::Edp, bst::MaxPoolParams{}, program.tensors[2]);
  program.commands[1].inputs = {0};
  program.outputs = {2, 3};
  const Target target = microsecondTarget();
  const TilePlan plan = planOf(program, target);
  const SectionLayout layout =
      layoutOf(program, plan, {.first = 0, .last = 1, .bands = 1, .lag = 2}, target);
  ASSERT_EQ(layout.buffers.size(), 3u); // The pool's result, the map, the convolution's result.
  EXPECT_EQ(layout.buffers[0].offset, 0u);
  EXPECT_EQ(layout.buffers[1].offset, 832u);
  EXPECT_EQ(layout.buffers[2].offset, 1664u); // Not 0, where the pool's result is made.
  EXPECT_EQ(layout.bandBytes, 2496u);
}

/// A table writes over the convolution's result, which nobody else reads, but not over one that is
/// stored, too.
TEST(SectionBandsByHand, TablesWriteOverWhatTheyRead) {
  bst::Program program = convolution(1, 1, 100);
  append(program, bst::Engine::Edp, bst::LutParams{"t", std::vector<uint8_t>(256)},
         program.tensors[2]);
  const Section section = {.first = 0, .last = 1, .bands = 1, .lag = 2};
  const auto tables = [&] {
    const Target target = microsecondTarget();
    return layoutOf(program, planOf(program, target), section, target).buffers[0];
  };
  EXPECT_EQ(tables().nest.within, 1u);
  program.outputs = {2, 3};
  EXPECT_EQ(tables().nest.within, BandBuffer::nowhere);
}

/// The second part of a concatenation at one scale is a table of a convolution's result: both are
/// made where the concatenation has its second 8 channels.
TEST(SectionBandsByHand, PartsOfAConcatenationAreMadeAtTheirPlace) {
  bst::Program program = convolution(1, 1, 100);
  append(program, bst::Engine::Edp, bst::LutParams{"t", std::vector<uint8_t>(256)},
         program.tensors[2]);
  bst::Tensor joined = program.tensors[3];
  joined.shape[1] = 16;
  joined.size *= 2;
  append(program, bst::Engine::Edp, bst::ConcatParams{1, {1, 1}, {{}, {}}}, joined);
  program.commands[2].inputs = {0, 3};
  const Target target = microsecondTarget();
  const TilePlan plan = planOf(program, target);
  const SectionLayout layout =
      layoutOf(program, plan,
               {.first = 0, .last = 2, .bands = 1, .lag = 3, .style = {.early = true}}, target);
  const auto bufferOf = [&](uint32_t tensor) {
    return uint32_t(
        llvm::find_if(layout.buffers, [&](const BandBuffer &b) { return b.tensor == tensor; }) -
        layout.buffers.begin());
  };
  const BandBuffer &convolved = layout.buffers[bufferOf(2)], &table = layout.buffers[bufferOf(3)];
  EXPECT_EQ(table.nest.within, bufferOf(4));
  EXPECT_EQ(table.nest.channel, 8);
  EXPECT_EQ(convolved.nest.within, bufferOf(3));
  EXPECT_EQ(convolved.nest.channel, 0);
  EXPECT_EQ(layout.buffers[bufferOf(4)].nest.within, BandBuffer::nowhere);
  EXPECT_EQ(layout.bandBytes, 832u + 1600u); // The input, and both parts.
}

/// In the order of work: with a lag of one unit, bands step behind each other.
TEST(SectionOrder, BandsFollowByTheirLag) {
  using Steps = std::vector<std::pair<uint32_t, uint32_t>>; // Band and unit.
  const auto order = [](uint32_t units, uint32_t bands, uint32_t lag) {
    Steps steps;
    inOrderOfWork({.first = 3, .last = 3 + units - 1, .bands = bands, .lag = lag},
                  [&](uint32_t band, uint32_t unit) { steps.emplace_back(band, unit); });
    return steps;
  };
  EXPECT_EQ(order(2, 3, 2), (Steps{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}}));
  EXPECT_EQ(order(3, 2, 1), (Steps{{0, 0}, {0, 1}, {1, 0}, {0, 2}, {1, 1}, {1, 2}}));
  EXPECT_EQ(order(3, 2, 2), (Steps{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
  EXPECT_EQ(order(4, 3, 2), (Steps{{0, 0},
                                   {0, 1},
                                   {0, 2},
                                   {1, 0},
                                   {0, 3},
                                   {1, 1},
                                   {1, 2},
                                   {2, 0},
                                   {1, 3},
                                   {2, 1},
                                   {2, 2},
                                   {2, 3}}));
  EXPECT_EQ(order(1, 1, 1), (Steps{{0, 0}}));
}

/// Through DRAM, tiles: 800 + 608 in, 800 out, 800 in, 800 out. A command by itself: the same, but
/// for weights, whose 576 bytes and 32 of biases are counted dense as well.
TEST(Traffic, OfTilesAndOfCommands) {
  const bst::Program program = tiledConvolutionAndTable();
  const CostReport cost = predictCost(program, microsecondTarget());
  EXPECT_EQ(cost.dramRead + cost.dramWrite, 1408u + 800 + 800 + 800);
  EXPECT_EQ(layerTraffic(program, microsecondTarget()), 800u + 576 + 32 + 800 + 800 + 800);
}

/// x -> conv -> sum with x. Riding, the sum costs nothing: one section of 5 + 400. Apart it is 3 +
/// 400 on EDP. The traffic is the same: x and 160 bytes of weights in, the sum out.
TEST(FusedAddsByHand, AreComparedWithSumsOfTheirOwn) {
  bst::Program program = convolution(1, 1, 100);
  append(program, bst::Engine::Edp, bst::AddParams{}, program.tensors[2]);
  program.commands[1].inputs = {2, 0};
  uint64_t end = 0;
  for (bst::Tensor &tensor : program.tensors)
    if (tensor.storage == bst::Storage::Arena) {
      tensor.offset = end;
      end += 832;
    }
  Target target = microsecondTarget();
  target.maca.fusedAdd = true;
  const bst::Program riding = llvm::cantFail(retile(program, target));
  const auto worth = llvm::cantFail(withoutFusedAdds(riding, target));
  ASSERT_TRUE(worth.has_value());
  EXPECT_EQ(worth->count, 1u);
  EXPECT_EQ(worth->dramBytes, 800u + 160 + 800);
  EXPECT_NEAR(predictCost(riding, target).latencySeconds, (240 + 405 + 200) * us, 1e-3 * us);
  EXPECT_NEAR(worth->latencySeconds, (240 + 405 + 403 + 200) * us, 1e-3 * us);
  EXPECT_NEAR(worth->framesPerSecond, 1 / worth->latencySeconds, 1e-3);
  target.maca.fusedAdd = false;
  EXPECT_FALSE(llvm::cantFail(withoutFusedAdds(llvm::cantFail(retile(program, target)), target))
                   .has_value());
}

} // namespace
} // namespace bstc

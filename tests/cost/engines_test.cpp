// Costs of single commands, computed by hand from the rules in backends/*/cost.h with a target
// whose numbers are small and all different.
#include "backends/dsp/cost.h"
#include "backends/edp/cost.h"
#include "backends/maca/cost.h"
#include "backends/target.h"
#include "tests/cost/conv_program.h"
#include "tests/cost/toy_target.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

Work convCost(const bst::Program &program) {
  return macaCost(program, program.commands[0], toyTarget());
}

TEST(MacaCost, RoundsEveryExtentUpToItsQuantum) {
  // 3x3 kernel, 5 -> 3 channels, 3x3 = 9 pixels.
  const Work work = convCost(convProgram(5, 3, 3, 1, 3));
  EXPECT_EQ(work.macs, 9u * 3 * 5 * 9);
  EXPECT_EQ(work.macSlots, 12u * 4 * 5 * 9);
  EXPECT_EQ(work.cycles, 54u); // 12 * 4 * 8 * 9 / 64, above 4 * 5 * 9 / 5 = 36 for the weights.
  EXPECT_EQ(work.overheadCycles, 7u);
  EXPECT_EQ(work.dramRead, 9u * 6 + 4 * 5 * 9 + 4 * 4);
  EXPECT_EQ(work.dramWrite, 9u * 4);
  EXPECT_EQ(work.sramBytes, 2 * (work.dramRead + work.dramWrite));
}

TEST(MacaCost, StrideMultipliesTheSlotsButNotTheMacs) {
  const Work plain = convCost(convProgram(4, 4, 1, 1, 4));
  const Work strided = convCost(convProgram(4, 4, 1, 2, 4));
  EXPECT_EQ(strided.macs, plain.macs);
  EXPECT_EQ(strided.macSlots, 3 * plain.macSlots);
  EXPECT_EQ(strided.dramRead - plain.dramRead, 4u * (64 - 16));
}

TEST(MacaCost, DepthwisePacksChannelsIntoBlocks) {
  const Work work = convCost(convProgram(6, 6, 3, 1, 2, 6));
  EXPECT_EQ(work.macs, 4u * 6 * 9);
  EXPECT_EQ(work.macSlots, 4u * 6 * 2 * 9);
}

TEST(MacaCost, WideGroupsAreRoundedUpEach) {
  // 2 groups of 4 -> 3 channels: 2 * ceil2(3) output channels of 4 input channels.
  const Work work = convCost(convProgram(8, 6, 1, 1, 2, 2));
  EXPECT_EQ(work.macs, 4u * 6 * 4);
  EXPECT_EQ(work.macSlots, 4u * 8 * 4);
}

TEST(MacaCost, ManyWeightsForFewPixelsAreBoundByTheirMemory) {
  const Work work = convCost(convProgram(64, 64, 1, 1, 1));
  EXPECT_EQ(work.cycles, 820u); // ceil(64 * 64 / 5) against 4 * 64 * 64 / 64 = 256.
}

Work partOf(const bst::Program &program, bst::Part part, const Target &target = toyTarget()) {
  return macaPartCost(program, program.commands[0], part, target);
}

TEST(MacaPartCost, PartsAddUpToTheWholeWhereTheyAreWholeBlocks) {
  const bst::Program program = convProgram(8, 8, 3, 1, 4);
  const Work whole = convCost(program);
  const Work top = partOf(program, {0, 1, 0, 8}), bottom = partOf(program, {1, 3, 0, 8});
  EXPECT_EQ(top.macSlots + bottom.macSlots, whole.macSlots);
  EXPECT_EQ(partOf(program, {0, 4, 0, 4}).macSlots * 2, whole.macSlots);
  EXPECT_EQ(partOf(program, {0, 4, 0, 4}).macs * 2, whole.macs);
  EXPECT_EQ(top.dramRead + top.dramWrite, 0u);
}

TEST(MacaPartCost, SmallPartsAreRoundedUpEach) {
  const bst::Program program = convProgram(8, 8, 3, 1, 3); // Rows of 3 pixels count as 4.
  EXPECT_EQ(partOf(program, {0, 1, 0, 8}).macSlots, 4u * 8 * 8 * 9);
}

TEST(MacaPartCost, PartsOfADepthwiseConvolutionHoldSomeOfItsGroups) {
  const bst::Program program = convProgram(6, 6, 3, 1, 2, 6);
  EXPECT_EQ(partOf(program, {0, 2, 0, 2}).macSlots, 4u * 2 * 2 * 9);
  EXPECT_EQ(partOf(program, {0, 2, 0, 2}).macs, 4u * 2 * 9);
}

TEST(MacaCost, ADepthwiseUnitHasItsOwnRate) {
  Target target = toyTarget();
  target.maca.depthwiseMacsPerCycle = 4; // 2 pixels x 2 channels.
  const bst::Program program = convProgram(5, 5, 3, 1, 3, 5);
  // 9 pixels as 10, 5 channels as 6, 9 taps.
  EXPECT_EQ(partOf(program, {0, 3, 0, 5}, target).cycles, 10u * 6 * 9 / 4);
  // Other groups stay on the array.
  const bst::Program wide = convProgram(8, 8, 3, 1, 3, 2);
  EXPECT_EQ(partOf(wide, {0, 3, 0, 8}, target).cycles, partOf(wide, {0, 3, 0, 8}).cycles);
}

TEST(MacaCost, ChannelAugmentationFoldsColumnsIntoChannels) {
  Target target = toyTarget();
  const bst::Program image = convProgram(3, 4, 5, 1, 4);
  // 3 channels count as 8, 25 taps.
  EXPECT_EQ(partOf(image, {0, 4, 0, 4}, target).cycles, 16u * 4 * 8 * 25 / 64);
  target.maca.channelAugmentation = true;
  // 2 columns of 3 channels fit into 8: 3 steps per row.
  EXPECT_EQ(partOf(image, {0, 4, 0, 4}, target).cycles, 16u * 4 * 8 * (5 * 3) / 64);
  const bst::Program wide = convProgram(5, 4, 5, 1, 4);
  EXPECT_EQ(partOf(wide, {0, 4, 0, 4}, target).cycles, 16u * 4 * 8 * 25 / 64);
}

/// 5 rows of 5 pixels: 25 in blocks of 4 are 28; row by row they are 5 * 8.
TEST(MacaCost, BlocksInARowRoundEachRowUp) {
  Target target = toyTarget();
  const bst::Program program = convProgram(5, 3, 3, 1, 5);
  EXPECT_EQ(partOf(program, {0, 5, 0, 3}, target).macSlots, 28u * 4 * 5 * 9);
  target.maca.blocksInRow = true;
  EXPECT_EQ(partOf(program, {0, 5, 0, 3}, target).macSlots, 40u * 4 * 5 * 9);
  EXPECT_EQ(partOf(program, {0, 5, 0, 3}, target).cycles, 40u * 4 * 8 * 9 / 64);
  EXPECT_EQ(partOf(program, {1, 2, 0, 3}, target).macSlots, 16u * 4 * 5 * 9);
  // The unit for depthwise convolutions takes 2 pixels at a time: 5 rows of 6.
  target.maca.depthwiseMacsPerCycle = 4;
  const bst::Program depthwise = convProgram(4, 4, 3, 1, 5, 4);
  EXPECT_EQ(partOf(depthwise, {0, 5, 0, 4}, target).cycles, 30u * 4 * 9 / 4);
}

TEST(MacaCost, EfficiencyStretchesTheArraysCycles) {
  Target target = toyTarget();
  target.maca.efficiency = 0.75;
  EXPECT_EQ(partOf(convProgram(5, 3, 3, 1, 3), {0, 3, 0, 3}, target).cycles, 72u); // 54 / 0.75.
}

TEST(EdpPartCost, CountsThePartsElements) {
  bst::MaxPoolParams pool;
  pool.window.kernelH = 3;
  pool.window.kernelW = 3;
  bst::Program program = convProgram(6, 6, 1, 1, 8);
  program.commands[0].engine = bst::Engine::Edp;
  program.commands[0].params = pool;
  const Work work = edpPartCost(program, program.commands[0], {2, 3, 0, 2}, toyTarget());
  EXPECT_EQ(work.elements, 3u * 8 * 2 * 9);
  EXPECT_EQ(work.cycles, 44u); // ceil(432 / 10).
}

/// A command with one input and one output of `shape`.
bst::Program unaryProgram(bst::Engine engine, bst::Params params, bst::DType dtype,
                          bst::Layout layout, std::vector<int32_t> shape) {
  bst::Tensor tensor;
  tensor.dtype = dtype;
  tensor.layout = layout;
  tensor.shape = std::move(shape);
  bst::Command command;
  command.engine = engine;
  command.inputs = {0};
  command.outputs = {1};
  command.params = std::move(params);
  bst::Program program;
  program.tensors = {tensor, tensor};
  program.commands = {command};
  return program;
}

TEST(EdpCost, TableTakesOneOperationAnElement) {
  const bst::Program program = unaryProgram(bst::Engine::Edp, bst::LutParams{}, bst::DType::S8,
                                            bst::Layout::Nhwc, {1, 3, 5, 7});
  const Work work = edpCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.elements, 105u);
  EXPECT_EQ(work.cycles, 11u);
  EXPECT_EQ(work.overheadCycles, 11u);
  EXPECT_EQ(work.dramRead, 140u); // 3 channels are stored as 4.
  EXPECT_EQ(work.dramWrite, 140u);
  EXPECT_EQ(work.macs, 0u);
}

TEST(EdpCost, PoolingTakesOneOperationAWindowPosition) {
  bst::MaxPoolParams pool;
  pool.window.kernelH = 5;
  pool.window.kernelW = 3;
  const bst::Program program =
      unaryProgram(bst::Engine::Edp, pool, bst::DType::U8, bst::Layout::Nhwc, {1, 2, 4, 4});
  const Work work = edpCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.elements, 32u * 15);
  EXPECT_EQ(work.cycles, 48u);
}

TEST(DspCost, CountsTranscendentalFunctionsMore) {
  const auto cyclesOf = [](bst::UnaryFn fn) {
    bst::FloatUnaryParams unary;
    unary.fn = fn;
    const bst::Program program =
        unaryProgram(bst::Engine::Dsp, unary, bst::DType::F32, bst::Layout::RowMajor, {2, 10});
    return dspCost(program, program.commands[0], toyTarget()).cycles;
  };
  EXPECT_EQ(cyclesOf(bst::UnaryFn::Relu), 5u);
  EXPECT_EQ(cyclesOf(bst::UnaryFn::Sigmoid), 30u);
}

TEST(DspCost, FloatTensorsAreDense) {
  const bst::Program program = unaryProgram(bst::Engine::Dsp, bst::SoftmaxParams{}, bst::DType::F32,
                                            bst::Layout::RowMajor, {1, 3, 5, 7});
  const Work work = dspCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.dramRead, 420u);
  EXPECT_EQ(work.dramWrite, 420u);
  EXPECT_EQ(work.elements, 105u * 10);
}

TEST(DspCost, FloatConvolutionTakesTwoOperationsAMac) {
  bst::Program program = convProgram(4, 6, 3, 1, 5);
  bst::FloatConvParams conv;
  conv.window.kernelH = conv.window.kernelW = 3;
  program.commands[0].params = conv;
  program.commands[0].engine = bst::Engine::Dsp;
  const Work work = dspCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.macs, 25u * 6 * 4 * 9);
  EXPECT_EQ(work.elements, 2 * work.macs);
}

TEST(DspCost, MatrixProductCountsItsInnerExtent) {
  bst::MatMulParams product;
  bst::Program program =
      unaryProgram(bst::Engine::Dsp, product, bst::DType::F32, bst::Layout::RowMajor, {3, 5});
  program.tensors[1].shape = {3, 7};
  EXPECT_EQ(dspCost(program, program.commands[0], toyTarget()).macs, 3u * 7 * 5);
  product.transposeA = true;
  program.commands[0].params = product;
  program.tensors[1].shape = {5, 7};
  EXPECT_EQ(dspCost(program, program.commands[0], toyTarget()).macs, 3u * 7 * 5);
}

TEST(DspCost, DecodeLeavesMaskCoefficientsAlone) {
  bst::YoloDecodeParams decode;
  decode.classes = 2;
  bst::Program program =
      unaryProgram(bst::Engine::Dsp, decode, bst::DType::F32, bst::Layout::RowMajor, {1, 10, 7});
  EXPECT_EQ(dspCost(program, program.commands[0], toyTarget()).elements, 10u * (7 * 8 + 12));
  decode.masks = 3;
  program.commands[0].params = decode;
  program.tensors[0].shape = program.tensors[1].shape = {1, 10, 10}; // Head and rows.
  EXPECT_EQ(dspCost(program, program.commands[0], toyTarget()).elements, 10u * (7 * 8 + 3 + 12));
}

/// The sigmoids of 8-bit numbers are looked up, one operation each.
TEST(DspCost, DecodeOfInt8HeadsIsATable) {
  bst::YoloDecodeParams decode;
  decode.classes = 2;
  decode.masks = 3;
  bst::Program program =
      unaryProgram(bst::Engine::Dsp, decode, bst::DType::S8, bst::Layout::Nhwc, {1, 30, 5, 4});
  EXPECT_EQ(dspCost(program, program.commands[0], toyTarget()).elements, 60u * (10 + 12));
}

Target withCandidates(int64_t candidates) {
  Target target = toyTarget();
  target.dsp.candidates = candidates;
  target.dram.burstBytes = 8;
  return target;
}

TEST(DspCost, NmsLooksAtTheScoresOfCandidates) {
  const bst::NmsParams nms = {.classes = 2, .options = {.maxDetections = 4}};
  bst::Program program =
      unaryProgram(bst::Engine::Dsp, nms, bst::DType::F32, bst::Layout::RowMajor, {1, 100, 7});
  program.tensors[1].shape = {25};
  // 100 rows compared, 6 candidates of 2 * 2 operations, 6 * 4 / 2 overlaps of 12, 25 numbers.
  const Work work = dspCost(program, program.commands[0], withCandidates(6));
  EXPECT_EQ(work.elements, 100u + 6 * 4 + 12 * 12 + 25);
  // Of each row the burst with the objectness, of candidates all of 28 bytes, in bursts of 8.
  EXPECT_EQ(work.dramRead, 100u * 8 + 6 * 32);
  EXPECT_EQ(work.mostRead, work.dramRead);
  // Never more than there is.
  EXPECT_EQ(dspCost(program, program.commands[0], withCandidates(100)).dramRead, 100u * 28);
}

/// Objectness is compared as it is in the heads; only candidates are looked up and decoded.
TEST(DspCost, DetectDecodesCandidates) {
  bst::DetectParams detect;
  detect.decode.classes = 35; // Rows of 40 bytes.
  detect.options.maxDetections = 4;
  bst::Program program =
      unaryProgram(bst::Engine::Dsp, detect, bst::DType::S8, bst::Layout::Nhwc, {1, 120, 10, 10});
  program.tensors[1].dtype = bst::DType::F32;
  program.tensors[1].layout = bst::Layout::RowMajor;
  program.tensors[1].shape = {25};
  const Work work = dspCost(program, program.commands[0], withCandidates(6));
  EXPECT_EQ(work.elements, 300u + 6 * (35 + 6 + 12) + 12 * 12 + 25);
  EXPECT_EQ(work.dramRead, 300u * 8 + 6 * 40);
  EXPECT_EQ(work.dramWrite, 100u);
  // The objectness of 3 boxes of a pixel in one burst.
  std::get<bst::DetectParams>(program.commands[0].params).objectnessFirst = true;
  EXPECT_EQ(dspCost(program, program.commands[0], withCandidates(6)).dramRead, 100u * 8 + 6 * 40);
}

} // namespace
} // namespace bstc

// Costs of single commands by hand: batches of two, groups, windows that are no squares, and the
// operations of every float command. The device's numbers are small and all different.

#include "backends/dsp/cost.h"
#include "backends/edp/cost.h"
#include "backends/maca/cost.h"
#include "backends/target.h"
#include "backends/traffic.h"
#include "tests/cost/conv_program.h"
#include "tests/cost/toy_target.h"

#include <gtest/gtest.h>

namespace bstc {
namespace {

/// `convProgram` with maps of two.
bst::Program batchOfTwo(bst::Program program) {
  program.tensors[0].shape[0] = program.tensors[2].shape[0] = 2;
  return program;
}

/// 3x3 kernel, 5 -> 3 channels, 2 * 9 = 18 pixels, which are 20.
TEST(MacaBatch, PixelsOfAllMapsAreRoundedUpTogether) {
  const bst::Program program = batchOfTwo(convProgram(5, 3, 3, 1, 3));
  const Work work = macaCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.macs, 18u * 3 * 5 * 9);
  EXPECT_EQ(work.macSlots, 20u * 4 * 5 * 9);
  EXPECT_EQ(work.cycles, 90u); // 20 * 4 * 8 * 9 / 64.
  EXPECT_EQ(work.dramRead, 18u * 6 + 4 * 5 * 9 + 4 * 4);
  EXPECT_EQ(work.dramWrite, 18u * 4);
  // A row of each map is 6 pixels, which are 8.
  const Work row = macaPartCost(program, program.commands[0], {1, 1, 0, 2}, toyTarget());
  EXPECT_EQ(row.macs, 6u * 2 * 5 * 9);
  EXPECT_EQ(row.macSlots, 8u * 2 * 5 * 9);
  EXPECT_EQ(row.cycles, 18u); // 8 * 2 * 8 * 9 / 64; weights 2 * 5 * 9 / 5.
  EXPECT_EQ(row.overheadCycles, 7u);
}

TEST(MacaBatch, WindowsNeedNotBeSquare) {
  bst::Program program = convProgram(4, 4, 3, 1, 4);
  auto &conv = std::get<bst::ConvParams>(program.commands[0].params);
  conv.window.kernelH = 5;
  const Work work = macaCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.macs, 16u * 4 * 4 * 15);
  // One strided side is enough for the factor of strides.
  conv.window.strideW = 2;
  EXPECT_EQ(macaCost(program, program.commands[0], toyTarget()).macSlots, 3 * work.macSlots);
  conv.window.strideW = 1;
  conv.window.strideH = 2;
  EXPECT_EQ(macaCost(program, program.commands[0], toyTarget()).macSlots, 3 * work.macSlots);
}

/// Depthwise, 6 channels of 2 x 2 pixels: weights of a group count 2 input channels: 6 * 2 * 9 and
/// 4 bytes of bias each.
TEST(MacaBatch, DepthwiseWeightsAreStoredInBlocks) {
  const bst::Program program = convProgram(6, 6, 3, 1, 2, 6);
  const Work work = macaCost(program, program.commands[0], toyTarget());
  EXPECT_EQ(work.dramRead, 4u * 6 + 6 * 2 * 9 + 6 * 4);
  // 4 * 6 * 8 * 9 / 64: on the array the two channels of a block are rounded up to 8.
  EXPECT_EQ(work.cycles, 27u);
}

/// Groups of 2 of 4 input channels fill their blocks: 3 outputs each are 4. Groups of 1 are packed.
TEST(MacaBatch, GroupsAsWideAsABlockAreNotPacked) {
  const bst::Program wide = convProgram(4, 6, 1, 1, 2, 2), thin = convProgram(2, 6, 1, 1, 2, 2);
  EXPECT_EQ(macaCost(wide, wide.commands[0], toyTarget()).macSlots, 4u * 8 * 2);
  EXPECT_EQ(macaCost(thin, thin.commands[0], toyTarget()).macSlots, 4u * 6 * 2);
}

/// Folded columns, 2 of 3 channels, and 3 rows of 2 steps of a 5 x 3 window. Not where groups are,
/// nor where two columns do not fit.
TEST(MacaBatch, ChannelAugmentationCountsRowsAndSteps) {
  Target target = toyTarget();
  target.maca.channelAugmentation = true;
  bst::Program image = convProgram(3, 4, 3, 1, 4);
  std::get<bst::ConvParams>(image.commands[0].params).window.kernelH = 5;
  EXPECT_EQ(macaCost(image, image.commands[0], target).macSlots, 16u * 4 * 6 * (5 * 2));
  const bst::Program four = convProgram(4, 4, 3, 1, 4); // Two columns of 4 are 8.
  EXPECT_EQ(macaCost(four, four.commands[0], target).macSlots, 16u * 4 * 8 * (3 * 2));
  const bst::Program groups = convProgram(6, 4, 3, 1, 4, 2);
  EXPECT_EQ(macaCost(groups, groups.commands[0], target).macSlots, 16u * 4 * 3 * 9);
}

/// One input and one output of any kind.
bst::Program program(bst::Engine engine, bst::Params params, bst::DType dtype, bst::Layout layout,
                     std::vector<int32_t> in, std::vector<int32_t> out) {
  bst::Tensor tensor;
  tensor.dtype = dtype;
  tensor.layout = layout;
  bst::Program program;
  program.tensors = {tensor, tensor};
  program.tensors[0].shape = std::move(in);
  program.tensors[1].shape = std::move(out);
  bst::Command command;
  command.engine = engine;
  command.inputs = {0};
  command.outputs = {1};
  command.params = std::move(params);
  program.commands = {command};
  return program;
}

/// Two maps of 3 channels, stored as 4, of 5 x 7.
TEST(EdpBatch, CountsAllMaps) {
  const std::vector<int32_t> shape = {2, 3, 5, 7};
  const bst::Program lut =
      program(bst::Engine::Edp, bst::LutParams{}, bst::DType::S8, bst::Layout::Nhwc, shape, shape);
  const Work work = edpCost(lut, lut.commands[0], toyTarget());
  EXPECT_EQ(work.elements, 210u);
  EXPECT_EQ(work.cycles, 21u);
  EXPECT_EQ(work.overheadCycles, 11u);
  EXPECT_EQ(work.dramRead, 2u * 35 * 4);
  EXPECT_EQ(work.dramWrite, 2u * 35 * 4);
  EXPECT_EQ(work.sramBytes, 2u * 560);
  // 2 rows of 7 of 1 channel of each map; 28 / 10 cycles.
  const Work part = edpPartCost(lut, lut.commands[0], {1, 2, 0, 1}, toyTarget());
  EXPECT_EQ(part.elements, 28u);
  EXPECT_EQ(part.cycles, 3u);
  EXPECT_EQ(part.overheadCycles, 11u);
  EXPECT_EQ(part.dramRead + part.dramWrite, 0u);
}

TEST(EdpBatch, BothPoolsLookAtTheirWindows) {
  bst::AveragePoolParams average;
  average.window.kernelH = 5;
  average.window.kernelW = 3;
  const std::vector<int32_t> shape = {1, 2, 4, 4};
  const bst::Program pool =
      program(bst::Engine::Edp, average, bst::DType::U8, bst::Layout::Nhwc, shape, shape);
  EXPECT_EQ(edpCost(pool, pool.commands[0], toyTarget()).elements, 32u * 15);
  EXPECT_EQ(edpPartCost(pool, pool.commands[0], {0, 1, 0, 2}, toyTarget()).elements, 8u * 15);
}

/// A split: all its outputs count.
TEST(EdpBatch, AllOutputsCount) {
  bst::Program split = program(bst::Engine::Edp, bst::LutParams{}, bst::DType::S8,
                               bst::Layout::Nhwc, {1, 4, 2, 2}, {1, 1, 2, 2});
  split.tensors.push_back(split.tensors[1]);
  split.tensors[2].shape[1] = 3;
  split.commands[0].outputs = {1, 2};
  const Work work = edpCost(split, split.commands[0], toyTarget());
  EXPECT_EQ(work.elements, 16u);
  EXPECT_EQ(work.dramWrite, 4u * 2 + 4 * 4);
}

/// Elements of a float command that makes 2 x 3 x 5 x 7 = 210 values.
uint64_t operations(bst::Params params, std::vector<int32_t> out = {2, 3, 5, 7}) {
  const bst::Program made = program(bst::Engine::Dsp, std::move(params), bst::DType::F32,
                                    bst::Layout::RowMajor, {2, 3, 5, 7}, std::move(out));
  return dspCost(made, made.commands[0], toyTarget()).elements;
}

TEST(DspOperations, OfEveryElementwiseCommand) {
  EXPECT_EQ(operations(bst::QuantizeParams{}), 210u * 4);
  EXPECT_EQ(operations(bst::DequantizeParams{}), 210u * 2);
  EXPECT_EQ(operations(bst::TransposeParams{}), 210u);
  EXPECT_EQ(operations(bst::SoftmaxParams{}), 210u * (4 + 6));
  bst::LrnParams lrn;
  lrn.size = 3;
  EXPECT_EQ(operations(lrn), 210u * (2 * 3 + 2 * 6 + 2));
  bst::FloatPoolParams pool;
  pool.window.kernelH = 2;
  pool.window.kernelW = 3;
  EXPECT_EQ(operations(pool), 210u * 6);
  for (const bst::UnaryFn fn :
       {bst::UnaryFn::Relu, bst::UnaryFn::Neg, bst::UnaryFn::Abs, bst::UnaryFn::Clip,
        bst::UnaryFn::LeakyRelu, bst::UnaryFn::HardSigmoid, bst::UnaryFn::HardSwish,
        bst::UnaryFn::Floor, bst::UnaryFn::Ceil}) {
    bst::FloatUnaryParams unary;
    unary.fn = fn;
    EXPECT_EQ(operations(unary), 210u) << int(fn);
  }
  for (const bst::UnaryFn fn :
       {bst::UnaryFn::Exp, bst::UnaryFn::Log, bst::UnaryFn::Sqrt, bst::UnaryFn::Tanh,
        bst::UnaryFn::Sigmoid, bst::UnaryFn::Silu, bst::UnaryFn::Elu}) {
    bst::FloatUnaryParams unary;
    unary.fn = fn;
    EXPECT_EQ(operations(unary), 210u * 6) << int(fn);
  }
  for (const auto &[fn, each] : {std::pair(bst::BinaryFn::Add, 1u),
                                 {bst::BinaryFn::Mul, 1u},
                                 {bst::BinaryFn::Sub, 1u},
                                 {bst::BinaryFn::Div, 6u},
                                 {bst::BinaryFn::Pow, 6u}}) {
    bst::FloatBinaryParams binary;
    binary.fn = fn;
    EXPECT_EQ(operations(binary), 210u * each) << int(fn);
  }
}

/// Groups of 2 of 4 input channels, a window of 3 x 5: 30 MACs per value.
TEST(DspOperations, OfConvolutionsWithGroups) {
  bst::FloatConvParams conv;
  conv.groups = 2;
  conv.window.kernelH = 3;
  conv.window.kernelW = 5;
  const bst::Program made = program(bst::Engine::Dsp, conv, bst::DType::F32, bst::Layout::RowMajor,
                                    {2, 4, 9, 9}, {2, 6, 3, 3});
  const Work work = dspCost(made, made.commands[0], toyTarget());
  EXPECT_EQ(work.macs, 108u * 2 * 15);
  EXPECT_EQ(work.elements, 2 * work.macs);
  EXPECT_EQ(work.cycles, 1620u); // 6480 / 4.
  EXPECT_EQ(work.overheadCycles, 13u);
  EXPECT_EQ(work.dramRead, 4u * 648);
  EXPECT_EQ(work.dramWrite, 4u * 108);
  EXPECT_EQ(work.sramBytes, 8u * (648 + 108));
}

TEST(DspOperations, OfProductsOfManyMatrices) {
  bst::MatMulParams product;
  const auto macs = [&](std::vector<int32_t> a, std::vector<int32_t> out) {
    const bst::Program made = program(bst::Engine::Dsp, product, bst::DType::F32,
                                      bst::Layout::RowMajor, std::move(a), std::move(out));
    return dspCost(made, made.commands[0], toyTarget()).macs;
  };
  EXPECT_EQ(macs({2, 3, 5}, {2, 3, 7}), 42u * 5);
  EXPECT_EQ(macs({5}, {7}), 7u * 5);
  product.transposeA = true;
  EXPECT_EQ(macs({2, 5, 3}, {2, 3, 7}), 42u * 5);
  EXPECT_EQ(macs({5}, {7}), 7u * 5); // A vector is not turned.
}

TEST(DspOperations, APartIsTheWholeWithoutItsTraffic) {
  const bst::Program made = program(bst::Engine::Dsp, bst::SoftmaxParams{}, bst::DType::F32,
                                    bst::Layout::RowMajor, {2, 10}, {2, 10});
  const Work work =
      backendOf(bst::Engine::Dsp).partCost(made, made.commands[0], {0, 0, 0, 0}, toyTarget());
  EXPECT_EQ(work.elements, 200u);
  EXPECT_EQ(work.cycles, 50u);
  EXPECT_EQ(work.dramRead + work.dramWrite + work.sramBytes, 0u);
}

/// Fewer rows than candidates: 3, each against the 3 at most that are kept, 9 / 2 = 4 pairs.
TEST(DspOperations, NmsHasNoMoreCandidatesThanRows) {
  const bst::NmsParams nms = {.classes = 1, .options = {.maxDetections = 100}};
  const bst::Program made =
      program(bst::Engine::Dsp, nms, bst::DType::F32, bst::Layout::RowMajor, {1, 3, 6}, {6});
  EXPECT_EQ(dspCost(made, made.commands[0], toyTarget()).elements, 3u + 3 * 2 + 4 * 12 + 6);
}

/// Only int8 maps of four sides are stored in blocks of channels.
TEST(Traffic, BlocksOfChannelsAreOfMaps) {
  const auto bytes = [](bst::DType dtype, bst::Layout layout, std::vector<int32_t> shape) {
    bst::Tensor tensor;
    tensor.dtype = dtype;
    tensor.layout = layout;
    tensor.shape = std::move(shape);
    return dramBytes(tensor, toyTarget());
  };
  EXPECT_EQ(bytes(bst::DType::S8, bst::Layout::Nhwc, {2, 3, 5, 7}), 2u * 4 * 35);
  EXPECT_EQ(bytes(bst::DType::S8, bst::Layout::Nhwc, {2, 4, 5, 7}), 2u * 4 * 35);
  EXPECT_EQ(bytes(bst::DType::S8, bst::Layout::Nhwc, {2, 3}), 6u);
  EXPECT_EQ(bytes(bst::DType::S8, bst::Layout::RowMajor, {2, 3, 5, 7}), 210u);
  EXPECT_EQ(bytes(bst::DType::F32, bst::Layout::RowMajor, {2, 3, 5, 7}), 840u);
  EXPECT_EQ(roundUp(0, 4), 0u);
  EXPECT_EQ(roundUp(4, 4), 4u);
  EXPECT_EQ(roundUp(5, 4), 8u);
}

} // namespace
} // namespace bstc

// The geometry of tiles (runtime/program/tile_parts.h) against numbers worked out by hand.
#include "test_programs.h"

#include "runtime/program/tile_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bst::testing {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

/// completeProgram with 'head1' in 4 groups of 2 input and 3 output channels.
Program grouped() {
  Program p = completeProgram().program;
  paramsOf<ConvParams>(p, "head1").groups = 4;
  tensorNamed(p, "w2").layout = Layout::Ohwi;
  reshape(p, "w2", {12, 2, 1, 1});
  return p;
}

Part needed(Program &p, const char *command, size_t input, const Part &part) {
  return partNeeded(p, commandNamed(p, command), input, part);
}

bool inBands(Program &p, const char *command) { return worksInBands(p, commandNamed(p, command)); }

uint32_t indexOf(const Program &p, const char *command) {
  for (uint32_t i = 0; i < p.commands.size(); ++i)
    if (p.commands[i].name == command)
      return i;
  return ~0U;
}

/// An operation for that part of the last command's output. Its slices do not matter here.
TileOp computing(Program &p, const std::vector<const char *> &commands, const Part &part) {
  TileOp op;
  for (const char *command : commands)
    op.commands.push_back(indexOf(p, command));
  op.output = {.tensor = p.commands[op.commands.back()].outputs[0], .part = part, .onChip = true};
  return op;
}

} // namespace

TEST(TileParts, RowsUnderAWindow) {
  // conv0: 8 rows to 4; 3 x 3, stride 2, a row of padding at either end.
  Program p = completeProgram().program;
  EXPECT_EQ(needed(p, "conv0", 0, {1, 2, 0, 4}), (Part{1, 5, 0, 3}));
  EXPECT_EQ(needed(p, "conv0", 0, {0, 1, 0, 4}), (Part{0, 2, 0, 3}));
  EXPECT_EQ(needed(p, "conv0", 0, {3, 1, 0, 4}), (Part{5, 3, 0, 3}));
  EXPECT_EQ(needed(p, "conv0", 0, {0, 4, 0, 4}), (Part{0, 8, 0, 3}));
  EXPECT_EQ(needed(p, "conv0", 1, {1, 2, 0, 4}), (Part{0, 0, 0, 4}));
  // max_pool0: 4 rows to 4; 3 x 3, a row of padding at either end.
  EXPECT_EQ(needed(p, "max_pool0", 0, {1, 1, 0, 8}), (Part{0, 3, 0, 8}));
  EXPECT_EQ(needed(p, "max_pool0", 0, {3, 1, 0, 8}), (Part{2, 2, 0, 8}));
  paramsOf<MaxPoolParams>(p, "max_pool0").window = {2, 3, 1, 1, 2, 1, 0, 1, 2, 1};
  EXPECT_EQ(needed(p, "max_pool0", 0, {1, 2, 0, 8}), (Part{0, 3, 0, 8})); // Taps -1, 1 and 0, 2.
}

TEST(TileParts, ChannelsOfGroups) {
  Program p = grouped();
  EXPECT_EQ(needed(p, "head1", 0, {0, 4, 3, 6}), (Part{0, 4, 2, 4}));
  EXPECT_EQ(needed(p, "head1", 0, {0, 4, 2, 2}), (Part{0, 4, 0, 4}));
  EXPECT_EQ(needed(p, "head1", 0, {1, 1, 9, 3}), (Part{1, 1, 6, 2}));
  EXPECT_EQ(needed(p, "head1", 0, {0, 4, 0, 12}), (Part{0, 4, 0, 8}));
  EXPECT_EQ(needed(p, "head1", 1, {0, 4, 3, 6}), (Part{0, 0, 3, 6}));
}

TEST(TileParts, RowsOfWhatMovesThem) {
  Program p = completeProgram().program;
  // resize0 shows each of 4 rows twice.
  EXPECT_EQ(needed(p, "resize0", 0, {3, 2, 0, 8}), (Part{1, 2, 0, 8}));
  EXPECT_EQ(needed(p, "resize0", 0, {6, 2, 0, 8}), (Part{3, 1, 0, 8}));
  paramsOf<ResizeParams>(p, "resize0").rows = {3, 0, 2, 1, 1, 0, 2, 3};
  EXPECT_EQ(needed(p, "resize0", 0, {2, 3, 0, 8}), (Part{1, 2, 0, 8}));
  EXPECT_EQ(needed(p, "resize0", 0, {0, 2, 0, 8}), (Part{0, 4, 0, 8}));
  EXPECT_EQ(needed(p, "lut0", 0, {1, 2, 0, 4}), (Part{1, 2, 0, 4}));
  EXPECT_EQ(needed(p, "add0", 1, {1, 2, 0, 4}), (Part{1, 2, 0, 4}));
  // concat0 puts two maps of 4 channels together: all channels of both.
  EXPECT_EQ(needed(p, "concat0", 0, {1, 2, 0, 8}), (Part{1, 2, 0, 4}));
  EXPECT_EQ(needed(p, "concat0", 1, {1, 2, 0, 8}), (Part{1, 2, 0, 4}));
}

TEST(TileParts, WhatWorksInBands) {
  Program p = completeProgram().program;
  for (const char *command : {"conv0", "lut0", "add0", "mul0", "concat0", "max_pool0", "resize0"})
    EXPECT_TRUE(inBands(p, command)) << command;
  for (const char *command : {"quantize0", "dequantize0", "average_pool0", "decode0"})
    EXPECT_FALSE(inBands(p, command)) << command;
  for (int32_t axis : {0, 1, 2, 3}) {
    paramsOf<ConcatParams>(p, "concat0").axis = axis;
    EXPECT_EQ(inBands(p, "concat0"), axis != 2) << axis;
  }
  // Padding that can fill a window of 3 rows, or of two taps in 5.
  for (int32_t padding : {2, 3}) {
    Window &window = paramsOf<ConvParams>(p, "conv0").window;
    window.padTop = padding, window.padBottom = 0;
    EXPECT_EQ(inBands(p, "conv0"), padding < 3) << padding;
    window.padTop = 0, window.padBottom = padding;
    EXPECT_EQ(inBands(p, "conv0"), padding < 3) << padding;
    paramsOf<MaxPoolParams>(p, "max_pool0").window = {2, 3, 1, 1, 2 + padding, 1, 0, 1, 4, 1};
    EXPECT_EQ(inBands(p, "max_pool0"), padding < 3) << padding;
  }
  // 8-bit values that are no map.
  tensorNamed(p, "conv").layout = tensorNamed(p, "silu").layout = Layout::RowMajor;
  EXPECT_FALSE(inBands(p, "lut0"));
}

TEST(TileParts, BytesOfParts) {
  Program p = grouped();
  const Tensor &map = tensorNamed(p, "joined"); // [1,8,4,4].
  EXPECT_EQ(partBytes(map, {0, 4, 0, 8}, 1), 128u);
  EXPECT_EQ(partBytes(map, {1, 2, 0, 8}, 1), 64u);
  EXPECT_EQ(partBytes(map, {1, 2, 0, 3}, 8), 64u);
  EXPECT_EQ(partBytes(map, {1, 1, 0, 8}, 16), 64u);
  Tensor batch = map;
  batch.shape = {3, 8, 4, 4};
  EXPECT_EQ(partBytes(batch, {1, 2, 0, 8}, 8), 192u);
  // Ohwi: 2 weights and 4 bytes of bias for each channel. Panels: 3 rows of ceil(9 / 4) quads.
  EXPECT_EQ(partBytes(tensorNamed(p, "w2"), {0, 0, 3, 6}, 16), 36u);
  EXPECT_EQ(partBytes(tensorNamed(p, "w0"), {0, 0, 0, 4}, 16), 3u * 3 * 64 + 16);
  EXPECT_EQ(partBytes(tensorNamed(p, "images"), {}, 16), 3u * 8 * 8 * 4);
  EXPECT_EQ(wholePart(map), (Part{0, 4, 0, 8}));
  EXPECT_EQ(wholePart(tensorNamed(p, "w2")), (Part{0, 0, 0, 12}));
  EXPECT_EQ(wholePart(tensorNamed(p, "images")), Part());
  // Weights in the arena, or matrices, are no constants of a convolution.
  Tensor other = tensorNamed(p, "w0");
  EXPECT_TRUE(isConvConstant(other));
  other.storage = Storage::Arena;
  EXPECT_FALSE(isConvConstant(other));
  EXPECT_FALSE(isConvConstant(tensorNamed(p, "w1")));
}

TEST(TileParts, ChannelsThatAConvolutionIsCutAt) {
  Program p = grouped();
  EXPECT_EQ(channelStep(p, commandNamed(p, "conv0"), 1), 16u);
  EXPECT_EQ(channelStep(p, commandNamed(p, "conv0"), 8), 16u);
  EXPECT_EQ(channelStep(p, commandNamed(p, "conv0"), 64), 64u);
  EXPECT_EQ(channelStep(p, commandNamed(p, "head1"), 16), 48u); // Groups of 3.
}

TEST(TileParts, ProgramOfABand) {
  Program p = completeProgram().program;
  const TileOp op = computing(p, {"conv0"}, {1, 2, 0, 4});
  EXPECT_THAT(neededParts(p, op), ElementsAre(Part{1, 5, 0, 3}, Part{0, 0, 0, 4}));
  const Program tile = tileProgram(p, op);
  ASSERT_EQ(tile.tensors.size(), 3u);
  EXPECT_THAT(tile.tensors[0].shape, ElementsAre(1, 3, 5, 8));
  EXPECT_EQ(tile.tensors[0].size, 120u);
  EXPECT_EQ(tile.tensors[0].offset, 0u);
  EXPECT_THAT(tile.tensors[1].shape, ElementsAre(4, 3, 3, 3));
  EXPECT_THAT(tile.tensors[2].shape, ElementsAre(1, 4, 2, 4));
  ASSERT_EQ(tile.commands.size(), 1u);
  EXPECT_THAT(tile.commands[0].inputs, ElementsAre(0, 1));
  EXPECT_THAT(tile.commands[0].outputs, ElementsAre(2));
  const auto &conv = std::get<ConvParams>(tile.commands[0].params);
  // Rows 1 to 5 for windows at rows 1 and 3 of the input: no padding but at the sides.
  EXPECT_EQ(conv.window, (Window{3, 3, 2, 2, 0, 1, 0, 1, 1, 1}));
  EXPECT_EQ(conv.groups, 1);

  const auto windowOf = [&](const char *command, const Part &part) {
    return std::get<MaxPoolParams>(tileProgram(p, computing(p, {command}, part)).commands[0].params)
        .window;
  };
  EXPECT_EQ(windowOf("max_pool0", {0, 1, 0, 8}), (Window{3, 3, 1, 1, 1, 1, 0, 1, 1, 1}));
  EXPECT_EQ(windowOf("max_pool0", {1, 2, 0, 8}), (Window{3, 3, 1, 1, 0, 1, 0, 1, 1, 1}));
  EXPECT_EQ(windowOf("max_pool0", {2, 2, 0, 8}), (Window{3, 3, 1, 1, 0, 1, 1, 1, 1, 1}));

  const Program resized = tileProgram(p, computing(p, {"resize0"}, {3, 3, 0, 8}));
  EXPECT_THAT(std::get<ResizeParams>(resized.commands[0].params).rows, ElementsAre(0, 1, 1));
  EXPECT_THAT(resized.tensors[0].shape, ElementsAre(1, 8, 2, 4));
  EXPECT_THAT(resized.tensors[1].shape, ElementsAre(1, 8, 3, 8));
}

TEST(TileParts, ProgramOfSomeChannels) {
  Program p = grouped();
  auto &params = paramsOf<ConvParams>(p, "head1");
  for (int32_t i = 0; i < 12; ++i) {
    params.bias[size_t(i)] = i;
    params.requant[size_t(i)].offset = i;
  }
  const auto made = [&](const Part &part) {
    return std::get<ConvParams>(tileProgram(p, computing(p, {"head1"}, part)).commands[0].params);
  };
  ConvParams conv = made({0, 4, 3, 6});
  EXPECT_EQ(conv.groups, 2);
  EXPECT_THAT(conv.bias, ElementsAre(3, 4, 5, 6, 7, 8));
  ASSERT_EQ(conv.requant.size(), 6u);
  EXPECT_EQ(conv.requant[0].offset, 3);
  EXPECT_EQ(conv.requant[5].offset, 8);
  EXPECT_THAT(conv.weightZeroPoint, IsEmpty());
  params.weightZeroPoint = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21};
  conv = made({0, 4, 9, 3});
  EXPECT_EQ(conv.groups, 1);
  EXPECT_THAT(conv.weightZeroPoint, ElementsAre(19, 20, 21));
  EXPECT_EQ(made({0, 4, 0, 12}).groups, 4);
  const Program tile = tileProgram(p, computing(p, {"head1"}, {1, 2, 3, 6}));
  EXPECT_THAT(tile.tensors[0].shape, ElementsAre(1, 4, 2, 4));
  EXPECT_THAT(tile.tensors[1].shape, ElementsAre(6, 2, 1, 1));
  EXPECT_EQ(tile.tensors[1].size, 12u);
  EXPECT_THAT(tile.tensors[2].shape, ElementsAre(1, 6, 2, 4));
}

TEST(TileParts, ProgramOfJoinedCommands) {
  Program p = completeProgram().program; // add0 adds 'silu' to conv0's result.
  const TileOp op = computing(p, {"conv0", "add0"}, {1, 2, 0, 4});
  EXPECT_THAT(operandsOf(p, op),
              ElementsAre(tensorIndex(p, "q"), tensorIndex(p, "w0"), tensorIndex(p, "silu")));
  EXPECT_THAT(neededParts(p, op),
              ElementsAre(Part{1, 5, 0, 3}, Part{0, 0, 0, 4}, Part{1, 2, 0, 4}));
  const Program tile = tileProgram(p, op);
  ASSERT_EQ(tile.tensors.size(), 5u); // Operands, then what the commands make.
  ASSERT_EQ(tile.commands.size(), 2u);
  EXPECT_EQ(tile.commands[1].name, "add0");
  EXPECT_EQ(tile.commands[1].engine, Engine::Edp);
  EXPECT_THAT(tile.commands[0].inputs, ElementsAre(0, 1));
  EXPECT_THAT(tile.commands[0].outputs, ElementsAre(3));
  EXPECT_THAT(tile.commands[1].inputs, ElementsAre(3, 2));
  EXPECT_THAT(tile.commands[1].outputs, ElementsAre(4));
  EXPECT_THAT(tile.tensors[2].shape, ElementsAre(1, 4, 2, 4));
  EXPECT_THAT(tile.tensors[3].shape, ElementsAre(1, 4, 2, 4));
  EXPECT_EQ(tile.tensors[3].name, "conv");
  EXPECT_EQ(tile.tensors[4].name, "sum");
}

} // namespace bst::testing

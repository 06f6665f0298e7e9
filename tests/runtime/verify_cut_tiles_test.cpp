// Tile operations that cut channels and join commands: each check of them has a program that only
// it refuses, and the program next to it that is accepted.
#include "cut_program.h"
#include "verify_cases.h"

namespace bst::testing {

namespace {

/// cutProgram in blocks of 8 channels, with the weights loaded as a whole.
TestProgram blocksOfEight() {
  TestProgram test = cutProgram();
  Program &p = test.program;
  p.tiles.channelBlock = 8;
  const Slices m(p);
  op(p, weightsLow).inputs = {m.weights(0, 32)};
  op(p, weightsLow).output = m.weightsAt(0, 32, 0);
  p.tiles.ops.erase(p.tiles.ops.begin() + weightsHigh); // What follows moves by one.
  for (uint32_t i = weightsHigh; i < p.tiles.ops.size(); ++i)
    for (uint32_t &earlier : op(p, i).dependsOn)
      earlier -= earlier >= weightsHigh ? 1 : 0;
  for (uint32_t half : {lowHalf - 1, highHalf - 1})
    op(p, half).inputs[1] = m.weightsAt(0, 32, 0);
  return test;
}

/// 'x' of another form, as an operation of its own behind the first loads: nothing reads it.
void alsoLoad(Program &p, Queue queue, Slice from) {
  Slice to = from;
  to.onChip = true;
  to.memory = queue == Queue::LoadWeights ? OnChip::Weights : OnChip::Data;
  to.offset = queue == Queue::LoadWeights ? 1280 : 3072;
  p.tiles.ops.push_back({queue, {0}, {from}, to, {}});
}
void alsoLoad(Program &p, const char *map, Part part) {
  alsoLoad(p, Queue::LoadData, Slices(p).part(map, part));
}
void alsoLoadWeights(Program &p, Part part, uint64_t size) {
  alsoLoad(p, Queue::LoadWeights, {.tensor = tensorIndex(p, "w"), .part = part, .size = size});
}

} // namespace

TEST(VerifyCutTiles, Parts) {
  expectAccepted(cutProgram(), {
                                   [](Program &) {},
                                   [](Program &p) {
                                     alsoLoad(p, "x", {0, 4, 0, 32});
                                   },
                                   [](Program &p) {
                                     alsoLoad(p, "x", {3, 1, 16, 16});
                                   },
                                   [](Program &p) {
                                     alsoLoadWeights(p, {0, 0, 16, 16}, 576);
                                   },
                               });
  const char *noPart = "which is no part of tensor";
  expectRefusals(cutProgram(),
                 {
                     // Both ends of the channels lie on a block, or neither begin does.
                     {[](Program &p) {
                        alsoLoad(p, "x", {0, 4, 8, 16});
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoad(p, "x", {0, 4, 8, 24});
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoad(p, "x", {0, 4, 0, 8});
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoad(p, "x", {0, 4, 16, 32});
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoad(p, "x", {0, 4, 32, 16});
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoad(p, "x", {0, 4, -16, 16});
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoad(p, "x", {4, 1, 0, 32});
                      },
                      noPart},
                     // Constants have no rows, and whole panels.
                     {[](Program &p) {
                        alsoLoadWeights(p, {1, 0, 0, 16}, 576);
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoadWeights(p, {0, 1, 0, 16}, 576);
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoadWeights(p, {0, 0, 8, 16}, 576);
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoadWeights(p, {0, 0, 0, 8}, 512 + 8 * 4);
                      },
                      noPart},
                     {[](Program &p) {
                        alsoLoadWeights(p, {0, 0, 32, 16}, 576);
                      },
                      noPart},
                 });
  // What is neither a map nor constants has no parts, of channels neither.
  expectRefusals(tiledProgram(),
                 {{[](Program &p) { op(p, 0).inputs[0].part.channels = 1; }, noPart}});
}

// Constants that are no panels are cut anywhere.
TEST(VerifyCutTiles, PartsOfGroupedConstants) {
  ProgramBuilder b;
  const uint32_t x = b.quantised("x", {1, 8, 4, 4}, DType::S8, 0.5f, 0);
  const uint32_t y = b.quantised("y", {1, 12, 4, 4}, DType::S8, 0.5f, 0);
  const uint32_t w = b.constant("w", {12, 2, 1, 1}, DType::S8, Layout::Ohwi);
  ConvParams conv = pointwise(12);
  conv.groups = 4;
  b.command(Engine::Maca, "conv0", {x, w}, y, conv);
  TestProgram test = b.finish({x}, {y});
  Program &p = test.program;
  p.tiles = {.dataBytes = 64, .weightBytes = 2048, .channelBlock = 16, .ops = {}};
  const Slices m(p);
  const Slice constants = {.tensor = w, .part = {0, 0, 0, 12}, .size = 24 + 48};
  p.tiles.ops = {{Queue::Maca, {0}, {m.dram("x"), constants}, m.dram("y"), {}}};
  expectAccepted(test, {[](Program &) {},
                        [](Program &cut) {
                          alsoLoadWeights(cut, {0, 0, 3, 5}, 10 + 20);
                        }});
}

TEST(VerifyCutTiles, Places) {
  expectAccepted(tiledProgram(),
                 {[](Program &p) { p.tiles.weightBytes = 448; },
                  [](Program &p) {
                    p.tiles.ops.clear();
                    p.tiles.channelBlock = 4096;
                  },
                  [](Program &p) { p.tiles.dataBytes = p.tiles.weightBytes = uint64_t(1) << 28; }});
  expectRefusals(tiledProgram(), {
                                     {[](Program &p) { op(p, 4).output.memory = OnChip::Weights; },
                                      "output is in DRAM, expected offset and memory 0"},
                                     {[](Program &p) {
                                        p.tiles.ops.clear();
                                        p.tiles.channelBlock = 4097;
                                      },
                                      "blocks of 4097 channels, expected 1 to 4096"},
                                     {[](Program &p) { p.tiles.dataBytes = (1 << 28) + 1; },
                                      "memories of 268435457"},
                                     {[](Program &p) { p.tiles.weightBytes = (1 << 28) + 1; },
                                      "memories of 4096 and 268435457"},
                                 });
}

TEST(VerifyCutTiles, StoresAreOfAllChannelsAndRows) {
  expectRefusals(cutProgram(), {{[](Program &p) {
                                   op(p, store).output = Slices(p).part("p", {0, 4, 0, 16});
                                 },
                                 "stores a part of the channels"}});
  expectRefusals(tiledProgram(), {{[](Program &p) { // Without its first row.
                                     op(p, 4).output.part = {1, 1, 0, 3};
                                     op(p, 4).output.size /= 2;
                                   },
                                   "tiles: row 0 of tensor 3 'c' is never stored"}});
}

TEST(VerifyCutTiles, InputsHoldTheChannelsThatAreNeeded) {
  expectRefusals(cutProgram(),
                 {
                     {[](Program &p) { op(p, pool).inputs[0] = Slices(p).chip("s", 0, 16, 512); },
                      "needs rows 0 + 4, channels 0 + 32 of input 0, which has rows 0 + 4, "
                      "channels 0 + 16"},
                     {[](Program &p) { op(p, pool).inputs[0] = Slices(p).chip("s", 16, 16, 768); },
                      "needs rows 0 + 4, channels 0 + 32 of input 0, which has rows 0 + 4, "
                      "channels 16 + 16"},
                     {[](Program &p) { op(p, highHalf).inputs[1] = op(p, lowHalf).inputs[1]; },
                      "needs rows 0 + 0, channels 16 + 16 of input 1"},
                     {[](Program &p) {
                        op(p, pool).output = Slices(p).chip("p", 0, 16, 1024);
                        op(p, store).inputs[0] = op(p, pool).output;
                      },
                      "copies a part that it does not have"},
                 });
}

// Convolutions are cut at whole panels, also where blocks on chip are smaller.
TEST(VerifyCutTiles, CutsOfAConvolution) {
  const auto cut = [](Program &p, int32_t channels) {
    const Slices m(p);
    op(p, lowHalf - 1).output = m.chip("s", 0, channels, 512);
    op(p, highHalf - 1).output =
        m.chip("s", channels, 32 - channels, 512 + uint64_t(channels) * 16);
  };
  expectAccepted(blocksOfEight(), {[=](Program &p) { cut(p, 16); }});
  expectRefusals(blocksOfEight(),
                 {
                     {[=](Program &p) { cut(p, 8); },
                      "computes channels 0 + 8, which are not cut at multiples of 16"},
                     {[=](Program &p) {
                        cut(p, 16);
                        op(p, highHalf - 1).output = Slices(p).chip("s", 8, 24, 640);
                      },
                      "computes channels 8 + 24, which are not cut at multiples of 16"},
                 });
}

TEST(VerifyCutTiles, JoinedCommands) {
  const auto summands = [](Program &p, const char *a, const char *b) {
    commandNamed(p, "add0").inputs = {tensorIndex(p, a), tensorIndex(p, b)};
  };
  expectAccepted(cutProgram(), {[=](Program &p) { summands(p, "x", "c"); }});
  const char *noJoin = "joins commands that are not a convolution and a sum of its result";
  expectRefusals(cutProgram(),
                 {
                     // The sum of the result with itself, and a sum of something else.
                     {[=](Program &p) {
                        summands(p, "c", "c");
                        for (uint32_t half : {lowHalf, highHalf})
                          op(p, half).inputs.pop_back();
                      },
                      noJoin},
                     {[=](Program &p) {
                        summands(p, "x", "x");
                        for (uint32_t half : {lowHalf, highHalf})
                          op(p, half).inputs.push_back(op(p, half).inputs[0]);
                      },
                      noJoin},
                     {[](Program &p) {
                        commandNamed(p, "add0").params = MulParams{half(), -128, 127};
                      },
                      noJoin},
                 });
}

/// A convolution and a sum in one operation on DRAM; `padding` rows above the first one.
static TestProgram joinedInDram(int32_t padding) {
  ProgramBuilder b;
  const int32_t rows = 4 + padding;
  const uint32_t x = b.quantised("x", {1, 32, 4, 4}, DType::S8, 0.5f, 0);
  const uint32_t y = b.quantised("y", {1, 32, rows, 4}, DType::S8, 0.5f, 0);
  const uint32_t w = b.constant("w", {32, 32, 1, 1}, DType::S8, Layout::Panels);
  const uint32_t c = b.quantised("c", {1, 32, rows, 4}, DType::S8, 0.5f, 0);
  const uint32_t s = b.quantised("s", {1, 32, rows, 4}, DType::S8, 0.5f, 0);
  ConvParams conv = pointwise(32);
  conv.window.padTop = padding;
  b.command(Engine::Maca, "conv0", {x, w}, c, conv);
  b.command(Engine::Edp, "add0", {c, y}, s, AddParams{1 << 30, 1 << 30, 31, -128, 127});
  TestProgram test = b.finish({x, y}, {s});
  test.program.tiles = {.dataBytes = 64, .weightBytes = 64, .channelBlock = 16, .ops = {}};
  const Slices m(test.program);
  test.program.tiles.ops = {
      {Queue::Maca, {0, 1}, {m.dram("x"), m.weights(0, 32), m.dram("y")}, m.dram("s"), {}}};
  return test;
}

TEST(VerifyCutTiles, OnlyBandsAreJoined) {
  expectAccepted(joinedInDram(0), {[](Program &) {}});
  const Status status = verifyProgram(joinedInDram(1).program);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("joins commands that do not work in bands"));
}

// An average divides by what depends on its place: as a whole, in DRAM.
TEST(VerifyCutTiles, WhatDoesNotWorkInBandsIsNotOnChip) {
  const auto average = [](Program &p) {
    commandNamed(p, "max_pool0").params =
        AveragePoolParams{threeByThree(), false, {4, 6, 9}, {half(), half(), half()}};
  };
  expectRefusals(cutProgram(), {{average, "edp operation 6 (command 2 'max_pool0') does not work "
                                          "in bands, but is on chip"}});
  expectAccepted(cutProgram(), {[=](Program &p) {
                   average(p);
                   const Slices m(p);
                   op(p, pool) = {Queue::Store, {1}, {m.chip("s", 512)}, m.dram("s"), {5}};
                   op(p, store) = {Queue::Edp, {2}, {m.dram("s")}, m.dram("p"), {6}};
                 }});
}

} // namespace bst::testing

// Tile operations that cut channels, join commands and share memory: each check of them has a
// program that only it refuses, and the program next to it that is accepted.
#include "runtime/verify/verify.h"
#include "verify_cases.h"

#include <algorithm>

namespace bst::testing {

namespace {

constexpr uint64_t panelBytes = 8 * 64, constantBytes = panelBytes + 16 * 4;

Requant half() { return {1 << 30, 31, 0}; }

ConvParams pointwise(size_t channels) {
  ConvParams conv;
  conv.bias.assign(channels, 1);
  conv.requant.assign(channels, half());
  return conv;
}

Window threeByThree() { return {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}; }

/// Slices of a program's tensors, of whole maps or of some of their channels or rows.
class Slices {
public:
  explicit Slices(Program &program) : program(program) {}

  Slice part(const char *name, Part part) const {
    const uint32_t tensor = tensorIndex(program, name);
    const std::vector<int32_t> &shape = program.tensors[tensor].shape;
    const auto block = int32_t(program.tiles.channelBlock);
    const int32_t channels = (part.channels + block - 1) / block * block;
    return {.tensor = tensor,
            .part = part,
            .size =
                uint64_t(shape[0]) * uint64_t(part.rows) * uint64_t(shape[3]) * uint64_t(channels)};
  }
  Slice dram(const char *name) const {
    const std::vector<int32_t> &shape = tensorNamed(program, name).shape;
    return part(name, {0, shape[2], 0, shape[1]});
  }
  Slice chip(const char *name, uint64_t offset) const { return at(dram(name), offset); }
  Slice chip(const char *name, int32_t channel, int32_t channels, uint64_t offset) const {
    return at(part(name, {0, tensorNamed(program, name).shape[2], channel, channels}), offset);
  }
  /// Of 'w', whose panels take 8 quads: 16 output channels, or 32.
  Slice weights(int32_t channel, int32_t channels) const {
    return {.tensor = tensorIndex(program, "w"),
            .part = {0, 0, channel, channels},
            .size = constantBytes * uint64_t(channels) / 16};
  }
  Slice weightsAt(int32_t channel, int32_t channels, uint64_t offset) const {
    Slice slice = at(weights(channel, channels), offset);
    slice.memory = OnChip::Weights;
    return slice;
  }

private:
  static Slice at(Slice slice, uint64_t offset) {
    slice.onChip = true;
    slice.offset = offset;
    return slice;
  }
  Program &program;
};

TileOp &op(Program &p, uint32_t index) { return p.tiles.ops[index]; }

constexpr uint32_t loadLow = 0, loadHigh = 1, weightsLow = 2, weightsHigh = 3, lowHalf = 4,
                   highHalf = 5, pool = 6, store = 7; ///< Of cutProgram.

/// 'x' [1,32,4,4] -> conv0 -> 'c', + 'x' -> 's', max_pool0 -> 'p'. On chip 'x' is loaded in two
/// halves side by side; convolution and sum are one operation for each half of their channels.
TestProgram cutProgram() {
  ProgramBuilder b;
  const std::vector<int32_t> map = {1, 32, 4, 4};
  const uint32_t x = b.quantised("x", map, DType::S8, 0.5f, 0);
  const uint32_t w = b.constant("w", {32, 32, 1, 1}, DType::S8, Layout::Panels);
  const uint32_t c = b.quantised("c", map, DType::S8, 0.5f, 0);
  const uint32_t s = b.quantised("s", map, DType::S8, 0.5f, 0);
  const uint32_t p = b.quantised("p", map, DType::S8, 0.5f, 0);
  b.command(Engine::Maca, "conv0", {x, w}, c, pointwise(32));
  b.command(Engine::Edp, "add0", {c, x}, s, AddParams{1 << 30, 1 << 30, 31, -128, 127});
  b.command(Engine::Edp, "max_pool0", {s}, p, MaxPoolParams{threeByThree()});
  TestProgram test = b.finish({x}, {p});
  Program &program = test.program;
  program.tiles = {.dataBytes = 4096, .weightBytes = 2048, .channelBlock = 16, .ops = {}};
  const Slices m(program);
  const Slice whole = m.chip("x", 0), low = m.weightsAt(0, 16, 0), high = m.weightsAt(16, 16, 576);
  program.tiles.ops = {
      {Queue::LoadData, {0}, {m.part("x", {0, 4, 0, 16})}, m.chip("x", 0, 16, 0), {}},
      {Queue::LoadData, {0}, {m.part("x", {0, 4, 16, 16})}, m.chip("x", 16, 16, 256), {}},
      {Queue::LoadWeights, {0}, {m.weights(0, 16)}, low, {}},
      {Queue::LoadWeights, {0}, {m.weights(16, 16)}, high, {}},
      {Queue::Maca, {0, 1}, {whole, low, whole}, m.chip("s", 0, 16, 512), {1, 2}},
      {Queue::Maca, {0, 1}, {whole, high, whole}, m.chip("s", 16, 16, 768), {1, 3}},
      {Queue::Edp, {2}, {m.chip("s", 512)}, m.chip("p", 1024), {5}},
      {Queue::Store, {2}, {m.chip("p", 1024)}, m.dram("p"), {6}}};
  return test;
}

/// The same in blocks of 8 channels, with the weights loaded as a whole.
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

TEST(VerifyCutTiles, BytesHoldWhatIsRead) {
  expectRefusals(
      cutProgram(),
      {
          // The halves of 'x' the other way round: bytes of other channels.
          {[](Program &p) {
             std::swap(op(p, loadLow).output.offset, op(p, loadHigh).output.offset);
           },
           "but byte 0 holds rows 0 to 3, channels 16 to 31 of tensor 0 'x'"},
          // Half of the constants where all were loaded: their biases lie elsewhere.
          {[](Program &p) {
             op(p, weightsLow).inputs = {Slices(p).weights(0, 32)};
             op(p, weightsLow).output = Slices(p).weightsAt(0, 32, 0);
             op(p, weightsHigh).output.offset = 1152;
             op(p, highHalf).inputs[1].offset = 1152;
           },
           "but byte 0 holds channels 0 to 31 of tensor 1 'w'"},
          // The constants twice, side by side, and read from the middle of both.
          {[](Program &p) {
             op(p, weightsHigh).inputs = op(p, weightsLow).inputs;
             op(p, weightsHigh).output = Slices(p).weightsAt(0, 16, 576);
             op(p, lowHalf).inputs[1].offset = 64;
             op(p, lowHalf).dependsOn = {1, 3};
           },
           "reads channels 0 to 15 of tensor 1 'w' in weights memory at 64, but byte 64 holds"},
          // A write that nobody has read yet, of a queue that nothing waits for.
          {[](Program &p) {
             TileOp load = op(p, loadLow);
             load.output.offset = 1024;
             p.tiles.ops[loadHigh].dependsOn = {};
             p.tiles.ops.insert(p.tiles.ops.begin() + pool, load);
             op(p, store + 1).dependsOn = {7};
           },
           "writes rows 0 to 3, channels 0 to 31 of tensor 4 'p' in data memory at 1024, but does "
           "not wait until load_data operation 6"},
      });
}

// Two shapes of the same bytes: as parts on chip they are not the same.
TEST(VerifyCutTiles, AnAliasOnChipIsAnotherTensor) {
  expectRefusals(cutProgram(),
                 {{[](Program &p) {
                     Tensor alias = tensorNamed(p, "x");
                     alias.name = "alias";
                     alias.shape = {1, 64, 4, 2};
                     const auto index = uint32_t(p.tensors.size());
                     p.tensors.push_back(alias);
                     const Slices m(p);
                     op(p, loadLow).output = op(p, loadHigh).output = m.chip("x", 0);
                     op(p, loadLow).inputs = op(p, loadHigh).inputs = {m.dram("x")};
                     alsoLoad(p, "x", {0, 4, 0, 32});
                     p.tiles.ops.pop_back();
                     Command &pooling = commandNamed(p, "max_pool0");
                     pooling.inputs = {index};
                     reshape(p, "p", {1, 64, 4, 2});
                     op(p, pool).inputs = {m.chip("alias", 0)};
                     op(p, pool).output = m.chip("p", 1024);
                     op(p, store).inputs = {m.chip("p", 1024)};
                     op(p, store).output = m.dram("p");
                   },
                   "but byte 0 holds rows 0 to 3, channels 0 to 31 of tensor 0 'x'"}});
}

// conv0 -> 'c', max_pool0 -> 'd' in the place of 'x', max_pool1 -> 'e' and max_pool2 of 'd'.
TEST(VerifyCutTiles, ValuesThatShareAPlaceInDram) {
  ProgramBuilder b;
  const std::vector<int32_t> map = {1, 16, 4, 4};
  const uint32_t x = b.quantised("x", map, DType::S8, 0.5f, 0);
  const uint32_t c = b.quantised("c", map, DType::S8, 0.5f, 0);
  const uint32_t d = b.quantised("d", map, DType::S8, 0.5f, 0);
  const uint32_t e = b.quantised("e", map, DType::S8, 0.5f, 0);
  const uint32_t f = b.quantised("f", map, DType::S8, 0.5f, 0);
  const MaxPoolParams params{threeByThree()};
  b.command(Engine::Edp, "pool0", {x}, c, params);
  b.command(Engine::Edp, "pool1", {c}, d, params);
  b.command(Engine::Edp, "pool2", {d}, e, params);
  b.command(Engine::Edp, "pool3", {e}, f, params);
  TestProgram test = b.finish({x}, {f});
  Program &p = test.program;
  tensorNamed(p, "e").offset = tensorNamed(p, "c").offset; // One after the other.
  tensorNamed(p, "f").offset = tensorNamed(p, "x").offset; // The host's bytes are written over.
  fitArena(p);
  p.tiles = {.dataBytes = 1024, .weightBytes = 64, .channelBlock = 16, .ops = {}};
  const Slices m(p);
  p.tiles.ops = {{Queue::Edp, {0}, {m.dram("x")}, m.dram("c"), {}},
                 {Queue::Edp, {1}, {m.dram("c")}, m.dram("d"), {}},
                 {Queue::Edp, {2}, {m.dram("d")}, m.dram("e"), {}},
                 {Queue::LoadData, {3}, {m.dram("e")}, m.chip("e", 0), {2}},
                 {Queue::Edp, {3}, {m.chip("e", 0)}, m.chip("f", 512), {3}},
                 {Queue::Store, {3}, {m.chip("f", 512)}, m.dram("f"), {4}}};
  expectAccepted(test, {[](Program &) {}});
  expectRefusals(
      test, {
                {[=](Program &spoilt) { // 'e' is computed, but stays on chip.
                   const Slices of(spoilt);
                   op(spoilt, 2) = {Queue::LoadData, {2}, {of.dram("d")}, of.chip("d", 0), {1}};
                   TileOp compute = {Queue::Edp, {2}, {of.chip("d", 0)}, of.chip("e", 768), {2}};
                   spoilt.tiles.ops.insert(spoilt.tiles.ops.begin() + 3, compute);
                   op(spoilt, 4).dependsOn = {3};
                   op(spoilt, 5).dependsOn = {4};
                   op(spoilt, 6).dependsOn = {5};
                 },
                 "is the result of another command, written by edp operation 0"},
                {[=](Program &spoilt) { spoilt.tiles.ops.pop_back(); },
                 "in the end, output tensor 4 'f': byte 0 is still an input of the program"},
            });
}

// A load for one of two maps that a command reads, by itself.
TEST(VerifyCutTiles, ALoadIsOfTheMapThatItNames) {
  ProgramBuilder b;
  const std::vector<int32_t> map = {1, 16, 4, 4};
  const uint32_t x = b.quantised("x", map, DType::S8, 0.5f, 0);
  const uint32_t c = b.quantised("c", map, DType::S8, 0.5f, 0);
  const uint32_t s = b.quantised("s", map, DType::S8, 0.5f, 0);
  b.command(Engine::Edp, "pool0", {x}, c, MaxPoolParams{threeByThree()});
  b.command(Engine::Edp, "add0", {c, x}, s, AddParams{1 << 30, 1 << 30, 31, -128, 127});
  TestProgram test = b.finish({x}, {s});
  Program &p = test.program;
  p.tiles = {.dataBytes = 1024, .weightBytes = 64, .channelBlock = 16, .ops = {}};
  const Slices m(p);
  p.tiles.ops = {{Queue::Edp, {0}, {m.dram("x")}, m.dram("c"), {}},
                 {Queue::LoadData, {1}, {m.dram("c")}, m.chip("c", 0), {0}},
                 {Queue::LoadData, {1}, {m.dram("x")}, m.chip("x", 256), {}},
                 {Queue::Edp, {1}, {m.chip("c", 0), m.chip("x", 256)}, m.chip("s", 512), {2}},
                 {Queue::Store, {1}, {m.chip("s", 512)}, m.dram("s"), {3}}};
  expectAccepted(test, {[](Program &) {}});
  expectRefusals(test, {{[](Program &spoilt) {
                           std::swap(op(spoilt, 3).inputs[0].offset,
                                     op(spoilt, 3).inputs[1].offset);
                         },
                         "but byte 256 holds rows 0 to 3, channels 0 to 15 of tensor 0 'x'"}});
}

// Two maps in a batch: a band is some rows of each.
TEST(VerifyCutTiles, BandsOfABatch) {
  ProgramBuilder b;
  const std::vector<int32_t> map = {2, 16, 4, 4};
  const uint32_t x = b.quantised("x", map, DType::S8, 0.5f, 0);
  const uint32_t y = b.quantised("y", map, DType::S8, 0.5f, 0);
  b.command(Engine::Edp, "pool0", {x}, y, MaxPoolParams{threeByThree()});
  TestProgram test = b.finish({x}, {y});
  Program &p = test.program;
  p.tiles = {.dataBytes = 2048, .weightBytes = 64, .channelBlock = 16, .ops = {}};
  const Slices m(p);
  const auto onChip = [&](const char *name, int32_t row, int32_t rows, uint64_t offset) {
    Slice slice = m.part(name, {row, rows, 0, 16});
    slice.onChip = true;
    slice.offset = offset;
    return slice;
  };
  p.tiles.ops = {{Queue::LoadData, {0}, {m.part("x", {0, 3, 0, 16})}, onChip("x", 0, 3, 0), {}},
                 {Queue::Edp, {0}, {onChip("x", 0, 3, 0)}, onChip("y", 0, 2, 512), {0}},
                 {Queue::Store, {0}, {onChip("y", 0, 2, 512)}, m.part("y", {0, 2, 0, 16}), {1}},
                 {Queue::LoadData, {0}, {m.part("x", {1, 3, 0, 16})}, onChip("x", 1, 3, 1024), {}},
                 {Queue::Edp, {0}, {onChip("x", 1, 3, 1024)}, onChip("y", 2, 2, 1536), {3}},
                 {Queue::Store, {0}, {onChip("y", 2, 2, 1536)}, m.part("y", {2, 2, 0, 16}), {4}}};
  expectAccepted(test, {[](Program &) {},
                        [&](Program &rows) { // The last row by itself.
                          op(rows, 5).output = m.part("y", {2, 1, 0, 16});
                          op(rows, 5).output.size = 2 * 64;
                          TileOp last = op(rows, 5);
                          last.output = m.part("y", {3, 1, 0, 16});
                          rows.tiles.ops.push_back(last);
                        }});
  expectRefusals(test, {{[](Program &spoilt) { spoilt.tiles.ops.pop_back(); },
                         "tiles: row 2 of tensor 1 'y' is never stored"},
                        {[](Program &spoilt) {
                           op(spoilt, 1).inputs[0].part.rows = 2;
                           op(spoilt, 1).inputs[0].size = 2 * 2 * 64;
                         },
                         "needs rows 0 + 3, channels 0 + 16 of input 0, which has rows 0 + 2"}});
}

// What an operation waits for adds up: a later wait for less takes nothing back.
TEST(VerifyCutTiles, WaitingForLessAfterMore) {
  expectAccepted(cutProgram(), {[](Program &p) {
                   // The high half waits for both loads, the low half of constants for one.
                   op(p, lowHalf).dependsOn = {1, 2};
                   op(p, weightsHigh).dependsOn = {0};
                   op(p, highHalf).dependsOn = {1, 3};
                 }});
}

} // namespace bst::testing

// What bytes of the memories hold when a tile operation reads them, and what it has to wait for:
// each check has a program that only it refuses, and the program next to it that is accepted.
#include "cut_program.h"
#include "verify_cases.h"

#include <algorithm>

namespace bst::testing {

TEST(VerifyTileBytes, BytesHoldWhatIsRead) {
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
TEST(VerifyTileBytes, AnAliasOnChipIsAnotherTensor) {
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
TEST(VerifyTileBytes, ValuesThatShareAPlaceInDram) {
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
TEST(VerifyTileBytes, ALoadIsOfTheMapThatItNames) {
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
TEST(VerifyTileBytes, BandsOfABatch) {
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
TEST(VerifyTileBytes, WaitingForLessAfterMore) {
  expectAccepted(cutProgram(), {[](Program &p) {
                   // The high half waits for both loads, the low half of constants for one.
                   op(p, lowHalf).dependsOn = {1, 2};
                   op(p, weightsHigh).dependsOn = {0};
                   op(p, highHalf).dependsOn = {1, 3};
                 }});
}

} // namespace bst::testing

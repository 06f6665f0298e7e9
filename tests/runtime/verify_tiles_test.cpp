// Every way in which the tile operations of a program can be wrong.
#include "verify_cases.h"

namespace bst::testing {

namespace {

constexpr uint32_t quantize = 0, load = 1, loadWeights = 2, conv = 3, store = 4, secondLoad = 5,
                   secondConv = 6, secondStore = 7, dequantize = 8; ///< Of tiledProgram.

} // namespace

TEST(VerifyTiles, Memories) {
  expectRefusals(tiledProgram(),
                 {
                     {[](Program &p) { p.tiles.dataBytes = uint64_t(1) << 40; },
                      "tiles: memories of 1099511627776 and 1024 bytes"},
                     {[](Program &p) { p.tiles.weightBytes = uint64_t(1) << 33; },
                      "tiles: memories of 4096 and 8589934592 bytes"},
                     {[](Program &p) { p.tiles.channelBlock = 0; },
                      "tiles: blocks of 0 channels, expected 1 to 4096"},
                     {[](Program &p) { p.tiles.channelBlock = 5000; }, "blocks of 5000 channels"},
                 });
}

TEST(VerifyTiles, Indices) {
  expectRefusals(
      tiledProgram(),
      {
          {[](Program &p) { op(p, load).queue = Queue(6); },
           "tiles: operation 1 is in unknown queue 6"},
          {[](Program &p) { op(p, load).commands.clear(); },
           "tiles: operation 1 has 0 commands, expected 1 or 2"},
          {[](Program &p) {
             op(p, load).commands = {0, 1, 2};
           },
           "operation 1 has 3 commands"},
          {[](Program &p) { op(p, load).commands = {3}; },
           "operation 1 names command 3, the program has 3"},
          {[](Program &p) { op(p, conv).dependsOn = {3}; },
           "maca operation 3 (command 1 'conv0') depends on operation 3, expected an earlier one"},
          {[](Program &p) {
             op(p, conv).dependsOn = {2, 1};
           },
           "maca operation 3 (command 1 'conv0') names what it depends on out of order"},
          {[](Program &p) { op(p, conv).output.tensor = 5; },
           "maca operation 3 (command 1 'conv0') output is tensor 5, the program has 5"},
          {[](Program &p) { op(p, conv).inputs[0].memory = OnChip(2); },
           "input is in unknown memory 2"},
      });
}

TEST(VerifyTiles, Slices) {
  expectRefusals(
      tiledProgram(),
      {
          {[](Program &p) { op(p, conv).output.part.row = 3; },
           "output is rows 3 + 2, channels 0 + 3, which is no part of tensor 3 'c'"},
          {[](Program &p) { op(p, conv).output.part.row = -1; }, "output is rows -1 + 2"},
          {[](Program &p) { op(p, conv).output.part.rows = 0; }, "output is rows 0 + 0"},
          {[](Program &p) { op(p, conv).output.part.rows = INT32_MAX; }, "+ 2147483647"},
          {[](Program &p) { op(p, conv).output.part.channels = 2; },
           "rows 0 + 2, channels 0 + 2, which is no part of tensor 3 'c'"},
          {[](Program &p) { op(p, conv).output.part.channels = 4; }, "channels 0 + 4"},
          {[](Program &p) { op(p, conv).inputs[1].part.channels = 2; },
           "input is rows 0 + 0, channels 0 + 2, which is no part of tensor 2 'w'"},
          {[](Program &p) { op(p, quantize).inputs[0].part.rows = 1; },
           "which is no part of tensor 0 'images'"},
          {[](Program &p) { op(p, conv).output.size = 64; }, "output has 64 bytes, expected 128"},
          {[](Program &p) { op(p, store).output.offset = 64; },
           "output is in DRAM, expected offset and memory 0"},
          {[](Program &p) { op(p, conv).output.offset = 200; },
           "output is at 200, not a multiple of 16"},
          {[](Program &p) { op(p, loadWeights).output.offset = 32; },
           "output is at 32, not a multiple of 64"},
          {[](Program &p) { op(p, conv).output.offset = 4096 - 64; },
           "output ends at 4160, the memory has 4096 bytes"},
          {[](Program &p) { op(p, conv).output.offset = ~uint64_t(15); }, "the memory has 4096"},
          {[](Program &p) { p.tiles.weightBytes = 384; },
           "output ends at 396, the memory has 384 bytes"},
          {[](Program &p) { op(p, conv).output.memory = OnChip::Weights; },
           "output does not belong into weights memory"},
          {[](Program &p) { op(p, loadWeights).output.memory = OnChip::Data; },
           "output does not belong into data memory"},
          {[](Program &p) { op(p, quantize).inputs[0].onChip = true; },
           "input is on chip, but neither a map nor the constants of a convolution"},
      });
}

TEST(VerifyTiles, Transfers) {
  expectRefusals(
      tiledProgram(),
      {
          {[](Program &p) {
             op(p, load).commands = {0, 1};
           },
           "has 2 commands, expected 1"},
          {[](Program &p) { op(p, load).inputs.clear(); }, "has 0 inputs, expected 1"},
          {[](Program &p) { op(p, load).inputs[0] = op(p, dequantize).inputs[0]; },
           "copies tensor 3 to tensor 1"},
          {[](Program &p) { op(p, load).commands = {2}; },
           "copies tensor 1 'q', which its command does not read"},
          {[](Program &p) { op(p, store).commands = {2}; },
           "copies tensor 3 'c', which its command does not write"},
          {[](Program &p) { op(p, load).inputs = {op(p, load).output}; },
           "does not copy from DRAM to the chip"},
          {[](Program &p) { op(p, store).output = op(p, store).inputs[0]; },
           "does not copy from the chip to DRAM"},
          {[](Program &p) { op(p, load).queue = Queue::LoadWeights; }, "copies to data memory"},
          {[](Program &p) { op(p, loadWeights).queue = Queue::LoadData; },
           "copies to weights memory"},
          {[](Program &p) { op(p, load).inputs[0].part.row = 1; },
           "copies a part that it does not have"},
          {[](Program &p) { op(p, store).output.part.row = 1; },
           "copies a part that it does not have"},
          {[](Program &p) {
             op(p, secondStore) = op(p, store);
             op(p, secondStore).dependsOn.clear();
           },
           "tiles: row 2 of tensor 3 'c' is never stored"},
      });
}

TEST(VerifyTiles, Computing) {
  expectRefusals(
      tiledProgram(),
      {
          {[](Program &p) { op(p, conv).queue = Queue::Edp; },
           "edp operation 3 (command 1 'conv0') has a command of maca"},
          {[](Program &p) {
             op(p, conv).commands = {1, 2};
           },
           "joins commands that are not a convolution and a sum of its result"},
          {[](Program &p) { op(p, conv).inputs.pop_back(); }, "has 1 inputs, expected 2"},
          {[](Program &p) { op(p, conv).output = op(p, load).output; },
           "writes tensor 1, expected 3"},
          {[](Program &p) { op(p, conv).inputs[0] = op(p, conv).output; },
           "has tensor 3 for input 0, expected 1"},
          {[](Program &p) { op(p, conv).inputs[0] = op(p, load).inputs[0]; },
           "has some of its slices on chip and some in DRAM"},
          {[](Program &p) {
             TileOp &made = op(p, conv);
             made.inputs = {op(p, load).inputs[0], op(p, loadWeights).inputs[0]};
             made.output = op(p, store).output;
           },
           "computes a part of a tensor in DRAM"},
          {[](Program &p) {
             TileOp &made = op(p, secondConv);
             made.inputs[0] = op(p, load).output;
           },
           "needs rows 1 + 3, channels 0 + 2 of input 0, which has rows 0 + 3, channels 0 + 2"},
      });
}

/// What flows through the memories (tile_flow.h).
TEST(VerifyTiles, Flow) {
  expectRefusals(
      tiledProgram(),
      {
          {[](Program &p) { op(p, conv).inputs[0].offset = 16; },
           "maca operation 3 (command 1 'conv0') reads rows 0 to 2, channels 0 to 1 of tensor 1 "
           "'q' in data memory at 16, but byte 16 holds rows 0 to 2, channels 0 to 1 of tensor 1 "
           "'q' in data memory at 0, written by load_data operation 1 (command 1 'conv0')"},
          {[](Program &p) { op(p, conv).inputs[0].offset = 1024; },
           "nothing has written byte 1024"},
          {[](Program &p) {
             op(p, secondLoad).output.offset = 0;
             op(p, secondConv).inputs[0].offset = 0;
           },
           "load_data operation 5 (command 1 'conv0') writes rows 1 to 3, channels 0 to 1 of "
           "tensor "
           "1 'q' in data memory at 0, but does not wait until maca operation 3 (command 1 "
           "'conv0') "
           "has read what is there"},
          {[](Program &p) { op(p, load).dependsOn.clear(); },
           "load_data operation 1 (command 1 'conv0') reads rows 0 to 2, channels 0 to 1 of tensor "
           "1 'q' in DRAM, but it does not wait for dsp operation 0 (command 0 'quantize0')"},
          {[](Program &p) { op(p, conv).dependsOn = {1}; },
           "but it does not wait for load_weights operation 2 (command 1 'conv0')"},
          {[](Program &p) { op(p, dequantize).dependsOn = {6}; },
           "dsp operation 8 (command 2 'dequantize0') reads rows 0 to 3, channels 0 to 2 of tensor "
           "3 'c' in DRAM, but it does not wait for store operation 4"},
          {[](Program &p) { op(p, store).inputs[0].offset = 2048; },
           "store operation 4 (command 1 'conv0') reads rows 0 to 1, channels 0 to 2 of tensor 3 "
           "'c' in data memory at 2048, but nothing has written byte 2048"},
          {[](Program &p) { p.tiles.ops.pop_back(); },
           "tiles: in the end, output tensor 4 'output': nothing has written byte"},
      });
}

TEST(VerifyTiles, FlowThatIsFine) {
  expectAccepted(tiledProgram(), {
                                     [](Program &p) { p.tiles.ops.clear(); },
                                     // The second band where the first one was, after it.
                                     [](Program &p) {
                                       op(p, secondLoad).output.offset = 0;
                                       op(p, secondConv).inputs[0].offset = 0;
                                       op(p, secondLoad).dependsOn = {3};
                                     },
                                     [](Program &p) {
                                       op(p, secondConv).output.offset = 192;
                                       op(p, secondConv).dependsOn = {4, 5};
                                       op(p, secondStore).inputs[0].offset = 192;
                                     },
                                     // More waiting than is needed.
                                     [](Program &p) {
                                       op(p, dequantize).dependsOn = {2, 4, 7};
                                     },
                                     // A memory that is just large enough.
                                     [](Program &p) { p.tiles.dataBytes = 2048 + 128; },
                                 });
}

} // namespace bst::testing

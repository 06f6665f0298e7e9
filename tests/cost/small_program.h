#ifndef BSTC_TESTS_COST_SMALL_PROGRAM_H
#define BSTC_TESTS_COST_SMALL_PROGRAM_H

#include "backends/target.h"
#include "tests/cost/conv_program.h"

#include <utility>

namespace bstc {

/// A device on which a cycle is a microsecond, so that times can be worked out by hand: 16 MAC, 2
/// bytes of EDP and 4 DRAM bytes in each direction a microsecond, DSPs at 2 MHz; no quanta.
inline Target microsecondTarget() {
  Target target;
  target.name = "microsecond";
  target.maca = {/*macsPerCycle=*/16,
                 /*pixelQuantum=*/1,
                 /*outChannelQuantum=*/1,
                 /*inChannelQuantum=*/1,
                 /*depthwiseGroup=*/1,
                 /*strideFactor=*/1,
                 /*clockMHz=*/1,
                 /*dataMemoryBytes=*/1 << 20,
                 /*weightMemoryBytes=*/1 << 20,
                 /*weightBytesPerCycle=*/1000,
                 /*commandCycles=*/5};
  target.edp = {/*bytesPerCycle=*/2, /*clockMHz=*/1, /*commandCycles=*/3};
  target.dsp = {/*flopsPerCycle=*/1, /*transcendentalFlops=*/4, /*clockMHz=*/2,
                /*commandCycles=*/8};
  target.dram = {/*bytesPerCycle=*/4, /*gigabytesPerSecond=*/1000};
  return target;
}

inline bst::Slice dramSlice(uint32_t tensor, uint64_t size) {
  bst::Slice slice;
  slice.tensor = tensor;
  slice.size = size;
  return slice;
}

inline bst::Slice chipSlice(bst::Slice slice, bst::OnChip memory, uint64_t offset) {
  slice.onChip = true;
  slice.memory = memory;
  slice.offset = offset;
  return slice;
}

inline bst::TileOp operation(bst::Queue queue, uint32_t command, std::vector<bst::Slice> inputs,
                             bst::Slice output, std::vector<uint32_t> dependsOn) {
  bst::TileOp op;
  op.queue = queue;
  op.commands = {command};
  op.inputs = std::move(inputs);
  op.output = output;
  op.dependsOn = std::move(dependsOn);
  return op;
}

/// Adds a command that makes tensor `output` (a copy of `like`) of the program's last output.
inline uint32_t append(bst::Program &program, bst::Engine engine, bst::Params params,
                       bst::Tensor like) {
  bst::Command command;
  command.engine = engine;
  command.inputs = {program.commands.back().outputs[0]};
  command.outputs = {uint32_t(program.tensors.size())};
  command.params = std::move(params);
  program.tensors.push_back(std::move(like));
  program.commands.push_back(std::move(command));
  program.outputs = {uint32_t(program.tensors.size() - 1)};
  return uint32_t(program.commands.size() - 1);
}

/// A convolution of 3x3, 8 -> 8 channels, on `batch` maps of 10 x 10, in one tile each way. A
/// map loads 800 bytes, computes 57,600 MACs and stores 800; weights and biases are 576 + 32.
inline bst::Program tiledConvolution(int32_t batch = 1) {
  bst::Program program = convProgram(8, 8, 3, 1, 10);
  for (uint32_t map : {0u, 2u}) {
    program.tensors[map].shape[0] = batch;
    program.tensors[map].size *= uint64_t(batch);
  }
  program.tensors[1].size = storedSize(program.tensors[1]);
  program.inputs = {0};
  program.outputs = {2};
  program.tiles.dataBytes = program.tiles.weightBytes = 1 << 20;
  const uint64_t bytes = 800 * uint64_t(batch);
  const bst::Slice in = dramSlice(0, bytes), weights = dramSlice(1, 608);
  const bst::Slice inHere = chipSlice(in, bst::OnChip::Data, 0);
  const bst::Slice weightsHere = chipSlice(weights, bst::OnChip::Weights, 0);
  bst::Slice out = dramSlice(2, bytes);
  out.part = {0, 10, 0, 8};
  const bst::Slice outHere = chipSlice(out, bst::OnChip::Data, 8192);
  program.tiles.ops = {
      operation(bst::Queue::LoadData, 0, {in}, inHere, {}),
      operation(bst::Queue::LoadWeights, 0, {weights}, weightsHere, {}),
      operation(bst::Queue::Maca, 0, {inHere, weightsHere}, outHere, {0, 1}),
      operation(bst::Queue::Store, 0, {outHere}, out, {2}),
  };
  return program;
}

/// The same, then a table on EDP, through DRAM: 800 bytes per map in, 800 elements, 800 out.
inline bst::Program tiledConvolutionAndTable(int32_t batch = 1) {
  bst::Program program = tiledConvolution(batch);
  const uint32_t table =
      append(program, bst::Engine::Edp, bst::LutParams{"silu", std::vector<uint8_t>(256)},
             program.tensors[2]);
  const uint64_t bytes = 800 * uint64_t(batch);
  bst::Slice out = dramSlice(3, bytes);
  out.part = {0, 10, 0, 8};
  const bst::Slice inHere = chipSlice(dramSlice(2, bytes), bst::OnChip::Data, 16384);
  const bst::Slice outHere = chipSlice(out, bst::OnChip::Data, 24576);
  program.tiles.ops.push_back(
      operation(bst::Queue::LoadData, table, {dramSlice(2, bytes)}, inHere, {3}));
  program.tiles.ops.push_back(operation(bst::Queue::Edp, table, {inHere}, outHere, {4}));
  program.tiles.ops.push_back(operation(bst::Queue::Store, table, {outHere}, out, {5}));
  return program;
}

/// Adds the float values of the result, made by DSP in DRAM: 800 bytes per map in, 3200 out, 2
/// operations per value.
inline void appendDequantize(bst::Program &program) {
  bst::Tensor floats = program.tensors[program.outputs[0]];
  floats.dtype = bst::DType::F32;
  floats.layout = bst::Layout::RowMajor;
  floats.size *= 4;
  const uint64_t bytes = floats.size;
  const uint32_t from = program.outputs[0];
  const uint32_t command =
      append(program, bst::Engine::Dsp, bst::DequantizeParams{}, std::move(floats));
  const auto last = uint32_t(program.tiles.ops.size() - 1);
  program.tiles.ops.push_back(operation(bst::Queue::Dsp, command, {dramSlice(from, bytes / 4)},
                                        dramSlice(program.outputs[0], bytes), {last}));
}

} // namespace bstc

#endif // BSTC_TESTS_COST_SMALL_PROGRAM_H

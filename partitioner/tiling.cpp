#include "partitioner/tiling.h"

#include "backends/target.h"
#include "backends/traffic.h"
#include "runtime/tile_parts.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <optional>

namespace bstc {
namespace {

using bst::isMap;
using bst::Part;
using bst::Tensor;

constexpr uint32_t none = ~uint32_t(0);
constexpr uint64_t alignment = 64;

/// Rows of the input that a window needs for rows [row, row + rows) of the output.
Part rowsOfWindow(const bst::Window &window, const Tensor &input, const Part &out) {
  const int32_t first = out.row * window.strideH - window.padTop;
  const int32_t last = (out.row + out.rows - 1) * window.strideH - window.padTop +
                       window.dilationH * (window.kernelH - 1);
  const int32_t begin = std::clamp(first, 0, input.shape[2] - 1);
  const int32_t end = std::clamp(last + 1, begin + 1, input.shape[2]);
  return {begin, end - begin, 0, input.shape[1]};
}

/// The rows of input `input` that a part of a command's output is computed from; none where the
/// command cannot be cut into bands.
struct NeededRows {
  const Tensor &input;
  const Part &out;
  using Result = std::optional<Part>;

  Result same() const { return Part{out.row, out.rows, 0, input.shape[1]}; }
  Result operator()(const bst::ConvParams &conv) const {
    return rowsOfWindow(conv.window, input, out);
  }
  Result operator()(const bst::MaxPoolParams &pool) const {
    return rowsOfWindow(pool.window, input, out);
  }
  Result operator()(const bst::LutParams &) const { return same(); }
  Result operator()(const bst::AddParams &) const { return same(); }
  Result operator()(const bst::MulParams &) const { return same(); }
  Result operator()(const bst::ConcatParams &concat) const {
    return concat.axis == 1 ? same() : std::nullopt;
  }
  Result operator()(const bst::ResizeParams &resize) const {
    const auto begin = resize.rows.begin() + out.row;
    const auto [least, greatest] = std::minmax_element(begin, begin + out.rows);
    return Part{*least, *greatest - *least + 1, 0, input.shape[1]};
  }
  template <typename P> Result operator()(const P &) const { return std::nullopt; }
};

/// How a command is cut.
struct Cut {
  int32_t rows = 0;     ///< Of the output, a band.
  int32_t channels = 0; ///< Output channels, a piece of the weights.
  bool weightsOutside =
      false; ///< Each piece of weights goes over all bands, or each band over all.
};

class Planner {
public:
  Planner(const bst::Program &program, const Target &target)
      : program(program), target(target), writers(program.tensors.size()) {
    tiles.dataBytes = uint64_t(target.maca.dataMemoryBytes);
    tiles.weightBytes = uint64_t(target.maca.weightMemoryBytes);
  }

  bst::TileProgram run() {
    for (uint32_t index = 0; index < program.commands.size(); ++index)
      if (std::optional<Cut> cut = cutOf(program.commands[index]))
        addTiles(index, *cut);
      else
        addWhole(index);
    return std::move(tiles);
  }

private:
  uint64_t mapBytes(const Tensor &tensor, const Part &part) const {
    return uint64_t(tensor.shape[0]) * part.rows * tensor.shape[3] *
           roundUp(part.channels, target.maca.outChannelQuantum);
  }
  uint64_t weightBytes(const bst::Command &command, int32_t channels) const {
    const Tensor &weights = program.tensors[command.inputs[1]];
    return storedSize(weights) / weights.shape[0] * channels + uint64_t(channels) * 4;
  }
  uint64_t bandBytes(const bst::Command &command, const Part &out) const;
  bool isConv(const bst::Command &command) const {
    return std::holds_alternative<bst::ConvParams>(command.params);
  }
  /// Inputs that are feature maps: the first of a convolution, all of others.
  size_t mapInputs(const bst::Command &command) const {
    return isConv(command) ? 1 : command.inputs.size();
  }

  std::optional<Cut> cutOf(const bst::Command &command) const;
  void addTiles(uint32_t index, const Cut &cut);
  void addTile(uint32_t index, const Part &out, uint32_t weights, bst::Slice weightSlice);
  uint32_t loadWeights(uint32_t index, int32_t channel, int32_t channels, bst::Slice &slice);
  void addWhole(uint32_t index);
  uint32_t add(bst::TileOp op) {
    llvm::sort(op.dependsOn);
    op.dependsOn.erase(std::unique(op.dependsOn.begin(), op.dependsOn.end()), op.dependsOn.end());
    tiles.ops.push_back(std::move(op));
    return uint32_t(tiles.ops.size() - 1);
  }
  /// Operations that bring `part` of a tensor to DRAM.
  void dependOnWriters(bst::TileOp &op, uint32_t tensor, const Part &part) const;

  const bst::Program &program;
  const Target &target;
  bst::TileProgram tiles;
  struct Written {
    Part part;
    uint32_t op;
  };
  std::vector<std::vector<Written>> writers; ///< By tensor.
  struct Half {
    std::vector<uint32_t> users; ///< Operations that must end before it is written again.
  };
  std::array<Half, 2> dataHalves, weightHalves;
  uint32_t dataTurn = 0, weightTurn = 0;
};

/// On-chip bytes of a band: its inputs and its output, each aligned.
uint64_t Planner::bandBytes(const bst::Command &command, const Part &out) const {
  uint64_t bytes = roundUp(mapBytes(program.tensors[command.outputs[0]], out), alignment);
  for (size_t i = 0; i < mapInputs(command); ++i) {
    const Tensor &input = program.tensors[command.inputs[i]];
    bytes +=
        roundUp(mapBytes(input, *std::visit(NeededRows{input, out}, command.params)), alignment);
  }
  return bytes;
}

std::optional<Cut> Planner::cutOf(const bst::Command &command) const {
  const Tensor &output = program.tensors[command.outputs[0]];
  if (command.engine == bst::Engine::Dsp || command.outputs.size() != 1 || !isMap(output))
    return std::nullopt;
  const Part all = bst::wholePart(output);
  for (size_t i = 0; i < mapInputs(command); ++i) {
    const Tensor &input = program.tensors[command.inputs[i]];
    if (!isMap(input) || !std::visit(NeededRows{input, all}, command.params))
      return std::nullopt;
  }
  Cut cut;
  cut.channels = all.channels;
  if (isConv(command)) {
    // Whole blocks of output channels whose weights fit into half of their memory; whole groups.
    const auto &conv = std::get<bst::ConvParams>(command.params);
    const uint64_t half = tiles.weightBytes / 2;
    if (weightBytes(command, all.channels) > half && conv.groups == 1)
      cut.channels = int32_t(
          std::max<uint64_t>(half / weightBytes(command, 1) / target.maca.outChannelQuantum *
                                 target.maca.outChannelQuantum,
                             target.maca.outChannelQuantum));
    if (weightBytes(command, std::min(cut.channels, all.channels)) > tiles.weightBytes)
      return std::nullopt;
  }
  // At least four bands, so that loads, arithmetic and stores overlap.
  cut.rows = (all.rows + 3) / 4;
  const auto fits = [&](int32_t rows) {
    const int32_t start = std::min(all.rows - rows, all.rows / 2);
    return bandBytes(command, {start, rows, 0, std::min(cut.channels, all.channels)}) <=
           tiles.dataBytes / 2;
  };
  while (cut.rows > 1 && !fits(cut.rows))
    cut.rows = (cut.rows + 1) / 2;
  if (!fits(cut.rows))
    return std::nullopt;
  const uint64_t pieces = uint64_t(all.channels + cut.channels - 1) / cut.channels;
  const uint64_t bands = uint64_t(all.rows + cut.rows - 1) / cut.rows;
  if (pieces > 1) {
    const uint64_t input = dramBytes(program.tensors[command.inputs[0]], target);
    cut.weightsOutside = (pieces - 1) * input <= (bands - 1) * weightBytes(command, all.channels);
  }
  return cut;
}

uint32_t Planner::loadWeights(uint32_t index, int32_t channel, int32_t channels,
                              bst::Slice &slice) {
  const bst::Command &command = program.commands[index];
  Half &half = weightHalves[weightTurn % 2];
  bst::TileOp op;
  op.queue = bst::Queue::LoadWeights;
  op.commands = {index};
  slice.tensor = command.inputs[1];
  slice.part = {0, 0, channel, channels};
  slice.size = weightBytes(command, channels);
  op.inputs = {slice};
  slice.onChip = true;
  slice.memory = bst::OnChip::Weights;
  slice.offset = slice.size > tiles.weightBytes / 2 ? 0 : weightTurn % 2 * (tiles.weightBytes / 2);
  op.output = slice;
  op.dependsOn = half.users;
  if (slice.size > tiles.weightBytes / 2) // It takes both halves.
    llvm::append_range(op.dependsOn, weightHalves[(weightTurn + 1) % 2].users);
  half.users.clear();
  return add(std::move(op));
}

void Planner::addTiles(uint32_t index, const Cut &cut) {
  const bst::Command &command = program.commands[index];
  const Part all = bst::wholePart(program.tensors[command.outputs[0]]);
  const auto bandAt = [&](int32_t row) { return std::min(cut.rows, all.rows - row); };
  const auto pieceAt = [&](int32_t channel) {
    return std::min(cut.channels, all.channels - channel);
  };
  const bool conv = isConv(command);
  uint32_t load = none;
  bst::Slice weights;
  const auto loadPiece = [&](int32_t channel) {
    if (conv)
      load = loadWeights(index, channel, pieceAt(channel), weights);
  };
  const bool outside = cut.weightsOutside || cut.channels >= all.channels;
  if (outside)
    for (int32_t channel = 0; channel < all.channels; channel += cut.channels, ++weightTurn) {
      loadPiece(channel);
      for (int32_t row = 0; row < all.rows; row += cut.rows)
        addTile(index, {row, bandAt(row), channel, pieceAt(channel)}, load, weights);
    }
  else
    for (int32_t row = 0; row < all.rows; row += cut.rows)
      for (int32_t channel = 0; channel < all.channels; channel += cut.channels, ++weightTurn) {
        loadPiece(channel);
        addTile(index, {row, bandAt(row), channel, pieceAt(channel)}, load, weights);
      }
}

void Planner::addTile(uint32_t index, const Part &out, uint32_t weights, bst::Slice weightSlice) {
  const bst::Command &command = program.commands[index];
  Half &half = dataHalves[dataTurn % 2];
  uint64_t offset = dataTurn % 2 * (tiles.dataBytes / 2 / alignment * alignment);
  const auto place = [&](bst::Slice &slice) {
    slice.onChip = true;
    slice.offset = offset;
    offset += roundUp(slice.size, alignment);
  };
  bst::TileOp compute;
  compute.queue = bst::Queue(command.engine);
  compute.commands = {index};
  for (size_t i = 0; i < mapInputs(command); ++i) {
    const Tensor &input = program.tensors[command.inputs[i]];
    bst::TileOp load;
    load.queue = bst::Queue::LoadData;
    load.commands = {index};
    bst::Slice slice;
    slice.tensor = command.inputs[i];
    slice.part = *std::visit(NeededRows{input, out}, command.params);
    slice.size = mapBytes(input, slice.part);
    load.inputs = {slice};
    place(slice);
    load.output = slice;
    load.dependsOn = half.users;
    dependOnWriters(load, slice.tensor, slice.part);
    compute.inputs.push_back(slice);
    compute.dependsOn.push_back(add(std::move(load)));
  }
  if (weights != none) {
    compute.inputs.push_back(weightSlice);
    compute.dependsOn.push_back(weights);
  }
  compute.output.tensor = command.outputs[0];
  compute.output.part = out;
  compute.output.size = mapBytes(program.tensors[command.outputs[0]], out);
  place(compute.output);
  llvm::append_range(compute.dependsOn, half.users);

  bst::TileOp store;
  store.queue = bst::Queue::Store;
  store.commands = {index};
  store.inputs = {compute.output};
  store.output = compute.output;
  store.output.onChip = false;
  store.output.offset = 0;
  const uint32_t computed = add(std::move(compute));
  store.dependsOn = {computed};
  const uint32_t stored = add(std::move(store));
  half.users = {computed, stored};
  if (weights != none)
    weightHalves[weightTurn % 2].users = {computed};
  writers[command.outputs[0]].push_back({out, stored});
  ++dataTurn;
}

void Planner::addWhole(uint32_t index) {
  const bst::Command &command = program.commands[index];
  bst::TileOp op;
  op.queue = bst::Queue(command.engine);
  op.commands = {index};
  const auto whole = [&](uint32_t tensor) {
    bst::Slice slice;
    slice.tensor = tensor;
    slice.part = bst::wholePart(program.tensors[tensor]);
    slice.size = dramBytes(program.tensors[tensor], target);
    return slice;
  };
  for (uint32_t input : command.inputs) {
    op.inputs.push_back(whole(input));
    dependOnWriters(op, input, op.inputs.back().part);
  }
  op.output = whole(command.outputs[0]);
  const uint32_t written = add(std::move(op));
  for (uint32_t output : command.outputs)
    writers[output].push_back({bst::wholePart(program.tensors[output]), written});
}

void Planner::dependOnWriters(bst::TileOp &op, uint32_t tensor, const Part &part) const {
  // Another name for bytes that a command wrote: the command is the dependency.
  if (writers[tensor].empty())
    for (uint32_t command : program.commands[op.commands[0]].dependsOn)
      for (uint32_t output : program.commands[command].outputs)
        for (const Written &written : writers[output])
          op.dependsOn.push_back(written.op);
  for (const Written &written : writers[tensor])
    if (written.part.rows == 0 || (written.part.row < part.row + part.rows &&
                                   part.row < written.part.row + written.part.rows))
      op.dependsOn.push_back(written.op);
}

} // namespace

bst::TileProgram planTiles(const bst::Program &program, const Target &target) {
  return Planner(program, target).run();
}

} // namespace bstc

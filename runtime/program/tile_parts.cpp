#include "runtime/program/tile_parts.h"

#include <algorithm>
#include <numeric>

namespace bst {
namespace {

/// Positions along an axis: [begin, end).
struct Range {
  int64_t begin = 0, end = 0;
};

/// Input rows that the windows of output rows `rows` cover, padding included.
Range windowRows(const Window &window, Range rows) {
  const int64_t span = int64_t(window.kernelH - 1) * window.dilationH + 1;
  return {rows.begin * window.strideH - window.padTop,
          (rows.end - 1) * window.strideH - window.padTop + span};
}

bool paddingNeverFills(const Window &window) {
  const int64_t span = int64_t(window.kernelH - 1) * window.dilationH + 1;
  return window.padTop < span && window.padBottom < span;
}

/// Axis in ONNX order of a rank-4 tensor.
int32_t mapAxis(int32_t axis) { return axis < 0 ? axis + 4 : axis; }

/// The window of a tile: what of the padding it still sees.
Window windowOf(const Window &window, const Part &in, const Part &out) {
  const Range rows = windowRows(window, {out.row, int64_t(out.row) + out.rows});
  Window tile = window;
  tile.padTop = int32_t(in.row - rows.begin);
  tile.padBottom = int32_t(rows.end - in.row - in.rows);
  return tile;
}

template <class T> std::vector<T> sliced(const std::vector<T> &all, const Part &part) {
  if (all.empty())
    return {};
  return {all.begin() + part.channel, all.begin() + part.channel + part.channels};
}

/// Params of a tile; the commands that do not depend on places keep theirs.
struct TileParams {
  const Program &program;
  const Command &command;
  const Part &in, &out; ///< Of the first input, of the output.

  template <class P> Params operator()(const P &params) const { return params; }
  Params operator()(const ConvParams &conv) const {
    ConvParams tile = conv;
    tile.window = windowOf(conv.window, in, out);
    tile.bias = sliced(conv.bias, out);
    tile.weightZeroPoint = sliced(conv.weightZeroPoint, out);
    tile.requant = sliced(conv.requant, out);
    const int32_t perGroup = program.tensors[command.outputs[0]].shape[1] / conv.groups;
    tile.groups = std::max(1, out.channels / perGroup);
    return tile;
  }
  Params operator()(const MaxPoolParams &pool) const {
    return MaxPoolParams{windowOf(pool.window, in, out)};
  }
  Params operator()(const ConcatParams &concat) const {
    ConcatParams tile = {.axis = concat.axis, .copy = {}, .requant = {}};
    for (size_t i = 0; i < command.inputs.size(); ++i)
      if (readsInput(program, command, i, out)) {
        tile.copy.push_back(concat.copy[i]);
        tile.requant.push_back(concat.requant[i]);
      }
    return tile;
  }
  Params operator()(const ResizeParams &resize) const {
    ResizeParams tile = resize;
    tile.rows.assign(resize.rows.begin() + out.row, resize.rows.begin() + out.row + out.rows);
    for (int32_t &row : tile.rows)
      row -= in.row;
    return tile;
  }
};

/// `tensor` as it would be if it had the part only.
Tensor tileTensor(const Tensor &tensor, const Part &part) {
  Tensor tile = tensor;
  tile.offset = 0;
  if (isMap(tensor)) {
    tile.shape[1] = part.channels;
    tile.shape[2] = part.rows;
  } else if (isConvConstant(tensor)) {
    tile.shape[0] = part.channels;
    if (part.rows)
      tile.shape[1] = part.rows;
  }
  tile.size = storedSize(tile);
  return tile;
}

} // namespace

bool isMap(const Tensor &tensor) {
  return (tensor.layout == Layout::Nhwc || tensor.layout == Layout::Picture) &&
         tensor.shape.size() == 4;
}

uint32_t onChipBlock(const Tensor &map, uint32_t channelBlock) {
  return map.layout == Layout::Picture ? uint32_t(map.shape[1]) : channelBlock;
}

bool isConvConstant(const Tensor &tensor) {
  return tensor.storage == Storage::Weights && tensor.shape.size() == 4 &&
         (tensor.layout == Layout::Panels || tensor.layout == Layout::Ohwi);
}

Part wholePart(const Tensor &tensor) {
  if (isMap(tensor))
    return {0, tensor.shape[2], 0, tensor.shape[1]};
  if (isConvConstant(tensor))
    return {0, 0, 0, tensor.shape[0]};
  return {};
}

bool worksInBands(const Program &program, const Command &command) {
  // What an average divides by depends on the place of its window in the whole map.
  if (std::holds_alternative<AveragePoolParams>(command.params))
    return false;
  if (command.engine == Engine::Dsp || !isMap(program.tensors[command.outputs[0]]))
    return false;
  const auto *conv = std::get_if<ConvParams>(&command.params);
  const auto *pool = std::get_if<MaxPoolParams>(&command.params);
  const auto *concat = std::get_if<ConcatParams>(&command.params);
  for (size_t i = 0; i < command.inputs.size(); ++i) {
    const Tensor &input = program.tensors[command.inputs[i]];
    if (conv && i == 1 ? !isConvConstant(input) : !isMap(input))
      return false;
  }
  if (conv)
    return paddingNeverFills(conv->window);
  if (pool)
    return paddingNeverFills(pool->window);
  return !concat || mapAxis(concat->axis) != 2;
}

static Part convNeeded(const Program &program, const Command &command, size_t input, Part rows,
                       const Part &part) {
  if (input == 1)
    return {0, 0, part.channel, part.channels};
  const auto &conv = std::get<ConvParams>(command.params);
  const int32_t inPerGroup = program.tensors[command.inputs[0]].shape[1] / conv.groups;
  const int32_t outPerGroup = program.tensors[command.outputs[0]].shape[1] / conv.groups;
  const int32_t first = part.channel / outPerGroup;
  const int32_t last = (part.channel + part.channels - 1) / outPerGroup;
  rows.channel = first * inPerGroup;
  rows.channels = (last - first + 1) * inPerGroup;
  return rows;
}

std::vector<int32_t> channelsOfInputs(const Program &program, const Command &command) {
  const auto *concat = std::get_if<ConcatParams>(&command.params);
  if (!concat || mapAxis(concat->axis) != 1)
    return {};
  std::vector<int32_t> channels = {0};
  for (uint32_t input : command.inputs)
    channels.push_back(channels.back() + program.tensors[input].shape[1]);
  return channels;
}

Part partNeeded(const Program &program, const Command &command, size_t input, const Part &part) {
  const Tensor &tensor = program.tensors[command.inputs[input]];
  Range rows = {part.row, int64_t(part.row) + part.rows};
  if (const auto *conv = std::get_if<ConvParams>(&command.params))
    rows = windowRows(conv->window, rows);
  if (const auto *pool = std::get_if<MaxPoolParams>(&command.params))
    rows = windowRows(pool->window, rows);
  if (const auto *resize = std::get_if<ResizeParams>(&command.params)) {
    const auto [low, high] =
        std::minmax_element(resize->rows.begin() + rows.begin, resize->rows.begin() + rows.end);
    rows = {*low, int64_t(*high) + 1};
  }
  if (const auto *picture = std::get_if<PictureParams>(&command.params))
    return {part.row * picture->block, part.rows * picture->block, 0, tensor.shape[1]};
  Part needed;
  if (isMap(tensor)) {
    needed.row = int32_t(std::max<int64_t>(rows.begin, 0));
    needed.rows = int32_t(std::min<int64_t>(rows.end, tensor.shape[2])) - needed.row;
  }
  if (std::holds_alternative<ConvParams>(command.params))
    return convNeeded(program, command, input, needed, part);
  needed.channel = part.channel;
  needed.channels = part.channels;
  if (const std::vector<int32_t> channels = channelsOfInputs(program, command); !channels.empty()) {
    const int32_t begin = std::max(part.channel, channels[input]);
    const int32_t end = std::min(part.channel + part.channels, channels[input + 1]);
    needed.channel = begin - channels[input];
    needed.channels = std::max(end - begin, 0);
  }
  return needed;
}

bool readsInput(const Program &program, const Command &command, size_t input, const Part &part) {
  const std::vector<int32_t> channels = channelsOfInputs(program, command);
  return channels.empty() ||
         (channels[input] < part.channel + part.channels && channels[input + 1] > part.channel);
}

/// Calls visit(command, input) for each operand of an operation.
template <class Visit>
static void forEachOperand(const Program &program, const TileOp &op, Visit &&visit) {
  for (size_t i = 0; i < op.commands.size(); ++i) {
    const Command &command = program.commands[op.commands[i]];
    for (size_t k = 0; k < command.inputs.size(); ++k)
      if (!(i && command.inputs[k] == program.commands[op.commands[i - 1]].outputs[0]) &&
          readsInput(program, command, k, op.output.part))
        visit(command, k);
  }
}

std::vector<uint32_t> operandsOf(const Program &program, const TileOp &op) {
  std::vector<uint32_t> operands;
  forEachOperand(program, op, [&](const Command &command, size_t input) {
    operands.push_back(command.inputs[input]);
  });
  return operands;
}

InputShare inputShareOf(const Program &program, const TileOp &op) {
  if (op.queue != Queue::Maca || op.inputs.size() < 2 ||
      !isConvConstant(program.tensors[op.inputs[1].tensor]))
    return {};
  const Slice &constants = op.inputs[1];
  return {constants.part.row, constants.part.rows, program.tensors[constants.tensor].shape[1]};
}

int32_t inputStep(const Tensor &constants, uint32_t channelBlock) {
  // Of a window's row, input channels lie in quads.
  if (constants.layout != Layout::Panels || constants.shape[1] % int32_t(panelDepth))
    return 0;
  return int32_t(std::lcm(uint32_t(panelDepth), channelBlock));
}

std::vector<Part> neededParts(const Program &program, const TileOp &op) {
  std::vector<Part> parts;
  forEachOperand(program, op, [&](const Command &command, size_t input) {
    // A sum keeps rows and channels, so the convolution's part is the output's.
    parts.push_back(worksInBands(program, command)
                        ? partNeeded(program, command, input, op.output.part)
                        : wholePart(program.tensors[command.inputs[input]]));
  });
  if (const InputShare share = inputShareOf(program, op); share.partial()) {
    parts[0].channel = parts[1].row = share.first;
    parts[0].channels = parts[1].rows = share.count;
  }
  return parts;
}

uint64_t partBytes(const Tensor &tensor, const Part &part, uint32_t channelBlock) {
  constexpr uint64_t biasBytes = 4;
  if (isConvConstant(tensor))
    return storedSize(tileTensor(tensor, part)) + biasBytes * uint64_t(part.channels);
  if (!isMap(tensor))
    return tensor.size;
  const uint64_t block = onChipBlock(tensor, channelBlock);
  const uint64_t channels = (uint64_t(part.channels) + block - 1) / block * block;
  return uint64_t(tensor.shape[0]) * uint64_t(part.rows) * uint64_t(tensor.shape[3]) * channels *
         elementSize(tensor.dtype);
}

uint32_t channelStep(const Program &program, const Command &conv, uint32_t channelBlock) {
  const auto &params = std::get<ConvParams>(conv.params);
  const uint32_t perGroup =
      params.groups == 1 ? 1U : uint32_t(program.tensors[conv.outputs[0]].shape[1] / params.groups);
  return std::lcm(std::lcm(uint32_t(panelLanes), channelBlock), perGroup);
}

Program tileProgram(const Program &program, const TileOp &op) {
  Program tile;
  const std::vector<uint32_t> operands = operandsOf(program, op);
  const std::vector<Part> parts = neededParts(program, op);
  for (size_t i = 0; i < operands.size(); ++i)
    tile.tensors.push_back(tileTensor(program.tensors[operands[i]], parts[i]));
  uint32_t next = 0; // Of the operands.
  for (size_t i = 0; i < op.commands.size(); ++i) {
    const Command &command = program.commands[op.commands[i]];
    Command &made = tile.commands.emplace_back();
    made.engine = command.engine;
    made.name = command.name;
    const Part in = next < parts.size() ? parts[next] : op.output.part;
    for (size_t k = 0; k < command.inputs.size(); ++k) {
      const uint32_t input = command.inputs[k];
      if (!readsInput(program, command, k, op.output.part))
        continue;
      const bool between = i && input == program.commands[op.commands[i - 1]].outputs[0];
      made.inputs.push_back(between ? uint32_t(tile.tensors.size() - 1) : next++);
    }
    made.params = worksInBands(program, command)
                      ? std::visit(TileParams{program, command, in, op.output.part}, command.params)
                      : command.params;
    made.outputs.push_back(uint32_t(tile.tensors.size()));
    tile.tensors.push_back(tileTensor(program.tensors[command.outputs[0]], op.output.part));
  }
  return tile;
}

} // namespace bst

#include "backends/simulator/strict.h"

#include "backends/maca/kernels/conv_direct.h"
#include "runtime/program/labels.h"
#include "runtime/program/tile_parts.h"
#include "runtime/support/guard.h"
#include "runtime/support/memory.h"
#include "runtime/verify/tile_flow.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace bst {

struct StrictRun::State {
  State(const Program &p, Simulator &s) : program(p), simulator(s) {}

  Status allocate();
  Status execute(uint32_t index);
  Status runFrame(TileOrder order, bool first);
  void forgetFrame(const std::vector<std::vector<std::byte>> &inputs);
  std::byte *inDram(uint32_t tensor);
  std::byte *onChip(const Slice &slice);

  void copyMap(const TileOp &op);
  void loadConstants(const TileOp &op);
  Status compute(const TileOp &op);
  TensorView gather(const Slice &held, const Part &needed, const Tensor &tile, std::byte *memory);
  void gatherBias(const Slice &constants, const Part &needed, ConvParams &conv);
  bool convolveShare(const TileOp &op, const Program &tile, const std::vector<TensorView> &views);

  const Program &program;
  Simulator &simulator;
  AlignedMemory data, weights, arena;
  std::vector<int32_t> sums; ///< Of some input channels: what the array holds.
};

namespace {

constexpr std::byte poison{0xa5};

/// Walks over the pixels of `part` of a map, which lies in `held` of an on-chip memory: calls
/// copy(byte on chip, first channel, channels) for each run of channels of each pixel of the part,
/// in NHWC order.
template <class Copy>
void forEachRun(const Tensor &map, const Part &held, const Part &part, uint32_t channelBlock,
                Copy &&copy) {
  const int64_t block = onChipBlock(map, channelBlock), width = map.shape[3];
  const int64_t plane = int64_t(map.shape[0]) * held.rows * width * block;
  const int32_t lastChannel = part.channel + part.channels;
  for (int64_t n = 0; n < map.shape[0]; ++n)
    for (int64_t row = part.row; row < part.row + part.rows; ++row)
      for (int64_t column = 0; column < width; ++column) {
        const int64_t pixel = (n * held.rows + row - held.row) * width + column;
        for (int32_t c = part.channel; c < lastChannel;) {
          const auto lane = int32_t(c % block);
          const int32_t count = std::min(int32_t(block) - lane, lastChannel - c);
          copy((c / block - held.channel / block) * plane + pixel * block + lane, c, count);
          c += count;
        }
      }
}

/// The operations of each queue, and how far it has come.
struct Progress {
  explicit Progress(const TileProgram &tiles) : tiles(tiles), done(tiles.ops.size()) {
    for (uint32_t index = 0; index < tiles.ops.size(); ++index)
      ops[size_t(tiles.ops[index].queue)].push_back(index);
  }
  /// The next operation of the queue, if it may run now.
  std::optional<uint32_t> ready(Queue queue) const {
    const size_t at = size_t(queue);
    if (next[at] == ops[at].size())
      return std::nullopt;
    const uint32_t index = ops[at][next[at]];
    for (uint32_t earlier : tiles.ops[index].dependsOn)
      if (!done[earlier])
        return std::nullopt;
    return index;
  }
  void finish(uint32_t index) {
    done[index] = true;
    ++next[size_t(tiles.ops[index].queue)];
  }

  const TileProgram &tiles;
  std::vector<bool> done;
  std::array<std::vector<uint32_t>, queueNames.size()> ops;
  std::array<size_t, queueNames.size()> next = {};
};

/// All operations in the order asked for.
std::vector<uint32_t> ordered(const TileProgram &tiles, TileOrder order) {
  constexpr Queue priority[] = {Queue::LoadWeights, Queue::LoadData, Queue::Dsp,
                                Queue::Edp,         Queue::Maca,     Queue::Store};
  std::vector<uint32_t> result;
  if (order == TileOrder::Program) {
    for (uint32_t index = 0; index < tiles.ops.size(); ++index)
      result.push_back(index);
    return result;
  }
  Progress progress(tiles);
  while (result.size() < tiles.ops.size())
    for (Queue queue : priority)
      if (std::optional<uint32_t> index = progress.ready(queue)) {
        progress.finish(*index);
        result.push_back(*index);
        break; // The earliest operation of all may always run, so there is one each time.
      }
  return result;
}

} // namespace

Status StrictRun::State::allocate() {
  if (!data.allocate(program.tiles.dataPart()) || !weights.allocate(program.tiles.weightPart()) ||
      !arena.allocate(program.arenaSize))
    return failed(StatusCode::OutOfMemory, "no memory for the modelled memories");
  for (const AlignedMemory *memory : {&data, &weights, &arena})
    std::fill(memory->bytes().begin(), memory->bytes().end(), poison);
  return Status();
}

std::byte *StrictRun::State::inDram(uint32_t index) {
  const Tensor &tensor = program.tensors[index];
  // Constants are only read.
  return tensor.offset + (tensor.storage == Storage::Arena
                              ? arena.bytes().data()
                              : const_cast<std::byte *>(program.weights));
}

std::byte *StrictRun::State::onChip(const Slice &slice) {
  return (slice.memory == OnChip::Data ? data : weights).bytes().data() + slice.offset;
}

/// Between a map in DRAM (NHWC) and a part of it on chip.
void StrictRun::State::copyMap(const TileOp &op) {
  const bool store = op.queue == Queue::Store;
  const Slice &chip = store ? op.inputs[0] : op.output;
  const Tensor &map = program.tensors[chip.tensor];
  const Part &part = op.output.part;
  const int64_t rows = map.shape[2], channels = map.shape[1], width = map.shape[3];
  std::byte *dram = inDram(chip.tensor), *memory = onChip(chip);
  int64_t pixel = 0; // Of the part.
  forEachRun(
      map, chip.part, part, program.tiles.channelBlock,
      [&](int64_t at, int32_t channel, int32_t count) {
        const int64_t n = pixel / (part.rows * width);
        const int64_t row = pixel / width % part.rows + part.row;
        std::byte *place = dram + ((n * rows + row) * width + pixel % width) * channels + channel;
        std::byte *there = memory + at;
        store ? std::memcpy(place, there, size_t(count)) : std::memcpy(there, place, size_t(count));
        pixel += channel + count == part.channel + part.channels;
      });
}

/// Weights of some input channels: of each panel and tap their quads, which lie side by side.
static void copyShare(const Tensor &all, const Part &part, const Tensor &share,
                      const std::byte *from, std::byte *to) {
  const uint64_t bytes = uint64_t(part.rows) * panelLanes;
  for (uint64_t o = 0; o < uint64_t(part.channels); o += panelLanes)
    for (uint64_t h = 0; h < uint64_t(all.shape[2]); ++h)
      for (uint64_t w = 0; w < uint64_t(all.shape[3]); ++w)
        std::memcpy(to + weightIndex(share, o, h, w, 0),
                    from + weightIndex(all, uint64_t(part.channel) + o, h, w, uint64_t(part.row)),
                    bytes);
}

void StrictRun::State::loadConstants(const TileOp &op) {
  const Tensor &tensor = program.tensors[op.output.tensor];
  const auto &conv = std::get<ConvParams>(program.commands[op.commands[0]].params);
  const Part &part = op.output.part;
  const uint64_t biasBytes = 4 * uint64_t(part.channels), bytes = op.output.size - biasBytes;
  const std::byte *from = inDram(op.output.tensor);
  std::byte *to = onChip(op.output);
  if (part.rows) {
    Tensor share = tensor;
    share.shape = {part.channels, part.rows, tensor.shape[2], tensor.shape[3]};
    copyShare(tensor, part, share, from, to);
  } else {
    const uint64_t begin =
        weightIndex(tensor, uint64_t(part.channel), 0, 0, 0); // A panel's first, or a channel's.
    std::memcpy(to, from + begin, bytes);
  }
  std::memcpy(to + bytes, conv.bias.data() + part.channel, biasBytes);
}

/// Bytes of `channels` output channels of weights of which `tile` has others.
static uint64_t constantsBefore(const Tensor &tile, int32_t channels) {
  if (!channels)
    return 0;
  Tensor before = tile;
  before.shape[0] = channels;
  return storedSize(before);
}

/// A tile's tensor in `memory`: the needed part of what is held on chip.
TensorView StrictRun::State::gather(const Slice &held, const Part &needed, const Tensor &tile,
                                    std::byte *memory) {
  const std::byte *from = onChip(held);
  std::byte *to = memory;
  if (held.memory == OnChip::Weights)
    std::memcpy(to, from + constantsBefore(tile, needed.channel - held.part.channel), tile.size);
  else
    forEachRun(program.tensors[held.tensor], held.part, needed, program.tiles.channelBlock,
               [&](int64_t at, int32_t, int32_t count) {
                 std::memcpy(to, from + at, size_t(count));
                 to += count;
               });
  return {&tile, memory};
}

void StrictRun::State::gatherBias(const Slice &constants, const Part &needed, ConvParams &conv) {
  const int64_t behind = constants.part.channel + constants.part.channels - needed.channel;
  std::memcpy(conv.bias.data(), onChip(constants) + constants.size - 4 * uint64_t(behind),
              4 * conv.bias.size());
}

/// Adds the products of some input channels to the sums in the array; with the last of them, the
/// convolution's result goes to its view. True: it is there.
bool StrictRun::State::convolveShare(const TileOp &op, const Program &tile,
                                     const std::vector<TensorView> &views) {
  const InputShare share = inputShareOf(program, op);
  const Command &conv = tile.commands[0];
  const TensorView &y = views[conv.outputs[0]];
  const ConvProblem problem = {.params = std::get<ConvParams>(conv.params),
                               .x = *views[0].tensor,
                               .weights = *views[1].tensor,
                               .y = *y.tensor};
  if (share.opens())
    sums.assign(elementCount(*y.tensor), 0);
  addProducts(problem, views[1].data, views[0].data, sums);
  if (share.closes())
    finishSums(problem, sums, y.data);
  return share.closes();
}

static uint64_t rounded(uint64_t bytes) { return (bytes + 63) / 64 * 64; }

Status StrictRun::State::compute(const TileOp &op) {
  Program tile = tileProgram(program, op);
  uint64_t size = 0;
  for (const Tensor &tensor : tile.tensors)
    size += rounded(tensor.size);
  AlignedMemory memory;
  if (!memory.allocate(size))
    return failed(StatusCode::OutOfMemory, "no memory for a tile of {} bytes", size);
  const std::vector<Part> needed = neededParts(program, op);
  std::vector<TensorView> views;
  std::byte *next = memory.bytes().data();
  for (size_t i = 0; i < tile.tensors.size(); ++i) {
    const bool input = i < op.inputs.size(), output = i + 1 == tile.tensors.size();
    const Tensor &tensor = tile.tensors[i];
    if (!op.output.onChip && (input || output))
      views.push_back({&tensor, inDram(input ? op.inputs[i].tensor : op.output.tensor)});
    else if (input)
      views.push_back(gather(op.inputs[i], needed[i], tensor, next));
    else
      views.push_back({&tensor, next});
    next += rounded(tensor.size);
  }
  if (auto *conv = std::get_if<ConvParams>(&tile.commands[0].params); conv && op.output.onChip)
    gatherBias(op.inputs[1], needed[1], *conv);
  std::unique_ptr<Execution> execution;
  if (Status status = simulator.prepare(tile, views, {.keepTensors = true}, execution);
      !status.ok())
    return status;
  const bool partial = inputShareOf(program, op).partial();
  if (partial && !convolveShare(op, tile, views))
    return Status();
  for (uint32_t command = partial; command < tile.commands.size(); ++command)
    if (Status status = execution->run(command); !status.ok())
      return status;
  if (op.output.onChip) {
    const std::byte *from = views.back().data;
    std::byte *to = onChip(op.output);
    forEachRun(program.tensors[op.output.tensor], op.output.part, op.output.part,
               program.tiles.channelBlock, [&](int64_t at, int32_t, int32_t count) {
                 std::memcpy(to + at, from, size_t(count));
                 from += count;
               });
  }
  return Status();
}

Status StrictRun::State::execute(uint32_t index) {
  const TileOp &op = program.tiles.ops[index];
  if (op.queue == Queue::LoadWeights)
    loadConstants(op);
  else if (op.queue >= Queue::LoadData)
    copyMap(op);
  else if (Status status = compute(op); !status.ok())
    return failed(status.getCode(), "{}: {}", OpLabel(program, index), status.message());
  return Status();
}

StrictRun::~StrictRun() = default;

Status StrictRun::create(const Program &program, Simulator &simulator,
                         std::unique_ptr<StrictRun> &run) {
  return withoutThrowing([&] {
    if (program.tiles.ops.empty() && !program.commands.empty())
      return failed(StatusCode::InvalidArgument,
                    "the program has no tile operations: compile the model again");
    std::unique_ptr<StrictRun> created(new StrictRun);
    created->state = std::make_unique<State>(program, simulator);
    if (Status status = created->state->allocate(); !status.ok())
      return status;
    run = std::move(created);
    return Status();
  });
}

std::span<std::byte> StrictRun::data(uint32_t index) {
  const Tensor &tensor = state->program.tensors[index];
  if (tensor.storage != Storage::Arena)
    return {};
  return {state->inDram(index), size_t(tensor.size)};
}

Status StrictRun::State::runFrame(TileOrder order, bool first) {
  TileFlow flow(program);
  for (uint32_t index : ordered(program.tiles, order)) {
    if (Status status = flow.step(index); !status.ok())
      return status;
    if (index < program.tiles.once && !first)
      continue;
    if (Status status = execute(index); !status.ok())
      return status;
  }
  return flow.finish();
}

/// Everything but the inputs and what stays for all frames is poison again.
void StrictRun::State::forgetFrame(const std::vector<std::vector<std::byte>> &inputs) {
  std::fill(data.bytes().begin(), data.bytes().end(), poison);
  std::fill(arena.bytes().begin(), arena.bytes().end(), poison);
  std::fill(weights.bytes().begin() + ptrdiff_t(program.tiles.keptBytes), weights.bytes().end(),
            poison);
  for (size_t i = 0; i < inputs.size(); ++i)
    std::copy(inputs[i].begin(), inputs[i].end(), inDram(program.inputs[i]));
}

Status StrictRun::run(TileOrder order) {
  return withoutThrowing([&] {
    const Program &program = state->program;
    std::vector<std::vector<std::byte>> inputs;
    for (uint32_t input : program.inputs)
      inputs.emplace_back(data(input).begin(), data(input).end());
    if (Status status = state->runFrame(order, true); !status.ok() || !program.tiles.once)
      return status;
    state->forgetFrame(inputs);
    return state->runFrame(order, false);
  });
}

} // namespace bst

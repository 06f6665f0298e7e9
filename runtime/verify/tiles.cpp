// The tile-level program: every operation by itself, and that outputs are stored as a whole. What
// flows through the memories is TileFlow's to check.
#include "runtime/program/tile_parts.h"
#include "runtime/support/small_sort.h"
#include "runtime/verify/checks.h"
#include "runtime/verify/tile_flow.h"

#include <algorithm>
#include <tuple>

namespace bst {
namespace {

constexpr uint64_t mostMemory = uint64_t(1) << 28; ///< Bytes of an on-chip memory.
constexpr uint32_t mostChannelBlock = 4096;
constexpr uint32_t mostContexts = 64;

/// The checks of one operation. The first failure makes the message.
class OpCheck {
public:
  OpCheck(const Program &program, uint32_t index)
      : program(program), op(program.tiles.ops[index]), index(index) {}

  bool run() { return indices() && (op.queue < Queue::LoadData ? computes() : transfers()); }
  Status takeStatus() { return std::move(failure); }

private:
  template <class... Parts>
  [[gnu::always_inline]] bool require(bool condition,
                                      TextFormat<std::type_identity_t<Parts>...> format,
                                      const Parts &...parts) {
    if (!condition) [[unlikely]] {
      const uint64_t words[] = {textKinds<Parts...>(), textWord(parts)...};
      fail({format.format, words});
    }
    return condition;
  }
  void fail(Text what) {
    failure = indexed ? corrupt("tiles: {} {}", OpLabel(program, index), what)
                      : corrupt("tiles: operation {} {}", index, what);
  }
  bool indices();
  bool slice(const char *role, const Slice &s);
  bool onChip(const char *role, const Slice &s, uint64_t memoryBytes);
  bool transfers();
  bool computes();
  bool commandsJoin();
  bool operands(const std::vector<uint32_t> &tensors);
  bool places();

  const Program &program;
  const TileOp &op;
  uint32_t index;
  bool indexed = false; ///< Queue and commands are known to be in range.
  Status failure;
};

bool OpCheck::indices() {
  if (!require(size_t(op.queue) < queueNames.size(), "is in unknown queue {}",
               uint32_t(op.queue)) ||
      !require(op.commands.size() == 1 || op.commands.size() == 2,
               "has {} commands, expected 1 or 2", op.commands.size()))
    return false;
  for (uint32_t command : op.commands)
    if (!require(command < program.commands.size(), "names command {}, the program has {}", command,
                 program.commands.size()))
      return false;
  indexed = true;
  uint32_t next = 0;
  for (uint32_t earlier : op.dependsOn) {
    if (!require(earlier < index, "depends on operation {}, expected an earlier one", earlier) ||
        !require(earlier >= next, "names what it depends on out of order"))
      return false;
    next = earlier + 1;
  }
  for (const Slice &input : op.inputs)
    if (!slice("input", input))
      return false;
  return slice("output", op.output);
}

/// [begin, begin + count) within [0, all), not empty.
bool within(int32_t begin, int32_t count, int32_t all) {
  return begin >= 0 && count > 0 && count <= all && begin <= all - count;
}

bool partFits(const Tensor &tensor, const Part &part, uint32_t channelBlock) {
  const Part whole = wholePart(tensor);
  if (part == whole)
    return true;
  // Cut at whole blocks on both sides, or at the end.
  auto cut = [&](int32_t block) {
    return part.channel % block == 0 &&
           (part.channels % block == 0 || part.channel + part.channels == whole.channels);
  };
  if (!whole.channels || !within(part.channel, part.channels, whole.channels))
    return false;
  if (isMap(tensor))
    return within(part.row, part.rows, whole.rows) &&
           cut(int32_t(onChipBlock(tensor, channelBlock)));
  if (part.row || part.rows) {
    const int32_t step = inputStep(tensor, channelBlock);
    if (!step || !within(part.row, part.rows, tensor.shape[1]) || part.row % step ||
        (part.rows % step && part.row + part.rows != tensor.shape[1]))
      return false;
  }
  return tensor.layout != Layout::Panels || cut(int32_t(panelLanes));
}

bool OpCheck::slice(const char *role, const Slice &s) {
  if (!require(s.tensor < program.tensors.size(), "{} is tensor {}, the program has {}", role,
               s.tensor, program.tensors.size()) ||
      !require(size_t(s.memory) < onChipNames.size(), "{} is in unknown memory {}", role,
               uint32_t(s.memory)))
    return false;
  const Tensor &tensor = program.tensors[s.tensor];
  if (!require(partFits(tensor, s.part, program.tiles.channelBlock),
               "{} is rows {} + {}, channels {} + {}, which is no part of {}", role, s.part.row,
               s.part.rows, s.part.channel, s.part.channels, TensorLabel(program, tensor)))
    return false;
  const uint64_t bytes = partBytes(tensor, s.part, program.tiles.channelBlock);
  if (!require(s.size == bytes, "{} has {} bytes, expected {}", role, s.size, bytes))
    return false;
  if (!s.onChip)
    return require(s.offset == 0 && s.memory == OnChip::Data,
                   "{} is in DRAM, expected offset and memory 0", role);
  return onChip(role, s,
                s.memory == OnChip::Data ? program.tiles.dataPart() : program.tiles.weightPart());
}

bool OpCheck::onChip(const char *role, const Slice &s, uint64_t memoryBytes) {
  const bool constants = isConvConstant(program.tensors[s.tensor]);
  const uint64_t alignment = constants ? 64 : program.tiles.channelBlock;
  return require(constants == (s.memory == OnChip::Weights), "{} does not belong into {} memory",
                 role, onChipNames[size_t(s.memory)]) &&
         require(constants || isMap(program.tensors[s.tensor]),
                 "{} is on chip, but neither a map nor the constants of a convolution", role) &&
         require(s.offset % alignment == 0, "{} is at {}, not a multiple of {}", role, s.offset,
                 alignment) &&
         require(s.size <= memoryBytes && s.offset <= memoryBytes - s.size,
                 "{} ends at {}, the memory has {} bytes", role, s.offset + s.size, memoryBytes);
}

bool contains(const Part &outer, const Part &inner) {
  return inner.row >= outer.row && inner.row + inner.rows <= outer.row + outer.rows &&
         inner.channel >= outer.channel &&
         inner.channel + inner.channels <= outer.channel + outer.channels;
}

bool OpCheck::transfers() {
  if (!require(op.commands.size() == 1, "has {} commands, expected 1", op.commands.size()) ||
      !require(op.inputs.size() == 1, "has {} inputs, expected 1", op.inputs.size()))
    return false;
  const Slice &from = op.inputs[0], &to = op.output;
  const Command &command = program.commands[op.commands[0]];
  const bool store = op.queue == Queue::Store;
  const auto &tensors = store ? command.outputs : command.inputs;
  const OnChip memory = op.queue == Queue::LoadWeights ? OnChip::Weights : OnChip::Data;
  return require(from.tensor == to.tensor, "copies tensor {} to tensor {}", from.tensor,
                 to.tensor) &&
         require(std::count(tensors.begin(), tensors.end(), to.tensor) > 0,
                 "copies {}, which its command does not {}",
                 TensorLabel(program, program.tensors[to.tensor]), store ? "write" : "read") &&
         require(from.onChip == store && to.onChip != store, "does not copy {}",
                 store ? "from the chip to DRAM" : "from DRAM to the chip") &&
         require((store ? from : to).memory == memory, "copies {}{} memory",
                 store ? "from " : "to ", onChipNames[size_t((store ? from : to).memory)]) &&
         require(store ? contains(from.part, to.part) : from.part == to.part,
                 "copies a part that it does not have") &&
         require(!store || to.part.channels == wholePart(program.tensors[to.tensor]).channels,
                 "stores a part of the channels");
}

/// A second command is a sum that rides on the convolution before it.
bool OpCheck::commandsJoin() {
  if (op.commands.size() == 1)
    return true;
  const Command &conv = program.commands[op.commands[0]];
  const Command &sum = program.commands[op.commands[1]];
  return require(std::holds_alternative<ConvParams>(conv.params) &&
                     std::holds_alternative<AddParams>(sum.params) &&
                     (sum.inputs[0] == conv.outputs[0]) != (sum.inputs[1] == conv.outputs[0]),
                 "joins commands that are not a convolution and a sum of its result") &&
         require(worksInBands(program, conv) && worksInBands(program, sum),
                 "joins commands that do not work in bands");
}

bool OpCheck::operands(const std::vector<uint32_t> &tensors) {
  if (!require(op.inputs.size() == tensors.size(), "has {} inputs, expected {}", op.inputs.size(),
               tensors.size()))
    return false;
  const uint32_t result = program.commands[op.commands.back()].outputs[0];
  if (!require(op.output.tensor == result, "writes tensor {}, expected {}", op.output.tensor,
               result))
    return false;
  for (size_t i = 0; i < tensors.size(); ++i)
    if (!require(op.inputs[i].tensor == tensors[i], "has tensor {} for input {}, expected {}",
                 op.inputs[i].tensor, i, tensors[i]))
      return false;
  return true;
}

/// Work in bands is done on chip, other work in DRAM; never both.
bool OpCheck::places() {
  const Command &first = program.commands[op.commands[0]];
  const bool bands = op.output.onChip;
  for (const Slice &input : op.inputs)
    if (!require(input.onChip == bands, "has some of its slices on chip and some in DRAM"))
      return false;
  if (!bands)
    return require(op.output.part == wholePart(program.tensors[op.output.tensor]),
                   "computes a part of a tensor in DRAM");
  if (!require(worksInBands(program, first), "does not work in bands, but is on chip"))
    return false;
  const Part &part = op.output.part;
  if (!std::holds_alternative<ConvParams>(first.params))
    return true; // Works channel by channel.
  const int32_t step = int32_t(channelStep(program, first, program.tiles.channelBlock));
  return require(part.channel % step == 0 &&
                     (part.channels % step == 0 ||
                      part.channel + part.channels == program.tensors[op.output.tensor].shape[1]),
                 "computes channels {} + {}, which are not cut at multiples of {}", part.channel,
                 part.channels, step);
}

bool OpCheck::computes() {
  const Command &first = program.commands[op.commands[0]];
  if (!require(size_t(first.engine) == size_t(op.queue), "has a command of {}",
               engineName(first.engine)) ||
      !commandsJoin() || !operands(operandsOf(program, op)) || !places())
    return false;
  const std::vector<Part> needed = neededParts(program, op);
  for (size_t i = 0; i < needed.size(); ++i)
    if (!require(contains(op.inputs[i].part, needed[i]),
                 "needs rows {} + {}, channels {} + {} of input {}, which has rows {} + {}, "
                 "channels {} + {}",
                 needed[i].row, needed[i].rows, needed[i].channel, needed[i].channels, i,
                 op.inputs[i].part.row, op.inputs[i].part.rows, op.inputs[i].part.channel,
                 op.inputs[i].part.channels))
      return false;
  return true;
}

/// Sums of a part of the input channels stay in the array until those of all channels are there.
class ShareCheck {
public:
  explicit ShareCheck(const Program &program) : program(program) {}

  Status add(uint32_t index) {
    const TileOp &op = program.tiles.ops[index];
    const InputShare share = inputShareOf(program, op);
    if (!share.partial()) {
      // What is loaded meanwhile takes nothing that the array holds.
      if (open == noOp || op.queue == Queue::LoadData || op.queue == Queue::LoadWeights)
        return Status();
      return corrupt("tiles: {} comes between the partial sums of {}", OpLabel(program, index),
                     OpLabel(program, open));
    }
    const bool continues = open != noOp && op.commands == program.tiles.ops[open].commands &&
                           op.output == program.tiles.ops[open].output;
    if (open == noOp ? !share.opens() : !continues || share.first != next)
      return corrupt("tiles: {} adds the products of input channel {} to no sums of those before",
                     OpLabel(program, index), share.first);
    open = share.closes() ? noOp : index;
    next = share.first + share.count;
    return Status();
  }
  Status finish() const {
    if (open == noOp)
      return Status();
    return corrupt("tiles: {} leaves sums without the products of input channel {}",
                   OpLabel(program, open), next);
  }

private:
  const Program &program;
  uint32_t open = noOp; ///< Operation whose sums are in the array.
  int32_t next = 0;     ///< Input channel.
};

/// Rows [begin, end) of a tensor that reach DRAM.
struct StoredRows {
  uint32_t tensor;
  int32_t begin, end;
  bool operator<(const StoredRows &other) const {
    return std::tie(tensor, begin, end) < std::tie(other.tensor, other.begin, other.end);
  }
};

/// Every tensor of which a part reaches DRAM is there as a whole in the end.
Status verifyCoverage(const Program &program) {
  std::vector<StoredRows> stored;
  for (const TileOp &op : program.tiles.ops)
    if (op.queue == Queue::Store) {
      const Part &part = op.output.part;
      stored.push_back({op.output.tensor, part.row, part.row + part.rows});
    }
  smallSort(stored);
  for (size_t i = 0; i < stored.size();) {
    const uint32_t tensor = stored[i].tensor;
    int32_t covered = 0;
    for (; i < stored.size() && stored[i].tensor == tensor; ++i)
      covered = stored[i].begin <= covered ? std::max(covered, stored[i].end) : covered;
    if (covered < program.tensors[tensor].shape[2])
      return corrupt("tiles: row {} of {} is never stored", covered,
                     TensorLabel(program, program.tensors[tensor]));
  }
  return Status();
}

/// What is loaded once stays: nothing else is written there.
Status verifyOnce(const TileProgram &tiles) {
  if (tiles.once > tiles.ops.size() || tiles.keptBytes > tiles.weightBytes)
    return corrupt("tiles: {} operations are done once, for {} bytes, which there are not",
                   tiles.once, tiles.keptBytes);
  for (uint32_t index = 0; index < tiles.ops.size(); ++index) {
    const TileOp &op = tiles.ops[index];
    const bool once = index < tiles.once, loads = op.queue == Queue::LoadWeights;
    if (once ? !loads || op.output.offset + op.output.size > tiles.keptBytes
             : loads && op.output.offset < tiles.keptBytes)
      return corrupt("tiles: operation {} does not keep to the constants that stay", index);
  }
  return Status();
}

} // namespace

Status verifyTiles(const Program &program, const Limits &limits) {
  const TileProgram &tiles = program.tiles;
  if (tiles.dataBytes > mostMemory || tiles.weightBytes > mostMemory)
    return corrupt("tiles: memories of {} and {} bytes, at most {}", tiles.dataBytes,
                   tiles.weightBytes, mostMemory);
  if (tiles.channelBlock < 1 || tiles.channelBlock > mostChannelBlock)
    return corrupt("tiles: blocks of {} channels, expected 1 to {}", tiles.channelBlock,
                   mostChannelBlock);
  if (tiles.contexts < 1 || tiles.contexts > mostContexts)
    return corrupt("tiles: {} frames at one time, expected 1 to {}", tiles.contexts, mostContexts);
  if (Status status = verifyOnce(tiles); !status.ok())
    return status;
  if (tiles.ops.empty())
    return Status();
  WorkMeter work(limits);
  ShareCheck shares(program);
  for (uint32_t index = 0; index < tiles.ops.size(); ++index) {
    if (OpCheck check(program, index); !check.run())
      return check.takeStatus();
    if (Status status = shares.add(index); !status.ok())
      return status;
    if (Status status = work.addTile(program, index); !status.ok())
      return status;
  }
  if (Status status = shares.finish(); !status.ok())
    return status;
  if (Status status = verifyCoverage(program); !status.ok())
    return status;
  return checkTileFlow(program);
}

} // namespace bst

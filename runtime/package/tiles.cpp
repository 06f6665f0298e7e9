#include "runtime/package/tiles.h"

#include "runtime/program/tiles.h"
#include "runtime/support/text.h"

#include <algorithm>
#include <limits>
#include <span>

namespace bst {

static fb::Slice packSlice(const Slice &s) {
  return {s.offset,       s.size,          s.tensor, s.part.row,       s.part.rows,
          s.part.channel, s.part.channels, s.onChip, uint8_t(s.memory)};
}

static Slice readSlice(const fb::Slice &s) {
  return {.tensor = s.tensor(),
          .part = {s.row(), s.rows(), s.channel(), s.channels()},
          .onChip = s.on_chip(),
          .memory = OnChip(s.memory()),
          .offset = s.offset(),
          .size = s.size()};
}

template <class T>
static flatbuffers::Offset<flatbuffers::Vector<const T *>> packStructs(PackageBuilder &b,
                                                                       const std::vector<T> &v) {
  return b.fbb.CreateVectorOfStructs(v.data(), b.limited(v.size(), maxCount));
}

flatbuffers::Offset<fb::Tiles> packTiles(PackageBuilder &b, const TileProgram &tiles) {
  if (tiles.ops.empty())
    return 0;
  std::vector<fb::TileOp> ops;
  std::vector<fb::Slice> slices;
  std::vector<uint32_t> commands, dependsOn;
  auto count = [&]<class Count>(Count, size_t n) {
    return Count(b.limited(n, std::numeric_limits<Count>::max()));
  };
  for (const TileOp &op : tiles.ops) {
    ops.emplace_back(uint8_t(op.queue), count(uint8_t(), op.commands.size()),
                     count(uint16_t(), op.inputs.size()), count(uint8_t(), op.dependsOn.size()));
    commands.insert(commands.end(), op.commands.begin(), op.commands.end());
    dependsOn.insert(dependsOn.end(), op.dependsOn.begin(), op.dependsOn.end());
    for (const Slice &input : op.inputs)
      slices.push_back(packSlice(input));
    slices.push_back(packSlice(op.output));
  }
  auto opList = packStructs(b, ops);
  auto commandList = b.vector(commands);
  auto sliceList = packStructs(b, slices);
  auto dependencies = b.vector(dependsOn);
  return fb::CreateTiles(b.fbb, tiles.dataBytes, tiles.weightBytes, tiles.channelBlock, opList,
                         commandList, sliceList, dependencies, tiles.contexts, tiles.once,
                         tiles.keptBytes);
}

namespace {

/// Hands out the elements of a list, some at a time.
class Taker {
public:
  explicit Taker(const flatbuffers::Vector<uint32_t> &list) : rest(list.data(), list.size()) {}
  /// The next `count` of them.
  void take(size_t count, std::vector<uint32_t> &to) {
    fits &= count <= rest.size();
    const auto taken = rest.first(std::min(count, rest.size()));
    to.assign(taken.begin(), taken.end());
    rest = rest.subspan(taken.size());
  }
  /// Were there as many as were taken, and no more?
  bool usedUp() const { return fits && rest.empty(); }

private:
  std::span<const uint32_t> rest;
  bool fits = true;
};

Status wrongLists() {
  return corrupt("is damaged: the lists of its tile operations do not have as many elements as the "
                 "operations ask for");
}

} // namespace

Status readTiles(const fb::Tiles &from, PackageCopier &copier, TileProgram &to) {
  if (!copier.take(from.ops()->size(), sizeof(fb::TileOp), maxCount) ||
      !copier.take(from.slices()->size(), sizeof(fb::Slice), maxCount) ||
      !copier.take(from.commands()->size(), sizeof(uint32_t), maxCount) ||
      !copier.take(from.depends_on()->size(), sizeof(uint32_t), maxCount))
    return Status(); // The copier tells.
  // FlatBuffers' verifier looks at the alignment of a list's length only.
  if (uintptr_t(from.slices()->data()) % alignof(fb::Slice))
    return corrupt("is damaged: the slices of its tile operations are not aligned");
  to.dataBytes = from.data_bytes();
  to.weightBytes = from.weight_bytes();
  to.channelBlock = from.channel_block();
  to.contexts = from.contexts();
  to.once = from.once();
  to.keptBytes = from.kept_bytes();
  Taker commands(*from.commands()), dependsOn(*from.depends_on());
  flatbuffers::uoffset_t nextSlice = 0;
  to.ops = std::vector<TileOp>(from.ops()->size());
  for (TileOp *made = to.ops.data(); const fb::TileOp *op : *from.ops()) {
    // Its inputs and its output.
    if (op->inputs() >= from.slices()->size() - nextSlice)
      return wrongLists();
    made->queue = Queue(op->queue());
    commands.take(op->commands(), made->commands);
    dependsOn.take(op->depends_on(), made->dependsOn);
    made->inputs = std::vector<Slice>(op->inputs());
    for (Slice &input : made->inputs)
      input = readSlice(*from.slices()->Get(nextSlice++));
    made->output = readSlice(*from.slices()->Get(nextSlice++));
    ++made;
  }
  if (!commands.usedUp() || !dependsOn.usedUp() || nextSlice != from.slices()->size())
    return wrongLists();
  return Status();
}

} // namespace bst

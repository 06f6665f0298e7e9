#include "partitioner/reuse.h"

#include "partitioner/timeline.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

namespace bstc {
namespace {

constexpr uint32_t nobody = ~uint32_t(0);

/// The users of one on-chip memory, block by block.
class UserMap {
public:
  explicit UserMap(uint64_t bytes) : block(std::max<uint64_t>((bytes + 2047) / 2048, 64)) {}

  /// Calls visit with the last users (by queue) of each block of the slice.
  template <class Visit> void forBlocks(const bst::Slice &slice, Visit &&visit) {
    if (slice.size == 0)
      return;
    const size_t last = size_t((slice.offset + slice.size - 1) / block);
    if (users.size() <= last)
      users.resize(last + 1, none());
    for (size_t at = size_t(slice.offset / block); at <= last; ++at)
      visit(users[at]);
  }

private:
  using Users = std::array<uint32_t, bst::queueNames.size()>;
  static Users none() {
    Users users;
    users.fill(nobody);
    return users;
  }
  uint64_t block;
  std::vector<Users> users;
};

} // namespace

std::vector<std::vector<uint32_t>> lastUsersOfPlaces(const bst::TileProgram &tiles) {
  std::array<UserMap, 2> memories = {UserMap(tiles.dataBytes), UserMap(tiles.weightBytes)};
  for (uint32_t index = tiles.once; index < tiles.ops.size(); ++index) {
    const bst::TileOp &op = tiles.ops[index];
    const auto use = [&](const bst::Slice &slice) {
      if (slice.onChip)
        memories[size_t(slice.memory)].forBlocks(
            slice, [&](auto &users) { users[size_t(op.queue)] = index; });
    };
    llvm::for_each(op.inputs, use);
    use(op.output);
  }
  std::vector<std::vector<uint32_t>> result(tiles.ops.size());
  for (uint32_t index = tiles.once; index < tiles.ops.size(); ++index) {
    const bst::Slice &output = tiles.ops[index].output;
    if (!output.onChip)
      continue;
    std::array<uint32_t, bst::queueNames.size()> last;
    last.fill(nobody);
    memories[size_t(output.memory)].forBlocks(output, [&](const auto &users) {
      for (size_t queue = 0; queue < last.size(); ++queue)
        if (users[queue] != nobody && (last[queue] == nobody || users[queue] > last[queue]))
          last[queue] = users[queue];
    });
    for (uint32_t user : last)
      if (user != nobody)
        result[index].push_back(user);
  }
  return result;
}

namespace {

/// What lies at a place: from when, until when, how much.
struct Tenant {
  uint64_t size;
  double start, end;
};

/// Follows the tenants of one memory in the order of the operations.
class Tenants {
public:
  void write(const bst::Slice &slice, const Interval &time) {
    auto it = places.lower_bound(slice.offset);
    if (it != places.begin()) {
      auto before = std::prev(it);
      if (before->first + before->second.size > slice.offset)
        it = before;
    }
    while (it != places.end() && it->first < slice.offset + slice.size) {
      past.push_back(it->second);
      it = places.erase(it);
    }
    places[slice.offset] = {slice.size, time.start, time.end};
  }

  void read(const bst::Slice &slice, const Interval &time) {
    auto it = places.upper_bound(slice.offset);
    if (it != places.begin())
      --it;
    for (; it != places.end() && it->first < slice.offset + slice.size; ++it)
      it->second.end = std::max(it->second.end, time.end);
  }

  std::vector<Tenant> all() const {
    std::vector<Tenant> result = past;
    for (const auto &[offset, tenant] : places)
      result.push_back(tenant);
    return result;
  }

private:
  std::map<uint64_t, Tenant> places;
  std::vector<Tenant> past;
};

} // namespace

std::vector<Occupancy> occupancy(const bst::TileProgram &tiles, llvm::ArrayRef<Interval> times) {
  std::array<Tenants, 2> memories;
  const auto stays = [&](const bst::Slice &slice) {
    return slice.memory == bst::OnChip::Weights && slice.offset < tiles.keptBytes;
  };
  for (size_t index = tiles.once; index < tiles.ops.size(); ++index) {
    const bst::TileOp &op = tiles.ops[index];
    for (const bst::Slice &input : op.inputs)
      if (input.onChip && !stays(input))
        memories[size_t(input.memory)].read(input, times[index]);
    if (op.output.onChip)
      memories[size_t(op.output.memory)].write(op.output, times[index]);
  }
  std::map<double, std::array<int64_t, 2>> changes;
  for (size_t memory = 0; memory < memories.size(); ++memory)
    for (const Tenant &tenant : memories[memory].all()) {
      changes[tenant.start][memory] += int64_t(tenant.size);
      changes[tenant.end][memory] -= int64_t(tenant.size);
    }
  std::vector<Occupancy> result;
  std::array<int64_t, 2> inUse{};
  for (const auto &[seconds, change] : changes) {
    for (size_t memory = 0; memory < inUse.size(); ++memory)
      inUse[memory] += change[memory];
    result.push_back({seconds, uint64_t(inUse[0]), uint64_t(inUse[1]) + tiles.keptBytes});
  }
  return result;
}

} // namespace bstc

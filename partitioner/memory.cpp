#include "partitioner/memory.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace bstc {

static uint64_t aligned(uint64_t size) { return (size + 63) / 64 * 64; }

static bool overlapInTime(const Buffer &a, const Buffer &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Lowest offset at which `size` bytes fit between the taken [offset, end) ranges.
static uint64_t lowestGap(std::vector<std::pair<uint64_t, uint64_t>> taken, uint64_t size) {
  std::sort(taken.begin(), taken.end());
  uint64_t offset = 0;
  for (auto [begin, end] : taken) {
    if (offset + size <= begin)
      break;
    offset = std::max(offset, end);
  }
  return offset;
}

static uint64_t largestLiveSet(llvm::ArrayRef<Buffer> buffers) {
  std::map<int64_t, int64_t> change; // Ordered by time.
  for (const Buffer &buffer : buffers) {
    change[buffer.first] += int64_t(aligned(buffer.size));
    change[buffer.last + 1] -= int64_t(aligned(buffer.size));
  }
  int64_t live = 0, largest = 0;
  for (auto [time, delta] : change)
    largest = std::max(largest, live += delta);
  return uint64_t(largest);
}

MemoryPlan planMemory(llvm::ArrayRef<Buffer> buffers) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return buffers[a].size > buffers[b].size; });
  MemoryPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  plan.lowerBound = largestLiveSet(buffers);
  std::vector<size_t> placed;
  for (size_t i : order) {
    std::vector<std::pair<uint64_t, uint64_t>> taken;
    for (size_t j : placed)
      if (overlapInTime(buffers[i], buffers[j]))
        taken.emplace_back(plan.offsets[j], plan.offsets[j] + aligned(buffers[j].size));
    plan.offsets[i] = lowestGap(std::move(taken), aligned(buffers[i].size));
    plan.size = std::max(plan.size, plan.offsets[i] + aligned(buffers[i].size));
    placed.push_back(i);
  }
  return plan;
}

} // namespace bstc

// Who is known to have finished, and which bytes a slice takes (runtime/program/tile_access.h).
#include "test_programs.h"

#include "runtime/program/tile_access.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bst::testing {

using ::testing::ElementsAre;

// What an operation knows is what those that it waits for knew, and they: the latest of each queue.
TEST(TileAccess, ClocksAddUp) {
  TileProgram tiles;
  tiles.ops = {
      {Queue::LoadData, {0}, {}, {}, {}},     // 0
      {Queue::Maca, {0}, {}, {}, {0}},        // 1 knows 0.
      {Queue::LoadData, {0}, {}, {}, {}},     // 2 knows 0 by its queue.
      {Queue::Edp, {0}, {}, {}, {2}},         // 3 knows 2, and through it 0.
      {Queue::LoadWeights, {0}, {}, {}, {0}}, // 4 knows 0 only.
      {Queue::Store, {0}, {}, {}, {1, 3}},    // 5: of the loads first 0, then 2.
      {Queue::Dsp, {0}, {}, {}, {3, 4}},      // 6: first 2, then 0, which takes nothing back.
      {Queue::LoadWeights, {0}, {}, {}, {5}}, // 7 knows all that 5 knew.
  };
  Clocks clocks(tiles.ops.size());
  for (const TileOp &op : tiles.ops)
    clocks.add(op);
  const std::vector<std::vector<uint32_t>> known = {
      {}, {0}, {0}, {0, 2}, {0}, {0, 1, 2, 3}, {0, 2, 3, 4}, {0, 1, 2, 3, 4, 5}};
  for (uint32_t later = 0; later < tiles.ops.size(); ++later)
    for (uint32_t earlier = 0; earlier < later; ++earlier)
      EXPECT_EQ(clocks.ordered(tiles, earlier, later),
                std::count(known[later].begin(), known[later].end(), earlier) > 0)
          << earlier << " before " << later;
  EXPECT_THAT(clocks.latest(), ElementsAre(1, 3, 6, 2, 7, 5));
}

// Rows of a map in DRAM are some of each map of the batch.
TEST(TileAccess, RowsOfABatch) {
  ProgramBuilder b;
  b.floats("first", {16}); // 64 bytes before it.
  const uint32_t x = b.quantised("x", {2, 5, 4, 3}, DType::S8, 0.5f, 0);
  const uint32_t flat = b.floats("flat", {7});
  const TestProgram test = b.finish({x}, {flat});
  TileMemories memories(test.program);
  std::vector<std::pair<uint64_t, uint64_t>> visited;
  auto visit = [&](Access &access, uint64_t begin, uint64_t end) {
    EXPECT_EQ(access.writer, theHost);
    visited.emplace_back(begin, end);
  };
  memories.forEach({.tensor = x, .part = {1, 2, 0, 5}}, visit); // Rows of 15 bytes.
  EXPECT_THAT(visited, ElementsAre(std::pair(64 + 15, 64 + 45), std::pair(64 + 75, 64 + 105)));
  visited.clear();
  memories.write({.tensor = x, .part = {1, 2, 0, 5}}, 7);
  memories.forEach({.tensor = x, .part = {0, 1, 0, 5}}, visit); // The host's as before.
  EXPECT_THAT(visited, ElementsAre(std::pair(64, 64 + 15), std::pair(64 + 60, 64 + 75)));
  // Anything but a map is there as a whole.
  visited.clear();
  memories.forEach({.tensor = flat}, [&](Access &access, uint64_t begin, uint64_t end) {
    EXPECT_EQ(access.writer, noOp);
    visited.emplace_back(begin, end);
  });
  EXPECT_THAT(visited, ElementsAre(std::pair(192, 192 + 28)));
}

} // namespace bst::testing

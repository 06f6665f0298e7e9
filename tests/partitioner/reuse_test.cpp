// Who uses a place on chip, and what lies there when: small tile programs by hand.

#include "partitioner/reuse.h"

#include "tests/cost/tile_builder.h"

#include <gmock/gmock.h>

namespace bstc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Users = std::vector<uint32_t>;

/// Load, MACA, EDP, store, each on what the one before made; places of 64 bytes side by side.
TileBuilder chain() {
  TileBuilder b; // Memories of 1024 bytes: blocks of 64.
  const uint32_t load = b.load(64), conv = b.compute(Queue::Maca, 1, {load}),
                 table = b.compute(Queue::Edp, 1, {conv}), store = b.store(64, {table});
  b.writes(load, 0, 64);
  b.reads(conv, 0, 64);
  b.writes(conv, 64, 64);
  b.reads(table, 64, 64);
  b.writes(table, 128, 64);
  b.reads(store, 128, 64);
  return b;
}

/// In the order of the queues: MACA, EDP, DSP, loads, stores. Neighbours are no users.
TEST(LastUsers, AreThoseThatWriteAndRead) {
  EXPECT_THAT(lastUsersOfPlaces(chain().tiles),
              ElementsAre(ElementsAre(1, 0), ElementsAre(1, 2), ElementsAre(2, 3), IsEmpty()));
}

TEST(LastUsers, OfEachQueueTheLastOne) {
  TileBuilder b = chain();
  // A second reader of what was loaded, and another load into the same place.
  const uint32_t again = b.compute(Queue::Maca, 1, {0});
  b.reads(again, 0, 64);
  const uint32_t load = b.load(64, {again});
  b.writes(load, 0, 64);
  const auto users = lastUsersOfPlaces(b.tiles);
  EXPECT_THAT(users[0], ElementsAre(again, load));
  EXPECT_THAT(users[load], ElementsAre(again, load));
  EXPECT_THAT(users[1], ElementsAre(1, 2));
}

/// A place of several blocks has the users of each; the greatest of a queue counts wherever it is.
TEST(LastUsers, OfAllBlocksOfAPlace) {
  TileBuilder b;
  const uint32_t load = b.load(256);
  const uint32_t low = b.compute(Queue::Maca, 1, {load}), high = b.compute(Queue::Maca, 1, {load}),
                 middle = b.compute(Queue::Edp, 1, {load}), other = b.compute(Queue::Maca, 1);
  b.writes(load, 0, 256);
  b.reads(high, 0, 1);
  b.reads(low, 255, 1);
  b.reads(middle, 64, 128);
  b.reads(other, 256, 64);
  EXPECT_THAT(lastUsersOfPlaces(b.tiles)[load], ElementsAre(high, middle, load));
}

/// 2048 * 64 + 1 bytes are 2048 blocks of 65: bytes 64 and 65 lie in two of them.
TEST(LastUsers, BlocksCoverTheWholeMemory) {
  TileBuilder b;
  b.tiles.dataBytes = 2048 * 64 + 1;
  const uint32_t first = b.load(64), second = b.load(64), reader = b.compute(Queue::Maca, 1);
  b.writes(first, 0, 65);
  b.writes(second, 65, 64);
  b.reads(reader, 65, 1);
  EXPECT_THAT(lastUsersOfPlaces(b.tiles),
              ElementsAre(ElementsAre(first), ElementsAre(reader, second), IsEmpty()));
  b.reads(reader, 64, 1);
  EXPECT_THAT(lastUsersOfPlaces(b.tiles)[first], ElementsAre(reader, first));
}

/// Weights have a memory of their own, with blocks of its size.
TEST(LastUsers, OfTheTwoMemoriesApart) {
  TileBuilder b;
  b.tiles.weightBytes = 2048 * 128; // Blocks of 128 there, 64 in the other.
  const uint32_t data = b.load(64), weights = b.load(64, {}, Queue::LoadWeights),
                 conv = b.compute(Queue::Maca, 1, {data});
  b.writes(data, 0, 64);
  b.writes(weights, 0, 64);
  b.tiles.ops[weights].output.memory = bst::OnChip::Weights;
  b.reads(conv, 64, 64);
  b.reads(conv, 64, 64);
  b.tiles.ops[conv].inputs[1].memory = bst::OnChip::Weights;
  EXPECT_THAT(lastUsersOfPlaces(b.tiles),
              ElementsAre(ElementsAre(data), ElementsAre(conv, weights), IsEmpty()));
}

TEST(LastUsers, WhatIsInDramOrEmptyHasNone) {
  TileBuilder b;
  const uint32_t host = b.compute(Queue::Dsp, 1), empty = b.load(0);
  b.writes(empty, 0, 0);
  b.tiles.ops[host].inputs.push_back({});
  EXPECT_THAT(lastUsersOfPlaces(b.tiles), ElementsAre(IsEmpty(), IsEmpty()));
}

std::vector<std::array<double, 3>> occupied(const TileBuilder &b, std::vector<Interval> times) {
  std::vector<std::array<double, 3>> rows;
  for (const Occupancy &at : occupancy(b.tiles, times))
    rows.push_back({at.seconds, double(at.dataBytes), double(at.weightBytes)});
  return rows;
}

using Row = std::array<double, 3>;

/// The first place is kept while the second, right behind it, is written and read.
TEST(OccupancyByHand, NeighboursDoNotPushEachOtherOut) {
  TileBuilder b;
  const uint32_t first = b.load(64), second = b.load(32), late = b.compute(Queue::Maca, 1),
                 early = b.compute(Queue::Edp, 1);
  b.writes(first, 0, 64);
  b.writes(second, 64, 32);
  b.reads(early, 64, 32);
  b.reads(late, 0, 64);
  EXPECT_THAT(occupied(b, {{0, 1}, {1, 2}, {4, 5}, {2, 3}}),
              ElementsAre(Row{0, 64, 0}, Row{1, 96, 0}, Row{3, 64, 0}, Row{5, 0, 0}));
}

/// Nor does what is written in front of a place.
TEST(OccupancyByHand, APlaceInFrontPushesNothingOut) {
  TileBuilder b;
  const uint32_t first = b.load(64), second = b.load(64), late = b.compute(Queue::Maca, 1);
  b.writes(first, 64, 64);
  b.writes(second, 0, 64);
  b.reads(late, 64, 64);
  EXPECT_THAT(occupied(b, {{0, 1}, {1, 2}, {4, 5}}),
              ElementsAre(Row{0, 64, 0}, Row{1, 128, 0}, Row{2, 64, 0}, Row{5, 0, 0}));
}

/// What is written over a part of a place ends it: at its last reader, not later.
TEST(OccupancyByHand, WritingOverAPlaceEndsIt) {
  TileBuilder b;
  const uint32_t first = b.load(64), reader = b.compute(Queue::Maca, 1), second = b.load(64),
                 other = b.compute(Queue::Edp, 1);
  b.writes(first, 0, 64);
  b.reads(reader, 0, 64);
  b.writes(second, 32, 64);
  b.reads(other, 32, 64);
  EXPECT_THAT(occupied(b, {{0, 1}, {1, 3}, {4, 5}, {6, 7}}),
              ElementsAre(Row{0, 64, 0}, Row{3, 0, 0}, Row{4, 64, 0}, Row{7, 0, 0}));
}

/// A reader of two places keeps both; weights count apart.
TEST(OccupancyByHand, ReadersKeepAllThatTheyRead) {
  TileBuilder b;
  const uint32_t first = b.load(64), second = b.load(32), reader = b.compute(Queue::Maca, 1),
                 weights = b.load(16, {}, Queue::LoadWeights);
  b.writes(first, 0, 64);
  b.writes(second, 64, 32);
  b.reads(reader, 0, 96);
  b.writes(weights, 0, 16);
  b.tiles.ops[weights].output.memory = bst::OnChip::Weights;
  EXPECT_THAT(occupied(b, {{0, 1}, {0, 1}, {1, 2}, {1, 3}}),
              ElementsAre(Row{0, 96, 0}, Row{1, 96, 16}, Row{2, 0, 16}, Row{3, 0, 0}));
}

} // namespace
} // namespace bstc

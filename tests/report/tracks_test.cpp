// What charts draw: who runs on which track, bytes a second, bytes in use.
#include "tests/report/sample.h"
#include "tools/bstc/profile/tracks.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::ElementsAre;

constexpr double us = 1e-6;

/// "maca 0: 1.0 5.1" for the operations and frames of each track that has some.
std::vector<std::string> texts(const std::vector<Track> &tracks) {
  std::vector<std::string> lines;
  for (const Track &track : tracks) {
    std::string line = track.name + ":";
    for (const TrackEvent &event : track.events)
      line.append(" ")
          .append(std::to_string(event.op))
          .append(".")
          .append(std::to_string(event.frame));
    if (!track.events.empty())
      lines.push_back(line);
  }
  return lines;
}

TEST(Tracks, AreOfCoresAndQueuesWithTheDspsLast) {
  const SampleProfile sample;
  EXPECT_THAT(texts(tracksOf(sample.program.tiles, sample.frames, sample.target, 2)),
              ElementsAre("maca 0: 1.0", "edp 0: 2.0", "load_data 0: 0.0", "maca 1: 1.1",
                          "edp 1: 2.1", "load_data 1: 0.1", "dsp: 3.0 3.1"));
  EXPECT_THAT(texts(tracksOf(sample.program.tiles, sample.frames, sample.target, 1)),
              ElementsAre("maca 0: 1.0", "edp 0: 2.0", "load_data 0: 0.0", "dsp: 3.0"));
}

TEST(Tracks, ADspTakesWhatStartsWhenItIsFree) {
  SampleProfile sample;
  sample.target.dsp.cores = 2;
  sample.frames.ops[7] = {150 * us, 180 * us}; // While the first works, from 121 to 200.
  EXPECT_THAT(texts(tracksOf(sample.program.tiles, sample.frames, sample.target, 2)),
              testing::IsSupersetOf({"dsp 0: 3.0", "dsp 1: 3.1"}));
  sample.frames.ops[7] = {200 * us, 210 * us};
  EXPECT_THAT(texts(tracksOf(sample.program.tiles, sample.frames, sample.target, 2)),
              testing::Contains("dsp 0: 3.0 3.1"));
}

/// "1 100" for 100 MB/s from 1 us on.
std::vector<std::string> rates(const SampleProfile &sample, uint32_t frames) {
  std::vector<std::string> lines;
  for (const bstc::Sample &at :
       dramRate(sample.program.tiles, sample.cost.demands, sample.target, sample.frames, frames))
    lines.push_back(std::to_string(std::lround(at.seconds / us)) + " " +
                    std::to_string(std::lround(at.value / 1e6)));
  return lines;
}

// 800 bytes in 8 us are 100 MB/s; 750 bytes in 75 us are 10, in 120 us 6.
TEST(Rates, SpreadTrafficOverItsTimeAfterTheStart) {
  SampleProfile sample;
  sample.cost.demands[3].writeBytes = 420;
  EXPECT_THAT(rates(sample, 2),
              ElementsAre("1 100", "9 0", "11 100", "19 0", "125 10", "200 0", "205 6", "325 0"));
  EXPECT_THAT(rates(sample, 1), ElementsAre("1 100", "9 0", "125 10", "200 0"));
}

TEST(Rates, AHostMovesNothingThroughTheDevice) {
  SampleProfile sample;
  sample.target.dsp.host = true;
  EXPECT_THAT(rates(sample, 2), ElementsAre("1 100", "9 0", "11 100", "19 0"));
}

bst::Slice slice(bst::OnChip memory, uint64_t offset, uint64_t size) {
  bst::Slice result;
  result.onChip = true;
  result.memory = memory;
  result.offset = offset;
  result.size = size;
  return result;
}

/// Core 0 runs frame 0: its load is in use from 0 to the end of MACA's operation at 91 us, what
/// MACA makes from 9 us to the end of EDP's at 120 us. Core 1 runs frame 1.
TEST(Occupied, IsOfTheFramesOfOneCore) {
  SampleProfile sample;
  auto &ops = sample.program.tiles.ops;
  ops[0].output = slice(bst::OnChip::Data, 0, 640);
  ops[1].inputs = {slice(bst::OnChip::Data, 0, 640)};
  ops[1].output = slice(bst::OnChip::Data, 640, 128);
  ops[2].inputs = {slice(bst::OnChip::Data, 640, 128)};
  const auto used = [&](uint32_t core, uint32_t frames) {
    std::vector<std::string> lines;
    for (const Occupancy &at :
         coreOccupancy(sample.program.tiles, sample.frames, sample.target, core, frames))
      lines.push_back(std::to_string(std::lround(at.seconds / us)) + " " +
                      std::to_string(at.dataBytes) + " " + std::to_string(at.weightBytes));
    return lines;
  };
  EXPECT_THAT(used(0, 2), ElementsAre("0 640 0", "9 768 0", "91 128 0", "120 0 0"));
  EXPECT_THAT(used(1, 2), ElementsAre("10 640 0", "19 768 0", "101 128 0", "149 0 0"));
  EXPECT_THAT(used(1, 1), ElementsAre());
}

TEST(PartText, SaysFirstAndLast) {
  EXPECT_EQ(partText({4, 3, 16, 32}), "rows 4-6, channels 16-47");
  EXPECT_EQ(partText({4, 1, 0, 0}), "rows 4-4");
  EXPECT_EQ(partText({0, 0, 8, 8}), "channels 8-15");
  EXPECT_EQ(partText({}), "");
}

} // namespace
} // namespace bstc::test

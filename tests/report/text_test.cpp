// What the terminal says of a profile, number by number.
#include "partitioner/model_error.h"
#include "tests/report/sample.h"
#include "tools/bstc/profile/report_rows.h"

#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr double us = 1e-6;

template <typename Print> std::vector<std::string> printed(Print &&print) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(stream);
  return linesOf(stream.str());
}

std::vector<std::string> profileLines(const SampleProfile &sample) {
  return printed([&](llvm::raw_ostream &out) { printProfile(sample.profile(), out); });
}

const auto isRule = StartsWith("---");

TEST(Text, OfLayers) {
  const SampleProfile sample;
  const auto lines = printed([&](llvm::raw_ostream &out) {
    const Profile profile = sample.profile();
    printLayers(profile, llvm::cantFail(sortedCommands(profile, "", 9)), out);
  });
  EXPECT_THAT(lines,
              ElementsAre("engine op node output tiles MACs halo % comp us DRAM us DRAM KB time us "
                          "share % util % bound",
                          isRule,
                          "maca conv stem 1x16x4x3 2 1.23 M 3.0 21.1 17.2 11.0 50.0 25.0 12.3 maca",
                          "edp lut act 1x16x4x2 3 - 4.0 5.2 6.4 1.7 80.0 40.0 - dram",
                          "dsp dequantize tail 1x48 1 - - 1.0 1.5 0.1 70.0 35.0 - overhead"));
}

TEST(Text, WhatRidesHasNoBound) {
  SampleProfile sample;
  sample.cost.commands[1].tiles = 0;
  const auto lines = printed([&](llvm::raw_ostream &out) {
    printLayers(sample.profile(), {&sample.cost.commands[1]}, out);
  });
  EXPECT_EQ(lines.back(), "edp lut act 1x16x4x2 0 - 4.0 5.2 6.4 1.7 80.0 40.0 - rides");
}

TEST(Text, OfFrames) {
  const SampleProfile sample;
  EXPECT_THAT(printed([&](llvm::raw_ostream &out) { printFrames(sample.frames, out); }),
              ElementsAre("frame start ms end ms takes ms after the one before ms", isRule,
                          " 0 0.000 0.200 0.200 -", " 1 0.010 0.325 0.315 0.125"));
}

TEST(Text, OfEnginesWork) {
  SampleProfile sample;
  // A constant that two commands read is stored once.
  sample.program.commands[1].engine = bst::Engine::Maca;
  sample.program.commands[1].inputs.push_back(4);
  EXPECT_THAT(printed([&](llvm::raw_ostream &out) { printEngineWork(sample.profile(), out); }),
              ElementsAre("engine commands MACs weights DRAM read DRAM written busy ms", isRule,
                          "maca 2 1.23 M 1.58 kB 5.81 kB 6.92 kB 0.070",
                          "edp 0 0 0 B 0 B 0 B 0.041", "dsp 1 0 0 B 33 B 44 B 0.025"));
}

TEST(Text, OfEnginesTimes) {
  const SampleProfile sample;
  EXPECT_THAT(printed([&](llvm::raw_ostream &out) { printEngineTimes(sample.profile(), out); }),
              ElementsAre("a frame every 0.125 ms in the steady state; of these, ms:",
                          "engine commands cycles at peak quanta halos starts memory busy busy %",
                          isRule, "maca 1 35,000 0.050 0.006 0.004 0.003 0.007 0.070 56.0",
                          "edp 2 10,250 0.025 0.003 0.002 0.005 0.006 0.041 32.8",
                          "dsp 3 25,000 0.010 0.010 - 0.004 0.001 0.025 20.0",
                          "dram 0.040 0.009 0.016 0.065 52.0", "",
                          "engine idle waits for maca edp dsp load weights store driver", isRule,
                          "maca 0.055 - 0.011 0.012 0.013 0.014 0.002 0.003",
                          "edp 0.084 0.021 - 0.022 0.023 0.008 0.009 0.001",
                          "dsp 0.100 0.031 0.032 - 0.010 0.015 0.005 0.007",
                          "dram 0.060 0.017 0.018 0.019 - - - 0.006"));
}

TEST(Text, OfTheBusiestEngine) {
  const SampleProfile sample;
  EXPECT_THAT(printed([&](llvm::raw_ostream &out) { printBreakdown(sample.cost, out); }),
              ElementsAre("frame time 0.125 ms = 0.050 of MACA at its peak",
                          " + 0.006 block quanta, efficiency and tables of the engine",
                          " + 0.004 halos computed again", " + 0.003 starts of commands",
                          " + 0.007 waiting for DRAM in commands", " + 0.011 idle while EDP works",
                          " + 0.012 idle while DSP works", " + 0.013 idle while maps are loaded",
                          " + 0.014 idle while weights are loaded",
                          " + 0.002 idle while maps are stored",
                          " + 0.003 idle for the driver or host"));
}

TEST(Text, OfDramAsTheBusiest) {
  SampleProfile sample;
  sample.cost.breakdown = {.resource = Bound::Dram,
                           .minimum = 30 * us,
                           .excess = 10 * us,
                           .starts = 9 * us,
                           .waits = 16 * us,
                           .idle = 60 * us,
                           .waitsFor = sample.cost.dram.waits};
  EXPECT_THAT(printed([&](llvm::raw_ostream &out) { printBreakdown(sample.cost, out); }),
              ElementsAre("frame time 0.125 ms = 0.030 of least DRAM traffic",
                          " + 0.010 feature maps that pass through DRAM, data loaded again",
                          " + 0.009 starts of transfers",
                          " + 0.016 moving at less than the full rate",
                          " + 0.017 idle while MACA works", " + 0.018 idle while EDP works",
                          " + 0.019 idle while DSP works", " + 0.006 idle for the driver or host"));
}

TEST(Text, OfTheWhole) {
  const SampleProfile sample;
  const std::vector<std::string> lines = profileLines(sample);
  const auto from = std::find(lines.begin(), lines.end(),
                              "EDP activation passes: 1 x silu, 0.080 ms and 1.73 kB of DRAM "
                              "traffic a frame, which a fused ReLU would not cost");
  ASSERT_NE(from, lines.end());
  std::vector<std::string> summary(from + 1, lines.end());
  summary.erase(std::remove_if(summary.begin(), summary.end(),
                               [](const std::string &line) { return line.rfind(" + ", 0) == 0; }),
                summary.end());
  EXPECT_THAT(
      summary,
      ElementsAre(
          "residual adds: 7 ride on MACA's convolutions; on EDP instead: 7200.0 FPS (-10.0%), "
          "latency +0.010 ms, DRAM traffic +1.23 MB a frame",
          "throughput 8000.0 FPS, bound by EDP (consecutive frames overlap across engines)",
          " FPS with twice as much of one: EDP +25.0%, MACA +5.0%, DRAM +3.0%, DSP +1.0%, starts "
          "halved -0.5%",
          " 8,000 FPS (6,500-9,100 in 8 of 10 draws of the assumed fields; most: "
          "edp.bytes_per_cycle); where silicon is known this model is " +
              numberText(modelErrorPercent) + "% off in the mean",
          "bound 16,000 FPS (MACA slots); 50% of it reached",
          "latency 0.200 ms (one frame alone, of it 0.031 of driver and host)",
          "roofline 20000.0 FPS (maca), of which 40.0% reached",
          "frame time 0.125 ms = 0.050 of MACA at its peak", "share of peak 9.9% of 4.0 TOPS",
          "MACs 1.23 M, 37.0 k more in halos of bands, 2.00 M array slots (61.7% used)",
          "DRAM 5.84 kB read, 6.97 kB written a frame (least: 4.32 kB in all): 0.1 of 7 GB/s",
          "host 654 B read and written a frame, past the device",
          "arena 2.53 kB, 15.0% above its lower bound (largest live set 2.20 kB)",
          "on chip at most 5.60 kB of 64.0 kB data, 7.80 kB of 32.0 kB weights; 4 tile "
          "operations",
          "as exported 8,000 FPS (6,500-9,100 in 8 of 10 draws of the assumed fields; most: "
          "edp.bytes_per_cycle); bound: 16,000 FPS (MACA slots); 50% of it reached",
          "deployed 14,000 FPS (12,345-15,000 in 8 of 10 draws of the assumed fields; most: "
          "maca.clock_mhz); bound: 16,026 FPS (MACA slots); 88% of it reached",
          "advice deploy form: +75.0% (14,000 FPS)",
          " ReLU for SiLU: +10.0% (15,400 FPS, deployed)"));
}

TEST(Text, OfWhatTheFpsRestsOn) {
  const SampleProfile sample;
  const std::vector<std::string> lines = profileLines(sample);
  const auto at =
      std::find(lines.begin(), lines.end(), "field value from to unit FPS worse FPS better");
  ASSERT_NE(at, lines.end());
  // In the order of their effects; then the assumed and uncertain ones without, in the device's.
  EXPECT_EQ(at[2], "edp.bytes_per_cycle 32 16 64 bytes/cycle 7100.0 8900.0");
  EXPECT_EQ(at[3], "dma.channels 3 2 4 channels 0.0 8300.0");
  EXPECT_EQ(at[4], "maca.in_channel_quantum 32 16 32 channels the same the same");
  EXPECT_THAT(lines, Contains("dsp.cores 1 - - cores - -"));
  EXPECT_THAT(lines,
              Contains("at an end of dma.channels the network does not run: node 'stem' does not "
                       "fit"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("maca.clock_mhz")))); // Set by the user.
  const auto assumed =
      std::count_if(sample.target.fields.begin(), sample.target.fields.end(),
                    [](const TargetField &field) { return field.origin == Origin::Assumed; });
  EXPECT_THAT(lines, Contains(HasSubstr("rest on " + std::to_string(assumed) +
                                        " assumed fields of device ('bstc targets device'")));
}

TEST(Text, NamesWhatBoundsTheFps) {
  SampleProfile sample;
  const auto throughput = [&](Bound bound) {
    sample.cost.bound = bound;
    for (const std::string &line : profileLines(sample))
      if (line.rfind("throughput", 0) == 0)
        return line;
    return std::string();
  };
  EXPECT_THAT(throughput(Bound::Dram), HasSubstr("bound by DRAM ("));
  EXPECT_THAT(throughput(Bound::Dsp), HasSubstr("bound by DSP ("));
  EXPECT_THAT(throughput(Bound::Sync), HasSubstr("bound by no single resource ("));
  EXPECT_THAT(throughput(Bound::Overhead),
              HasSubstr("bound by starts of commands and transfers ("));
  sample.target.device.framesInFlight = 1;
  EXPECT_THAT(throughput(Bound::Maca),
              HasSubstr("bound by MACA (a frame is a job; the host works beside it)"));
}

/// The line on activations.
std::string activations(const SampleProfile &sample) {
  for (const std::string &line : profileLines(sample))
    if (line.rfind("EDP activation passes", 0) == 0)
      return line;
  return "";
}

TEST(Text, SaysWhyThereAreNoActivationPasses) {
  SampleProfile sample;
  sample.program.commands[1].params = bst::MaxPoolParams{};
  EXPECT_EQ(activations(sample),
            "EDP activation passes: none (MACA's convolutions clamp their results themselves)");
  sample.cost.engines[0].commands = 0;
  EXPECT_EQ(activations(sample), "EDP activation passes: none (nothing runs on MACA)");
  sample.cost.engines[1].commands = 0;
  EXPECT_EQ(activations(sample),
            "EDP activation passes: none (nothing runs on MACA or EDP, all is float on DSP)");
}

TEST(Text, TablesThatRideOrRescaleAreToldApart) {
  SampleProfile sample;
  sample.cost.commands[1].computeSeconds = 0;
  sample.target.maca.fusedTableBytesPerCycle = 2.5;
  EXPECT_EQ(activations(sample), "EDP activation passes: none (1 x silu ride on MACA's "
                                 "convolutions, at 2.5 bytes/cycle)");
  sample.program.commands[1].params = bst::LutParams{"rescale", {}};
  sample.program.commands[2].params = bst::FloatUnaryParams{};
  EXPECT_THAT(
      profileLines(sample),
      AllOf(Contains("EDP rescaling passes: 1, 0.080 ms and 1.73 kB of DRAM traffic a frame"),
            Contains("float functions of one operand on DSP: 1, 0.070 ms a frame")));
}

TEST(Text, ARangeOfNothingIsNotPrinted) {
  SampleProfile sample;
  sample.range = {8000, 8000, {}, {}};
  sample.fusedAdds = std::nullopt;
  sample.cost.hostBytes = 0;
  const std::vector<std::string> lines = profileLines(sample);
  EXPECT_THAT(lines, Not(Contains(StartsWith(" 8,000 FPS"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("residual adds"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("host "))));
}

/// Without the predictions that it takes, nothing is said of what the FPS rests on.
TEST(Text, AQuickProfileHasNoBand) {
  SampleProfile sample;
  sample.range = std::nullopt;
  sample.outlook = {};
  const std::vector<std::string> lines = profileLines(sample);
  EXPECT_THAT(lines, Not(Contains(HasSubstr("draws"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("assumed field"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("advice"))));
  EXPECT_THAT(lines, Contains("bound 16,000 FPS (MACA slots); 50% of it reached"));
}

TEST(Text, SaysWhyANetworkIsNotDeployed) {
  SampleProfile sample;
  sample.outlook.deployed = std::nullopt;
  sample.outlook.whyNotDeployed = "its input is no picture";
  sample.outlook.advice.clear();
  const std::vector<std::string> lines = profileLines(sample);
  EXPECT_THAT(lines, Contains("deployed not possible: its input is no picture"));
  EXPECT_THAT(lines, Contains("advice no change that was tried gains 1%"));
}

TEST(Text, NamesWhatBinds) {
  Standing standing;
  standing.share = 0.254;
  standing.least = {1e-3, 4e-3, 2e-3, 0};
  EXPECT_EQ(boundSentence(standing), "250 FPS (EDP bytes); 25% of it reached");
  standing.least.dram = 25e-3;
  EXPECT_EQ(boundSentence(standing), "40.0 FPS (least DRAM traffic); 25% of it reached");
}

TEST(Text, OfADifference) {
  EXPECT_EQ(differenceSentence({0.0404, 0.121, 0.97, 0.03}),
            "faster in 97% of draws of the assumed fields, +4.0% to +12.1% in 8 of 10");
  EXPECT_EQ(differenceSentence({-0.2, -0.051, 0, 1}),
            "slower in 100% of draws of the assumed fields, -20.0% to -5.1% in 8 of 10");
  EXPECT_EQ(
      differenceSentence({-0.03, 0.05, 0.61, 0.39}),
      "sign not certain: faster in 61%, slower in 39% of draws of the assumed fields, -3.0% to "
      "+5.0% in 8 of 10");
  EXPECT_EQ(differenceSentence({0, 0, 0, 0}), "the same in all draws of the assumed fields");
}

} // namespace
} // namespace bstc::test

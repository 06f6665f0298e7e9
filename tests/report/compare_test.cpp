// What a comparison says, from two hand-made reports whose numbers all differ.
#include "tests/report/sample.h"
#include "tests/tool/json_reader.h"
#include "tools/bstc/profile/compare.h"

#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

SavedReport::Command command(const char *node, const char *op, const char *engine,
                             const char *shape, double time, double compute, double start,
                             uint64_t dram, uint64_t macs = 0) {
  SavedReport::Command result;
  result.node = node;
  result.op = op;
  result.engine = engine;
  result.outputShape = shape;
  result.timeMs = time;
  result.computeMs = compute;
  result.startMs = start;
  result.dramBytes = dram;
  result.macs = macs;
  result.bound = std::string("bound of ") + node;
  return result;
}

/// The parts of a report's frame time and waits, in this order.
void setParts(SavedReport &report, std::vector<double> parts, std::vector<double> waits) {
  const char *names[] = {"minimum", "excess", "starts", "waits", "idle"};
  for (size_t i = 0; i < parts.size(); ++i)
    report.frameTime.push_back({std::string(names[i]) + "_ms", names[i], parts[i]});
  const char *causes[] = {"maca", "edp", "dsp"};
  for (size_t i = 0; i < waits.size(); ++i)
    report.waits.push_back({std::string(causes[i]) + "_ms", causes[i], waits[i]});
}

SavedReport left() {
  SavedReport report;
  report.network = "net-a";
  report.target = "dev-a";
  report.bound = "dsp";
  report.boundGain = 0.5;
  report.fps = 400;
  report.latencyMs = 4;
  report.macs = 1000000;
  report.dramRead = 2000;
  report.dramWrite = 3000;
  report.resources = {{"maca", 1.1}, {"edp", 0.7}, {"dsp", 2.4}, {"dram", 0.9}};
  setParts(report, {1, 0.5, 0.2, 0.3, 0.5}, {0.125, 0.375, 0.0001});
  report.assumeInt8 = true;
  report.commands = {command("x", "conv", "maca", "1x8", 1.5, 1.2, 0.1, 5000, 600000),
                     command("s", "lut", "edp", "1x8", 0.5, 0.4, 0.05, 300),
                     command("m", "mul", "edp", "1x8", 0.25, 0.2, 0, 40),
                     command("z", "concat", "edp", "1x7", 0, 0, 0, 0)};
  report.commands[1].function = "silu";
  report.fields = {{"maca.clock_mhz", "MHz", 800}, {"dsp.cores", "cores", 2}};
  return report;
}

SavedReport right() {
  SavedReport report;
  report.network = "net-b";
  report.target = "dev-b";
  report.bound = "dram";
  report.fps = 90.8;
  report.latencyMs = 6.5;
  report.macs = 1200000;
  report.dramRead = 2500;
  report.dramWrite = 1500;
  report.hostBytes = 64;
  report.resources = {{"maca", 1.375}, {"edp", 0.35}, {"dsp", 2.64}, {"dram", 10.8}};
  setParts(report, {5, 2.5, 0.1, 1.3, 2.1}, {0.25, 0.314, 0.0002});
  report.whatIf = "size-96";
  report.commands = {command("x", "conv", "maca", "1x9", 1.75, 1.45, 0.125, 5600, 700000),
                     command("m", "mul", "dsp", "1x8", 2, 1.9, 0.05, 90),
                     command("n", "resize", "edp", "1x4", 0.75, 0.6, 0.02, 7000)};
  report.fields = {{"maca.clock_mhz", "MHz", 300}, {"dsp.cores", "cores", 2}};
  return report;
}

std::vector<std::string> compared(const SavedReport &a, const SavedReport &b, size_t top = 0) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  printComparison(a, "left", b, "right", top, stream);
  return linesOf(stream.str());
}

TEST(Comparison, SaysEveryNumber) {
  const auto isRule = StartsWith("---");
  EXPECT_THAT(
      compared(left(), right()),
      ElementsAre(
          "A: left on dev-a, taken as if int8", "B: right on dev-b, what if: size-96", "",
          "node op engine output A us B us B less A A DRAM B DRAM", isRule,
          "x conv maca 1x8 -> 1x9 1500.0 1750.0 +250.0 5.00 kB 5.60 kB",
          "s silu edp 1x8 500.0 - -500.0 300 B -",
          "m mul edp -> dsp 1x8 250.0 2000.0 +1750.0 40 B 90 B",
          "n resize edp 1x4 - 750.0 +750.0 - 7.00 kB", "z concat edp 1x7 0.0 - 0.0 0 B -", "",
          " A B B less A", isRule, "FPS 400.0 90.8 -309.2 -77.3%",
          "latency ms 4.000 6.500 +2.500 +62.5%", "maca busy ms 1.100 1.375 +0.275 +25.0%",
          "edp busy ms 0.700 0.350 -0.350 -50.0%", "dsp busy ms 2.400 2.640 +0.240 +10.0%",
          "dram busy ms 0.900 10.800 +9.900 +1100.0%",
          "bound by dsp (+50.0% if doubled) dram (busiest)", "commands 4 3 -1",
          "MACs 1.00 M 1.20 M +20.0%", "DRAM read 2.00 kB 2.50 kB +500 B +25.0%",
          "DRAM written 3.00 kB 1.50 kB -1.50 kB -50.0%", "moved by a host 0 B 64 B +64 B -", "",
          "the device differs:", " maca.clock_mhz: 800 -> 300 MHz", "",
          "B reaches 90.8 FPS, 77.3% less than A's 400.0: a frame every 11.013 ms instead of 2.500 "
          "ms.",
          "A's busiest resource is DSP, 2.400 ms a frame; B's is DRAM, 10.800 ms a frame. Its time "
          "from frame to frame:",
          "", " ms a frame A B B less A", isRule, " minimum 1.000 5.000 +4.000",
          " excess 0.500 2.500 +2.000", " starts 0.200 0.100 -0.100", " waits 0.300 1.300 +1.000",
          " idle 0.500 2.100 +1.600", " of it maca 0.125 0.250 +0.125",
          " of it edp 0.375 0.314 -0.061", "",
          "why (B less A; frame: time of a frame alone, engine: arithmetic and starts):",
          " 1 mul command on DSP instead of on EDP: +1.750 ms of the frame, +1.750 ms of DSP, +50 "
          "B "
          "DRAM a frame",
          " 1 resize command on EDP, only in B: +0.750 ms of the frame, +0.620 ms of EDP, +7.00 kB "
          "DRAM a frame",
          " n",
          " 1 silu command on EDP, only in A: -0.500 ms of the frame, -0.450 ms of EDP, -300 B "
          "DRAM "
          "a frame",
          " s",
          " 1 conv command on MACA in both (600 k -> 700 k MACs): +0.250 ms of the frame, +0.275 "
          "ms "
          "of MACA, +600 B DRAM a frame",
          " 1 concat command on EDP, only in A: at no cost", " z",
          " outside of commands (driver, host): +0.250 ms of the frame",
          " in all: +2.500 ms of latency"));
}

TEST(Comparison, TheOtherWayRound) {
  const std::vector<std::string> lines = compared(right(), left());
  EXPECT_THAT(lines, Contains("FPS 90.8 400.0 +309.2 +340.5%"));
  EXPECT_THAT(lines, Contains("edp busy ms 0.350 0.700 +0.350 +100.0%"));
  EXPECT_THAT(lines, Contains("commands 3 4 +1"));
  EXPECT_THAT(lines, Contains(StartsWith("B reaches 400.0 FPS, 340.5% more than A's 90.8: a frame "
                                         "every 2.500 ms instead of 11.013 ms.")));
  EXPECT_THAT(lines, Contains(" maca.clock_mhz: 300 -> 800 MHz"));
  EXPECT_THAT(lines, Contains(StartsWith(" 1 silu command on EDP, only in B: +0.500 ms")));
}

TEST(Comparison, TopShowsWhatDiffersMostWhateverItsSign) {
  const std::vector<std::string> lines = compared(left(), right(), 3);
  EXPECT_THAT(lines[5], StartsWith("m mul"));
  EXPECT_THAT(lines[6], StartsWith("n resize"));
  EXPECT_THAT(lines[7], StartsWith("s silu"));
  EXPECT_EQ(lines[8], "");
}

TEST(Comparison, OfAReportWithItself) {
  const std::vector<std::string> lines = compared(left(), left());
  EXPECT_EQ(lines.back(), "no command differs");
  EXPECT_THAT(lines, Not(Contains(HasSubstr("the device differs"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("moved by a host"))));
  EXPECT_THAT(lines, Contains(StartsWith("B reaches 400.0 FPS, as many as A: a frame")));
  EXPECT_THAT(lines, Contains(StartsWith("Both have the same busiest resource: DSP, 2.400 -> 2.400 "
                                         "ms a frame.")));
}

TEST(Comparison, ATenthOfAPercentIsADifference) {
  SavedReport b = left();
  b.fps = 400.4;
  EXPECT_THAT(compared(left(), b), Contains(StartsWith("B reaches 400.4 FPS, 0.1% more than A's")));
  b.fps = 400.1;
  EXPECT_THAT(compared(left(), b), Contains(StartsWith("B reaches 400.1 FPS, as many as A")));
}

/// Four more commands are a difference, also where they cost nothing.
TEST(Comparison, CommandsThatCostNothingAreListed) {
  SavedReport b = left();
  for (const char *node : {"c1", "c2", "c3", "c4"})
    b.commands.push_back(command(node, "concat", "edp", "1x2", 0, 0, 0, 0));
  const std::vector<std::string> lines = compared(left(), b);
  EXPECT_THAT(lines, Contains("commands 4 8 +4"));
  EXPECT_THAT(lines, Contains(" 4 concat commands on EDP, only in B: at no cost"));
  EXPECT_THAT(lines, Contains(" c1, c2, c3 and 1 more"));
  EXPECT_THAT(lines, Not(Contains("no command differs")));
  // As are those that another engine or operator has now.
  b = left();
  b.commands[3].rides = true;
  EXPECT_THAT(compared(left(), b),
              Contains(" 1 concat command riding on other commands instead of on EDP: at no cost"));
  b.commands[3].op = "resize";
  b.commands[3].rides = false;
  EXPECT_THAT(compared(left(), b), Contains(" 1 concat command that becomes resize: at no cost"));
}

TEST(Comparison, SmallDifferencesOfTheSameCommandsAreNone) {
  SavedReport b = left();
  b.commands[0].timeMs += 4e-5;
  b.commands[0].startMs -= 4e-5;
  EXPECT_EQ(compared(left(), b).back(), "no command differs");
  for (double SavedReport::Command::*member :
       {&SavedReport::Command::timeMs, &SavedReport::Command::startMs}) {
    b = left();
    b.commands[0].*member += 6e-5;
    EXPECT_NE(compared(left(), b).back(), "no command differs");
  }
  b = left();
  b.commands[0].dramBytes -= 1;
  EXPECT_THAT(compared(left(), b),
              Contains(" 1 conv command on MACA in both: 0.000 ms of the frame, "
                       "0.000 ms of MACA, -1 B DRAM a frame"));
}

/// Draw by draw: 400 -> 410 and 350 -> 360 FPS, but 300 -> 290.
TEST(Comparison, SaysHowCertainTheDifferenceIs) {
  SavedReport a = left(), b = right();
  const auto said = [&] {
    const std::vector<std::string> lines = compared(a, b);
    const auto found = std::find_if(lines.begin(), lines.end(), [](const std::string &line) {
      return line.rfind("B against A", 0) == 0;
    });
    return found == lines.end() ? std::string() : *found;
  };
  EXPECT_EQ(said(), ""); // Nothing is uncertain on either side.
  EXPECT_FALSE(drawnDifference(a, b));
  a.fpsDraws = {400, 350, 300};
  b.fpsDraws = {410, 360, 290};
  EXPECT_EQ(said(),
            "B against A over what is assumed of the device: sign not certain: faster in 67%, "
            "slower in 33% of draws of the assumed fields, -2.2% to +2.8% in 8 of 10.");
  const JsonReader json(comparisonJson(a, "left", b, "right"));
  EXPECT_NEAR(json.number("fps_difference.faster"), 2.0 / 3, 1e-9);
  EXPECT_NEAR(json.number("fps_difference.slower"), 1.0 / 3, 1e-9);
  EXPECT_FALSE(json.truth("fps_difference.certain"));
  // A fifth of the way from -1/30 to 1/40; four fifths of that from 1/40 to 1/35.
  EXPECT_NEAR(json.number("fps_difference.gain_low"), -1 / 30.0 + 0.2 * (1 / 40.0 + 1 / 30.0),
              1e-9);
  EXPECT_NEAR(json.number("fps_difference.gain_high"), 1 / 40.0 + 0.8 * (1 / 35.0 - 1 / 40.0),
              1e-9);
  // A device of which everything is known has its FPS in all draws.
  b.fpsDraws.clear();
  b.fps = 500;
  EXPECT_EQ(drawnDifference(a, b)->faster, 1);
  // An older report does not say.
  b.hasDraws = false;
  EXPECT_EQ(said(), "");
}

TEST(Comparison, AsJson) {
  const JsonReader json(comparisonJson(left(), "left", right(), "right"));
  EXPECT_EQ(json.number("comparison_schema"), 1);
  for (const auto &[path, value] : std::vector<std::pair<std::string, std::string>>{
           {"a.name", "left"},
           {"b.name", "right"},
           {"a.network", "net-a"},
           {"b.target", "dev-b"},
           {"b.what_if", "size-96"},
           {"a.bound", "dsp"},
           {"a.frame_time.resource", "dsp"},
           {"b.frame_time.resource", "dram"},
           {"device_fields.0.field", "maca.clock_mhz"},
           {"device_fields.0.unit", "MHz"},
           {"causes.0.text", "1 mul command on DSP instead of on EDP"},
           {"causes.0.engine", "dsp"},
           {"commands.1.a.node", "s"},
           {"commands.1.a.op", "lut"},
           {"commands.1.a.function", "silu"},
           {"commands.2.b.engine", "dsp"},
           {"commands.3.b.output_shape", "1x4"},
           {"commands.3.b.bound", "bound of n"}})
    EXPECT_EQ(json.text(path), value) << path;
  for (const auto &[path, value] :
       std::vector<std::pair<std::string, double>>{{"a.fps", 400},
                                                   {"a.latency_ms", 4},
                                                   {"a.bound_gain", 0.5},
                                                   {"b.macs", 1200000},
                                                   {"b.dram_read_bytes", 2500},
                                                   {"b.dram_write_bytes", 1500},
                                                   {"b.host_bytes", 64},
                                                   {"b.busy_ms.maca", 1.375},
                                                   {"b.busy_ms.dram", 10.8},
                                                   {"b.frame_time.minimum_ms", 5},
                                                   {"b.frame_time.idle_ms", 2.1},
                                                   {"b.frame_time.waits_for.edp_ms", 0.314},
                                                   {"device_fields.0.a", 800},
                                                   {"device_fields.0.b", 300},
                                                   {"causes.1.count", 1},
                                                   {"causes.1.time_ms", 0.75},
                                                   {"causes.1.engine_ms", 0.62},
                                                   {"causes.1.dram_bytes", 7000},
                                                   {"causes.2.dram_bytes", -300},
                                                   {"commands.0.b.macs", 700000},
                                                   {"commands.0.a.compute_ms", 1.2},
                                                   {"commands.0.a.time_ms", 1.5},
                                                   {"commands.0.a.dram_bytes", 5000}})
    EXPECT_NEAR(json.number(path), value, 1e-9) << path;
  EXPECT_EQ(json.size("device_fields"), 1u);
  EXPECT_EQ(json.size("causes"), 5u);
  EXPECT_EQ(json.size("commands"), 5u);
  EXPECT_TRUE(json.truth("a.assume_int8"));
  EXPECT_FALSE(json.truth("b.assume_int8"));
  EXPECT_FALSE(json.has("b.bound_gain"));
  EXPECT_FALSE(json.has("commands.1.b"));
  EXPECT_FALSE(json.has("commands.3.a"));
}

/// "a-b" for each pair, with the place of each command among its own; "-" where there is none.
std::vector<std::string> pairsOf(const SavedReport &a, const SavedReport &b) {
  std::vector<std::string> texts;
  const auto place = [](const SavedReport &report, const SavedReport::Command *command) {
    return command ? std::to_string(command - report.commands.data()) : "";
  };
  for (const CommandPair &pair : matchCommands(a, b))
    texts.push_back(place(a, pair.a) + "-" + place(b, pair.b));
  return texts;
}

SavedReport ofNames(std::vector<std::pair<const char *, const char *>> commands) {
  SavedReport report;
  for (const auto &[node, op] : commands)
    report.commands.push_back(command(node, op, "maca", "", 1, 1, 0, 0));
  return report;
}

TEST(Matching, GapsAreFilledInOrderAsLongAsPossible) {
  // Between x and y: conv add conv against add conv conv: two of each can be paired in order.
  EXPECT_THAT(
      pairsOf(ofNames({{"x", "c"}, {"a1", "conv"}, {"a2", "add"}, {"a3", "conv"}, {"y", "c"}}),
              ofNames({{"x", "c"}, {"b1", "add"}, {"b2", "conv"}, {"b3", "conv"}, {"y", "c"}})),
      ElementsAre("0-0", "1-", "2-1", "3-2", "-3", "4-4"));
}

TEST(Matching, NothingIsPairedAcrossAPair) {
  EXPECT_THAT(pairsOf(ofNames({{"a1", "conv"}, {"x", "c"}, {"a2", "add"}}),
                      ofNames({{"b1", "add"}, {"x", "c"}, {"b2", "conv"}})),
              ElementsAre("-0", "0-", "1-1", "-2", "2-"));
}

TEST(Matching, PairsThatCrossBoundGaps) {
  EXPECT_THAT(pairsOf(ofNames({{"x", "c"}, {"a", "conv"}, {"y", "c"}}),
                      ofNames({{"y", "c"}, {"b", "conv"}, {"x", "c"}})),
              ElementsAre("0-2", "1-", "2-0", "-1"));
}

/// A float layer that becomes int8 leaves DSP; what MACA takes for it is little.
TEST(Comparison, WorkThatMovesIsOfTheEngineThatHasMoreOfIt) {
  const auto causeOf = [](double onDsp, double onMaca, bool toMaca) {
    SavedReport dsp, maca;
    dsp.commands = {command("x", "conv", "dsp", "1x8", 1, onDsp, 0, 0)};
    maca.commands = {command("x", "conv", "maca", "1x8", 1, onMaca, 0, 0)};
    return findCauses(toMaca ? matchCommands(dsp, maca) : matchCommands(maca, dsp)).at(0);
  };
  Cause cause = causeOf(100, 2, true);
  EXPECT_EQ(cause.text, "1 conv command on MACA instead of on DSP");
  EXPECT_EQ(cause.engine, "dsp");
  EXPECT_EQ(cause.engineMs, -98);
  cause = causeOf(100, 2, false);
  EXPECT_EQ(cause.engine, "dsp");
  EXPECT_EQ(cause.engineMs, 98);
  EXPECT_EQ(causeOf(1, 2, true).engine, "maca");
}

} // namespace
} // namespace bstc::test

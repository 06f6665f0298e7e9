// Two profiles side by side: who is whose counterpart, what the difference comes from.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "tools/bstc/profile/compare.h"

#include <gmock/gmock.h>

#include <numeric>
#include <regex>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

SavedReport::Command command(const std::string &node, const std::string &op, double ms,
                             const std::string &engine = "maca", uint64_t dram = 0) {
  SavedReport::Command result;
  result.node = node;
  result.op = op;
  result.engine = engine;
  result.timeMs = result.computeMs = ms;
  result.dramBytes = dram;
  return result;
}

SavedReport report(std::vector<SavedReport::Command> commands) {
  SavedReport result;
  result.commands = std::move(commands);
  return result;
}

/// "a-b" for each pair, "-" where there is none.
std::vector<std::string> pairsOf(const SavedReport &a, const SavedReport &b) {
  std::vector<std::string> texts;
  for (const CommandPair &pair : matchCommands(a, b))
    texts.push_back((pair.a ? pair.a->node : "") + "-" + (pair.b ? pair.b->node : ""));
  return texts;
}

TEST(MatchCommands, ByName) {
  EXPECT_THAT(
      pairsOf(report({command("x", "conv", 1), command("s", "silu", 1), command("y", "conv", 1)}),
              report({command("x", "conv", 1), command("y", "conv", 1)})),
      ElementsAre("x-x", "s-", "y-y"));
}

TEST(MatchCommands, TheNthOfANameIsTheNth) {
  EXPECT_THAT(
      pairsOf(report({command("x", "conv", 1), command("x", "conv", 2)}),
              report({command("x", "conv", 1), command("x", "conv", 2), command("z", "add", 1)})),
      ElementsAre("x-x", "x-x", "-z"));
}

TEST(MatchCommands, OtherNamesByOrderAndOperator) {
  EXPECT_THAT(
      pairsOf(report({command("a1", "conv", 1), command("a2", "silu", 1), command("a3", "conv", 1),
                      command("same", "add", 1), command("a4", "conv", 1)}),
              report({command("b1", "conv", 1), command("b3", "conv", 1), command("same", "add", 1),
                      command("b4", "conv", 1)})),
      ElementsAre("a1-b1", "a2-", "a3-b3", "same-same", "a4-b4"));
}

TEST(FindCauses, GroupsAndAddsUp) {
  const SavedReport a = report({command("x", "conv", 1), command("s", "silu", 0.5, "edp", 100),
                                command("t", "silu", 0.25, "edp", 200),
                                command("m", "mul", 1, "edp"), command("same", "add", 1, "edp")});
  const SavedReport b =
      report({command("x", "conv", 1.125), command("m", "mul", 3, "dsp"),
              command("same", "add", 1, "edp"), command("n", "concat", 2, "edp")});
  const std::vector<Cause> causes = findCauses(matchCommands(a, b));
  std::vector<std::string> texts;
  for (const Cause &cause : causes)
    texts.push_back(cause.text);
  EXPECT_THAT(texts,
              ElementsAre("1 concat command on EDP, only in B",
                          "1 mul command on DSP instead of on EDP",
                          "2 silu commands on EDP, only in A", "1 conv command on MACA in both"));
  EXPECT_EQ(causes[2].timeMs, -0.75);
  EXPECT_EQ(causes[2].dramBytes, -300);
  EXPECT_EQ(causes[3].timeMs, 0.125);
}

TEST(FindCauses, TellsWhatRidesFromWhatTakesItsEngine) {
  SavedReport::Command rider = command("sum", "add", 0, "edp");
  rider.rides = true;
  const std::vector<Cause> causes =
      findCauses(matchCommands(report({rider}), report({command("sum", "add", 0.5, "edp")})));
  ASSERT_EQ(causes.size(), 1u);
  EXPECT_EQ(causes[0].text, "1 add command on EDP instead of riding on other commands");
}

using Compare = ToolTest;

TEST_F(Compare, SiluAgainstRelu) {
  writeModel("--activation silu");
  std::filesystem::rename(path("model.onnx"), path("silu.onnx"));
  writeModel("--activation relu");
  const std::string out = succeed("profile --compare silu.onnx model.onnx");
  EXPECT_THAT(out, AllOf(HasSubstr("A: silu on bst-a1000b0"), HasSubstr("B: model on bst-a1000b0"),
                         HasSubstr("57 silu commands on EDP, only in A: -"),
                         HasSubstr("/model.0/act/Mul")));
  // Saved profiles say the same as the models they are of.
  succeed("profile silu.onnx --json silu.json");
  succeed("profile model.onnx --json model.json");
  EXPECT_EQ(succeed("profile --compare silu.json model.json"), out);
  EXPECT_EQ(succeed("profile --compare silu.json model.onnx"), out);
}

TEST_F(Compare, CausesAddUpToTheDifferenceOfLatency) {
  writeModel("--activation silu");
  succeed("profile model.onnx --json a.json");
  writeModel();
  succeed("profile model.onnx --json b.json");
  llvm::Expected<SavedReport> a = parseReport(read("a.json"), "a.json");
  llvm::Expected<SavedReport> b = parseReport(read("b.json"), "b.json");
  ASSERT_TRUE(bool(a)) << llvm::toString(a.takeError());
  ASSERT_TRUE(bool(b)) << llvm::toString(b.takeError());
  double sum = 0;
  for (const Cause &cause : findCauses(matchCommands(*a, *b)))
    sum += cause.timeMs;
  EXPECT_NEAR(sum, b->latencyMs - a->latencyMs, 2e-4);
  double frame = 0;
  for (const SavedReport::Part &part : a->frameTime)
    frame += part.ms;
  EXPECT_NEAR(frame, 1e3 / a->fps, 1e-3 * frame);
}

TEST_F(Compare, AModelWithItself) {
  writePackage();
  EXPECT_THAT(succeed("profile --compare model.onnx model.bst"),
              AllOf(HasSubstr("no command differs"), HasSubstr("as many as A")));
}

TEST_F(Compare, TwoDevices) {
  writeModel();
  const std::string out =
      succeed("profile --compare model.onnx --target bst-a1000b0 --target-b dpu-b4096");
  EXPECT_THAT(out, AllOf(HasSubstr("A: model on bst-a1000b0"), HasSubstr("B: model on dpu-b4096"),
                         HasSubstr("maca.clock_mhz: 800 -> 300 MHz")));
  EXPECT_EQ(succeed("profile --compare model.onnx --target bst-a1000b0 --target dpu-b4096"), out);
}

TEST_F(Compare, TopShowsTheGreatestDifferences) {
  writeModel("--activation silu");
  std::filesystem::rename(path("model.onnx"), path("silu.onnx"));
  writeModel();
  const std::string out = succeed("profile --compare silu.onnx model.onnx --top 3");
  EXPECT_EQ(std::count(out.begin(), out.begin() + ptrdiff_t(out.find("FPS")), '\n'), 3 + 3 + 2 + 3);
}

TEST_F(Compare, BadReportsAreNamed) {
  writeModel();
  succeed("profile model.onnx --json p.json");
  write("cut.json", read("p.json").substr(0, 1000));
  write("other.json", "{\"a\": 1}");
  write("old.json", "{\"schema\": 1, \"network\": \"x\"}");
  for (const auto &[file, words] : {std::pair("cut.json", "cut.json: is not JSON"),
                                    {"other.json", "other.json: is not a report"},
                                    {"old.json", "old.json: the report has no 'target'"}}) {
    const Outcome outcome = bstc("profile --compare p.json " + std::string(file));
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr(words));
  }
}

TEST_F(Compare, SaysWhatIsAssumed) {
  writeModel("--quant float");
  succeed("profile model.onnx --assume-int8 --json int8.json");
  succeed("profile model.onnx --size 96 --json small.json");
  const std::string out = succeed("profile --compare int8.json small.json --json c.json");
  EXPECT_THAT(out, AllOf(HasSubstr("A: int8 on bst-a1000b0, taken as if int8\n"),
                         HasSubstr("B: small on bst-a1000b0, what if: size-96\n")));
  const JsonReader c(read("c.json"));
  EXPECT_TRUE(c.truth("a.assume_int8"));
  EXPECT_EQ(c.text("b.what_if"), "size-96");
}

/// A file and the terminal say the same, and two devices' fields are both there.
TEST_F(Compare, AsJson) {
  writeModel("--activation silu");
  std::filesystem::rename(path("model.onnx"), path("silu.onnx"));
  writeModel();
  succeed("profile silu.onnx --json a.json");
  succeed("profile model.onnx --json b.json --set dram_gbps=20");
  succeed("profile --compare a.json b.json --json c.json");
  const JsonReader a(read("a.json")), b(read("b.json")), c(read("c.json"));
  EXPECT_EQ(c.number("comparison_schema"), 1);
  EXPECT_EQ(c.text("a.name"), "a");
  EXPECT_EQ(c.number("a.fps"), a.number("fps"));
  EXPECT_EQ(c.number("b.busy_ms.edp"), b.number("engines.edp.busy_ms"));
  EXPECT_EQ(c.number("b.frame_time.idle_ms"), b.number("frame_time.idle_ms"));
  EXPECT_EQ(c.number("b.frame_time.waits_for.load_weights_ms"),
            b.number("frame_time.waits_for.load_weights_ms"));
  ASSERT_EQ(c.size("device_fields"), 1u);
  EXPECT_EQ(c.text("device_fields.0.field"), "dram.gigabytes_per_second");
  EXPECT_EQ(c.number("device_fields.0.b"), 20);
  double causes = 0, commands = 0;
  for (size_t i = 0; i < c.size("causes"); ++i)
    causes += c.number("causes." + std::to_string(i) + ".time_ms");
  size_t onlyA = 0;
  for (size_t i = 0; i < c.size("commands"); ++i) {
    const std::string row = "commands." + std::to_string(i) + ".";
    commands -= c.number(row + "a.time_ms");
    if (c.has(row + "b"))
      commands += c.number(row + "b.time_ms");
    else
      onlyA += c.text(row + "a.function") == "silu";
  }
  EXPECT_EQ(onlyA, 57u);
  EXPECT_NEAR(causes, commands, 2e-4);
  EXPECT_NEAR(commands, b.number("latency_ms") - a.number("latency_ms"), 1e-6);
  // A comparison is no profile, and never written over what it compares.
  const Outcome outcome = bstc("profile --compare c.json b.json");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("is a comparison"));
  EXPECT_EQ(bstc("profile --compare a.json b.json --json b.json").code, 2);
}

class WhatIf : public ToolTest {
protected:
  /// A file that says that it is of a changed network, without saying so.
  std::string asItIs(const std::string &name, const std::string &whatIf) const {
    std::string text = read(name);
    const std::string said = "\"what_if\": \"" + whatIf + "\"";
    const size_t at = text.find(said);
    EXPECT_NE(at, std::string::npos) << said;
    if (at != std::string::npos)
      text.replace(at, said.size(), "\"what_if\": \"\"");
    static const std::regex notice("\\[\n    \\{\"code\": \"BST2006\"[^\n]*\n  \\]");
    EXPECT_TRUE(std::regex_search(text, notice)) << text;
    return std::regex_replace(text, notice, "[]");
  }
};

TEST_F(WhatIf, ReluIsANetworkTrainedWithRelu) {
  writeModel("--activation relu");
  succeed("profile model.onnx --json relu.json");
  writeModel("--activation silu");
  const std::string out = succeed("profile model.onnx --what-if relu --json what-if.json");
  EXPECT_THAT(out,
              AllOf(HasSubstr("B: model with ReLU for SiLU"),
                    HasSubstr("57 silu commands on EDP, only in A"), HasSubstr("note: a what-if")));
  const JsonReader relu(read("relu.json")), whatIf(read("what-if.json"));
  ASSERT_EQ(whatIf.size("commands"), relu.size("commands"));
  for (size_t i = 0; i < relu.size("commands"); ++i)
    for (const char *member : {"op", "engine"}) {
      const std::string path = "commands." + std::to_string(i) + "." + member;
      EXPECT_EQ(whatIf.text(path), relu.text(path)) << i;
    }
  for (const char *total : {"fps", "latency_ms", "dram_read_bytes", "dram_write_bytes"})
    EXPECT_EQ(whatIf.number(total), relu.number(total)) << total;
}

TEST_F(WhatIf, ReluNeedsSilu) {
  writeModel("--activation relu");
  const Outcome outcome = bstc("profile model.onnx --what-if relu");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("no SiLU"));
}

TEST_F(WhatIf, AnotherSizeIsTheExportOfThatSize) {
  writeModel();
  const std::string out = succeed("profile model.onnx --size 128 --json what-if.json");
  EXPECT_THAT(out, AllOf(HasSubstr("B: model at 128x128"), HasSubstr("note: a what-if")));
  succeed("zoo yolov5n --size 128 -o big.onnx");
  succeed("profile big.onnx --no-advice --json big.json");
  EXPECT_EQ(asItIs("what-if.json", "size-128"), read("big.json"));
  succeed("profile big.onnx --size 64 --json small.json");
  succeed("profile model.onnx --no-advice --json model.json");
  EXPECT_EQ(asItIs("small.json", "size-64"), read("model.json"));
}

/// Of YOLOv5's 13 concatenations some are rescaled on EDP; with tied scales none is.
TEST_F(WhatIf, TiedScalesAreCopies) {
  writeModel();
  const std::string out = succeed("profile model.onnx --what-if tie-scales --json tied.json");
  EXPECT_THAT(out, HasSubstr("B: model with tied scales"));
  EXPECT_EQ(JsonReader(read("tied.json")).text("what_if"), "tie-scales");
  EXPECT_EQ(bstc("profile model.onnx --what-if faster").code, 2);
}

/// Both sides are drawn alike, so that the sign of a small difference may be certain where bands
/// overlap by far; and saved profiles keep their draws.
TEST_F(WhatIf, TheDifferenceHasABandOfItsOwn) {
  writeModel();
  succeed("profile model.onnx --json a.json");
  succeed("profile model.onnx --set maca.command_cycles=500 --json b.json");
  const std::string out = succeed("profile --compare a.json b.json --json c.json");
  const JsonReader a(read("a.json")), b(read("b.json")), c(read("c.json"));
  ASSERT_EQ(a.size("fps_draws"), b.size("fps_draws"));
  std::vector<double> changes;
  size_t slower = 0;
  for (size_t i = 0; i < a.size("fps_draws"); ++i) {
    const std::string draw = "fps_draws." + std::to_string(i);
    changes.push_back(b.number(draw) / a.number(draw) - 1);
    slower += changes.back() < -1e-9;
  }
  std::sort(changes.begin(), changes.end());
  // The tenth of 100 sorted values is 0.9 of the way from the 10th to the 11th.
  EXPECT_NEAR(c.number("fps_difference.gain_low"), changes[9] + 0.9 * (changes[10] - changes[9]),
              1e-9);
  EXPECT_NEAR(c.number("fps_difference.gain_high"), changes[89] + 0.1 * (changes[90] - changes[89]),
              1e-9);
  EXPECT_NEAR(c.number("fps_difference.slower"), double(slower) / 100, 1e-9);
  EXPECT_THAT(out, HasSubstr("B against A over what is assumed of the device: "));
  // The same network twice does not differ, however uncertain the device is.
  EXPECT_THAT(succeed("profile --compare a.json model.onnx"),
              HasSubstr("the same in all draws of the assumed fields"));
}

TEST_F(WhatIf, ASizeThatDoesNotFitIsRefused) {
  writeModel();
  const std::set<std::string> before = files();
  const Outcome outcome = bstc("profile model.onnx --size 100 --json p.json");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("model.onnx at 100x100"), HasSubstr("Concat")));
  EXPECT_EQ(files(), before);
}

} // namespace
} // namespace bstc::test

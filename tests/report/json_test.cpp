// The profile as JSON, as a trace and as a page, number by number.
#include "partitioner/model_error.h"
#include "tests/report/sample.h"
#include "tests/tool/json_reader.h"

#include <gmock/gmock.h>

#include <map>

namespace bstc::test {
namespace {

/// Every number of `expected` is at its path.
void expectNumbers(const JsonReader &json, const std::string &root,
                   const std::map<std::string, double> &expected) {
  for (const auto &[path, value] : expected)
    EXPECT_NEAR(json.number(root + path), value, 1e-12 + 1e-9 * std::abs(value)) << root + path;
}

TEST(Json, Totals) {
  const SampleProfile sample;
  const JsonReader json(profileJson(sample.profile()));
  expectNumbers(json, "",
                {{"schema", 4},
                 {"fps_draws.0", 6450},
                 {"fps_draws.2", 7777},
                 {"model_error_percent", modelErrorPercent},
                 {"fps", 8000},
                 {"fps_low", 6500},
                 {"fps_high", 9100},
                 {"driver_ms", 0.031},
                 {"latency_ms", 0.2},
                 {"share_of_peak", 0.0987},
                 {"bound_gain", 0.25},
                 {"fps_with_twice.maca", 8400},
                 {"fps_with_twice.edp", 10000},
                 {"fps_with_twice.dsp", 8080},
                 {"fps_with_twice.dram", 8240},
                 {"fps_with_twice.overhead", 7960},
                 {"macs", 1234500},
                 {"recomputed_macs", 37035},
                 {"mac_slots", 2000000},
                 {"tile_operations", 4},
                 {"dram_read_bytes", 5844},
                 {"dram_write_bytes", 6966},
                 {"host_bytes", 654},
                 {"dram_ms", 0.04},
                 {"arena_bytes", 2530},
                 {"arena_least_bytes", 2200},
                 {"fused_adds.count", 7},
                 {"fused_adds.fps_apart", 7200},
                 {"fused_adds.latency_ms_apart", 0.21},
                 {"fused_adds.dram_bytes_apart", 1242810}});
  expectNumbers(json, "lower_bound.",
                {{"fps", 16000},
                 {"share", 0.5},
                 {"maca_ms", 0.0625},
                 {"edp_ms", 0.035},
                 {"dram_ms", 0.012},
                 {"dram_bytes", 3210}});
  expectNumbers(json, "deployed.",
                {{"fps", 14000},
                 {"fps_low", 12345},
                 {"fps_high", 15000},
                 {"latency_ms", 0.09},
                 {"lower_bound.share", 0.875},
                 {"lower_bound.dram_bytes", 3111}});
  expectNumbers(json, "advice.", {{"0.fps", 14000}, {"0.gain", 0.75}, {"1.gain", 0.1}});
  expectNumbers(json, "roofline.",
                {{"fps", 20000},
                 {"share", 0.4},
                 {"maca_ms", 0.05},
                 {"edp_ms", 0.025},
                 {"dsp_ms", 0.01},
                 {"dram_ms", 0.03},
                 {"dram_bytes", 4321}});
  expectNumbers(json, "frame_time.",
                {{"minimum_ms", 0.05},
                 {"excess_ms", 0.01},
                 {"halos_ms", 0.004},
                 {"starts_ms", 0.003},
                 {"waits_ms", 0.007},
                 {"idle_ms", 0.055},
                 {"waits_for.maca_ms", 0},
                 {"waits_for.edp_ms", 0.011},
                 {"waits_for.dsp_ms", 0.012},
                 {"waits_for.load_data_ms", 0.013},
                 {"waits_for.load_weights_ms", 0.014},
                 {"waits_for.store_ms", 0.002},
                 {"waits_for.other_ms", 0.003}});
  EXPECT_EQ(json.text("network"), "sample");
  EXPECT_EQ(json.text("target"), "device");
  EXPECT_EQ(json.text("what_if"), "size-96");
  EXPECT_FALSE(json.truth("assume_int8"));
  EXPECT_EQ(json.text("bound"), "edp");
  EXPECT_EQ(json.text("lower_bound.bound"), "maca");
  EXPECT_EQ(json.text("deployed.matters_most"), "maca.clock_mhz");
  EXPECT_EQ(json.text("advice.1.change"), "relu");
  EXPECT_EQ(json.text("advice.1.text"), "ReLU for SiLU");
  EXPECT_EQ(json.text("advice.1.of"), "deployed");
  EXPECT_EQ(json.text("roofline.bound"), "maca");
  EXPECT_EQ(json.text("frame_time.resource"), "maca");
}

TEST(Json, EnginesAndDram) {
  const SampleProfile sample;
  const JsonReader json(profileJson(sample.profile()));
  expectNumbers(json, "engines.edp.",
                {{"commands", 2},
                 {"compute_ms", 0.03},
                 {"wait_ms", 0.006},
                 {"overhead_ms", 0.005},
                 {"busy_ms", 0.041},
                 {"halos_ms", 0.002},
                 {"idle_ms", 0.084},
                 {"waits_for.maca_ms", 0.021},
                 {"waits_for.store_ms", 0.009}});
  expectNumbers(json, "engines.",
                {{"maca.busy_ms", 0.07},
                 {"maca.commands", 1},
                 {"dsp.busy_ms", 0.025},
                 {"dsp.commands", 3},
                 {"dsp.idle_ms", 0.1}});
  expectNumbers(json, "dram.",
                {{"full_rate_ms", 0.04},
                 {"below_full_rate_ms", 0.016},
                 {"starts_ms", 0.009},
                 {"idle_ms", 0.06},
                 {"waits_for.dsp_ms", 0.019},
                 {"waits_for.other_ms", 0.006}});
}

TEST(Json, Lists) {
  const SampleProfile sample;
  const JsonReader json(profileJson(sample.profile()));
  ASSERT_EQ(json.size("rests_on"), 2u);
  EXPECT_EQ(json.text("rests_on.0.field"), "edp.bytes_per_cycle");
  expectNumbers(json, "rests_on.0.",
                {{"low", 16}, {"high", 64}, {"fps_worse", 7100}, {"fps_better", 8900}});
  EXPECT_FALSE(json.has("rests_on.0.refusal"));
  EXPECT_EQ(json.text("rests_on.1.refusal"), "node 'stem' does not fit");
  ASSERT_EQ(json.size("frames"), 2u);
  expectNumbers(json, "frames.1.", {{"start_ms", 0.01}, {"end_ms", 0.325}});
  ASSERT_EQ(json.size("commands"), 3u);
  expectNumbers(json, "commands.1.",
                {{"command", 1},
                 {"tiles", 3},
                 {"elements", 4000},
                 {"recomputed_elements", 160},
                 {"cycles", 1300},
                 {"dma_cycles", 1600},
                 {"overhead_cycles", 502},
                 {"total_cycles", 20000},
                 {"dram_read_bytes", 810},
                 {"dram_write_bytes", 920},
                 {"sram_bytes", 3460},
                 {"compute_ms", 0.0052},
                 {"dram_ms", 0.0064},
                 {"start_ms", 0.092},
                 {"end_ms", 0.12},
                 {"time_ms", 0.08},
                 {"share", 0.4},
                 {"output_shape.1", 16},
                 {"output_shape.3", 2}});
  EXPECT_EQ(json.text("commands.1.function"), "silu");
  EXPECT_EQ(json.text("commands.1.bound"), "dram");
  ASSERT_EQ(json.size("target_fields"), sample.target.fields.size());
  EXPECT_EQ(json.text("target_fields.0.field"), "maca.macs_per_cycle");
  EXPECT_EQ(json.number("target_fields.0.value"), 2000);
  EXPECT_EQ(json.text("target_fields.0.unit"), "MAC/cycle");
  EXPECT_EQ(json.text("target_fields.0.origin"), "set");
  EXPECT_EQ(json.text("target_fields.0.source"), "Set by the user");
}

TEST(Json, NoFusedAddsAreNone) {
  SampleProfile sample;
  sample.fusedAdds = std::nullopt;
  const JsonReader json(profileJson(sample.profile()));
  EXPECT_EQ(json.number("fused_adds.count"), 0);
  EXPECT_FALSE(json.has("fused_adds.fps_apart"));
}

/// The events of one phase.
std::vector<std::string> eventsOf(const JsonReader &json, const std::string &phase) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < json.size("traceEvents"); ++i) {
    const std::string at = "traceEvents." + std::to_string(i) + ".";
    if (json.text(at + "ph") == phase)
      paths.push_back(at);
  }
  return paths;
}

TEST(Trace, HasEveryOperationInItsTrack) {
  const SampleProfile sample;
  const JsonReader json(profileTrace(sample.profile()));
  expectNumbers(json, "otherData.", {{"fps", 8000}, {"latency_ms", 0.2}});
  std::vector<std::string> texts;
  for (const std::string &at : eventsOf(json, "X")) {
    const auto number = [&](const char *name) { return int64_t(json.number(at + name)); };
    texts.push_back(json.text(at + "name") + " " + std::to_string(number("pid")) + "/" +
                    std::to_string(number("tid")) + " " + json.text(at + "cat") + " " +
                    std::to_string(number("ts")) + "+" + std::to_string(number("dur")));
  }
  // Two cores, 2 and 3, with a process of the DSPs behind them. Microseconds.
  EXPECT_THAT(texts, testing::ElementsAre("stem 2/1 frame 0 9+82", "act 2/2 frame 0 92+28",
                                          "stem 2/4 frame 0 0+9", "stem 3/1 frame 1 19+82",
                                          "act 3/2 frame 1 121+28", "stem 3/4 frame 1 10+9",
                                          "tail 4/3 frame 0 121+79", "tail 4/3 frame 1 201+124"));
}

TEST(Trace, SaysWhatAnOperationDoes) {
  const SampleProfile sample;
  const JsonReader json(profileTrace(sample.profile()));
  const std::vector<std::string> events = eventsOf(json, "X");
  expectNumbers(json, events[0] + "args.",
                {{"frame", 0},
                 {"operation", 1},
                 {"commands.0", 0},
                 {"macs", 1234500},
                 {"start_us", 2},
                 {"dram_read_bytes", 0}});
  EXPECT_EQ(json.text(events[0] + "args.queue"), "maca");
  EXPECT_EQ(json.text(events[0] + "args.op"), "conv");
  EXPECT_EQ(json.text(events[0] + "args.tensor"), "map");
  expectNumbers(json, events[7] + "args.",
                {{"frame", 1},
                 {"operation", 3},
                 {"commands.0", 2},
                 {"start_us", 4},
                 {"dram_read_bytes", 300},
                 {"dram_write_bytes", 450}});
  EXPECT_FALSE(json.has(events[7] + "args.macs"));
  const std::vector<std::string> begins = eventsOf(json, "b"), ends = eventsOf(json, "e");
  ASSERT_EQ(begins.size(), 2u);
  expectNumbers(json, begins[1], {{"ts", 10}, {"id", 1}});
  expectNumbers(json, ends[1], {{"ts", 325}, {"id", 1}});
  const std::vector<std::string> counters = eventsOf(json, "C");
  EXPECT_EQ(json.text(counters[0] + "name"), "DRAM GB/s");
  expectNumbers(json, counters[0], {{"ts", 1}, {"args.rate", 0.1}}); // 800 bytes in 8 us.
}

/// The text of the script element with that id.
std::string block(const std::string &page, const std::string &id) {
  const std::string start = "<script type=\"application/json\" id=\"" + id + "\">";
  const size_t from = page.find(start) + start.size();
  return page.substr(from, page.find("</script>", from) - from);
}

TEST(Page, HoldsTheReportAndWhatIsBehindIt) {
  const SampleProfile sample;
  const std::vector<Notice> notices = {makeNotice(Code::NothingQuantised, "one"),
                                       makeNotice(Code::FallbackToDsp, "two", "n")};
  Profile profile = sample.profile();
  profile.notices = notices;
  const std::string page = profilePage(profile, "a<b");
  const JsonReader report(block(page, "report-data"));
  EXPECT_EQ(report.number("fps"), 8000);
  EXPECT_EQ(report.text("notices.0.code"), "BST2001");
  EXPECT_EQ(report.text("notices.1.code"), "BST2003");
  EXPECT_EQ(report.text("notices.1.severity"), "warning");
  EXPECT_EQ(report.text("notices.1.node"), "n");
  EXPECT_EQ(report.text("notices.1.text"), "two");
  const JsonReader json(block(page, "page-data"));
  EXPECT_EQ(json.text("title"), "a<b");
  expectNumbers(json, "device.",
                {{"cores", 2},
                 {"dsps", 1},
                 {"data_bytes", 64000},
                 {"weight_bytes", 32000},
                 {"dram_bytes_per_second", 7e9},
                 {"peak_ops_per_second.maca", 2e12},
                 {"peak_ops_per_second.edp", 8e9},
                 {"peak_ops_per_second.dsp", 1.6e10}});
  expectNumbers(json, "",
                {{"commands.0.inputs.1", 4},
                 {"commands.2.outputs.0", 3},
                 {"inputs.0", 0},
                 {"outputs.0", 3},
                 {"tensors.4.constant", 1},
                 {"tensors.0.constant", 0},
                 {"tensors.1.shape.2", 4},
                 {"operations.queue.0", 3},
                 {"operations.command.3", 2},
                 {"operations.tensor.2", 2},
                 {"operations.read.3", 300},
                 {"operations.written.3", 450},
                 {"operations.macs.1", 1234500}});
  expectNumbers(json, "timelines.",
                {{"steady.frames", 2},
                 {"alone.frames", 1},
                 {"steady.tracks.0.start.0", 9000},
                 {"steady.tracks.0.end.0", 91000},
                 {"alone.tracks.1.start.0", 92000},
                 {"steady.dram.time.0", 1000},
                 {"steady.dram.rate.0", 1e8}});
}

TEST(Page, ListsTheFieldsThatAreNotCertain) {
  const SampleProfile sample;
  const JsonReader json(block(profilePage(sample.profile(), "x"), "page-data"));
  std::map<std::string, std::string> rows;
  for (size_t i = 0; i < json.size("assumptions"); ++i) {
    const std::string at = "assumptions." + std::to_string(i) + ".";
    rows[json.text(at + "field")] = at;
  }
  expectNumbers(json, rows.at("edp.bytes_per_cycle"),
                {{"value", 32}, {"low", 16}, {"high", 64}, {"fps_low", 7100}, {"fps_high", 8900}});
  // Without an effect, the report's FPS.
  expectNumbers(json, rows.at("dsp.cores"), {{"value", 1}, {"fps_low", 8000}, {"fps_high", 8000}});
  EXPECT_EQ(json.text(rows.at("maca.clock_mhz") + "origin"), "set");
  EXPECT_EQ(rows.count("maca.pixel_quantum"), 0u); // Derived, and without a range.
}

} // namespace
} // namespace bstc::test

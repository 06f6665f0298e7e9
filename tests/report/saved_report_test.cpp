// Saved profiles are read member by member; the texts are written by hand.
#include "tests/report/sample.h"
#include "tools/bstc/profile/saved_report.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::HasSubstr;

/// Of schema 4, every number another.
const char *const text = R"({
  "schema": 4, "network": "net", "target": "dev", "assume_int8": true, "what_if": "relu",
  "fps": 101.5, "fps_draws": [90.5, 0, 110.25], "latency_ms": 12.25, "bound": "edp", "bound_gain": 0.375, "macs": 1001,
  "dram_read_bytes": 1002, "dram_write_bytes": 1003, "host_bytes": 1004, "dram_ms": 5.5,
  "frame_time": {"minimum_ms": 1.5, "excess_ms": 2.5, "starts_ms": 3.5, "waits_ms": 4.5,
                 "idle_ms": 6.5,
                 "waits_for": {"maca_ms": 0.1, "edp_ms": 0.2, "dsp_ms": 0.3, "load_data_ms": 0.4,
                               "load_weights_ms": 0.5, "store_ms": 0.6, "other_ms": 0.7}},
  "engines": {"maca": {"busy_ms": 7.5}, "edp": {"busy_ms": 9.5}, "dsp": {"busy_ms": 8.5}},
  "target_fields": [{"field": "edp.clock_mhz", "unit": "MHz", "value": 250},
                    {"field": "dsp.host", "unit": "flag", "value": 1}],
  "commands": [
    {"node": "act", "engine": "edp", "op": "lut", "function": "silu", "bound": "dram",
     "output_shape": [1, 16, 4, 2], "tiles": 3, "macs": 71, "dram_read_bytes": 72,
     "dram_write_bytes": 700, "compute_ms": 0.75, "time_ms": 0.875, "overhead_cycles": 500},
    {"node": "tail", "engine": "dsp", "op": "dequantize", "bound": "dsp", "output_shape": [],
     "tiles": 0, "macs": 0, "dram_read_bytes": 13, "dram_write_bytes": 20, "compute_ms": 0.5,
     "time_ms": 0.25, "overhead_cycles": 100}]
})";

std::string edited(llvm::StringRef from, llvm::StringRef to) {
  std::string result = text;
  const size_t at = result.find(from.str());
  EXPECT_NE(at, std::string::npos) << from.str();
  return result.replace(at, from.size(), to.str());
}

/// Of schema 3, and of a quick profile.
TEST(SavedReport, MayHaveNoDraws) {
  const std::string old = edited("\"fps_draws\": [90.5, 0, 110.25], ", "");
  EXPECT_FALSE(llvm::cantFail(parseReport(old, "r.json")).hasDraws);
  // All of the device is certain.
  const std::string sure = edited("[90.5, 0, 110.25]", "[]");
  const SavedReport report = llvm::cantFail(parseReport(sure, "r.json"));
  EXPECT_TRUE(report.hasDraws);
  EXPECT_TRUE(report.fpsDraws.empty());
}

TEST(SavedReport, IsReadMemberByMember) {
  const SavedReport report = llvm::cantFail(parseReport(text, "r.json"));
  EXPECT_EQ(report.network, "net");
  EXPECT_EQ(report.target, "dev");
  EXPECT_EQ(report.bound, "edp");
  EXPECT_EQ(report.boundGain, 0.375);
  EXPECT_TRUE(report.assumeInt8);
  EXPECT_EQ(report.whatIf, "relu");
  EXPECT_EQ(report.fps, 101.5);
  EXPECT_TRUE(report.hasDraws);
  EXPECT_THAT(report.fpsDraws, testing::ElementsAre(90.5, 0, 110.25));
  EXPECT_EQ(report.latencyMs, 12.25);
  EXPECT_EQ(report.macs, 1001u);
  EXPECT_EQ(report.dramRead, 1002u);
  EXPECT_EQ(report.dramWrite, 1003u);
  EXPECT_EQ(report.hostBytes, 1004u);
  std::string resources, parts, waits;
  for (const SavedReport::Resource &resource : report.resources)
    resources += resource.name + " " + std::to_string(resource.busyMs).substr(0, 3) + ", ";
  for (const SavedReport::Part &part : report.frameTime)
    parts += part.key + " " + part.name + " " + std::to_string(part.ms).substr(0, 3) + ", ";
  for (const SavedReport::Part &part : report.waits)
    waits += part.key + " " + part.name + " " + std::to_string(part.ms).substr(0, 3) + ", ";
  EXPECT_EQ(resources, "maca 7.5, edp 9.5, dsp 8.5, dram 5.5, ");
  EXPECT_EQ(parts,
            "minimum_ms work at its peak 1.5, excess_ms work beyond that 2.5, starts_ms starts "
            "of commands 3.5, waits_ms waiting for DRAM 4.5, idle_ms idle 6.5, ");
  EXPECT_EQ(waits,
            "maca_ms while MACA works 0.1, edp_ms while EDP works 0.2, dsp_ms while DSP works "
            "0.3, load_data_ms while maps are loaded 0.4, load_weights_ms while weights are "
            "loaded 0.5, store_ms while maps are stored 0.6, other_ms while driver or host "
            "work 0.7, ");
  EXPECT_EQ(report.busiest().name, "edp");
  ASSERT_EQ(report.fields.size(), 2u);
  EXPECT_EQ(report.fields[0].key, "edp.clock_mhz");
  EXPECT_EQ(report.fields[0].unit, "MHz");
  EXPECT_EQ(report.fields[0].value, 250);
}

TEST(SavedReport, CommandsAreReadMemberByMember) {
  const SavedReport report = llvm::cantFail(parseReport(text, "r.json"));
  ASSERT_EQ(report.commands.size(), 2u);
  const SavedReport::Command &act = report.commands[0], &tail = report.commands[1];
  EXPECT_EQ(act.node, "act");
  EXPECT_EQ(act.engine, "edp");
  EXPECT_EQ(act.op, "lut");
  EXPECT_EQ(act.label(), "silu");
  EXPECT_EQ(act.bound, "dram");
  EXPECT_EQ(act.outputShape, "1x16x4x2");
  EXPECT_EQ(act.macs, 71u);
  EXPECT_EQ(act.dramBytes, 772u);
  EXPECT_EQ(act.computeMs, 0.75);
  EXPECT_EQ(act.timeMs, 0.875);
  EXPECT_EQ(act.startMs, 0.002); // 500 cycles of 250 MHz.
  EXPECT_FALSE(act.rides);
  EXPECT_TRUE(tail.rides);
  EXPECT_EQ(tail.label(), "dequantize");
  EXPECT_EQ(tail.startMs, 0); // A clock that the report does not have.
  EXPECT_EQ(tail.dramBytes, 33u);
}

/// A table that costs its engine nothing is done with the convolution before it.
TEST(SavedReport, TablesWithoutATimeRide) {
  const auto rides = [](std::string json) {
    return llvm::cantFail(parseReport(json, "r.json")).commands[0].rides;
  };
  const std::string start = "\"overhead_cycles\": 500", compute = "\"compute_ms\": 0.75";
  std::string json = edited(start, "\"overhead_cycles\": 0");
  EXPECT_FALSE(rides(json));
  json.replace(json.find(compute), compute.size(), "\"compute_ms\": 0");
  EXPECT_TRUE(rides(json));
  json.replace(json.find("silu"), 4, "");
  EXPECT_FALSE(rides(json)); // A concatenation in place, say.
  EXPECT_FALSE(rides(edited(compute, "\"compute_ms\": 0")));
}

/// Until schema 2, DRAM traffic held what a host moves past the device, and `bound` was that of the
/// busiest resource.
TEST(SavedReport, OlderOnesAreReadAsWhatTheyMeant) {
  std::string old = edited("\"schema\": 4", "\"schema\": 2");
  for (const char *member : {"\"host_bytes\": 1004, ", "\"bound_gain\": 0.375, "})
    old.erase(old.find(member), strlen(member));
  const SavedReport report = llvm::cantFail(parseReport(old, "r.json"));
  EXPECT_EQ(report.dramRead, 1002u - 13);
  EXPECT_EQ(report.dramWrite, 1003u - 20);
  EXPECT_EQ(report.hostBytes, 33u);
  EXPECT_EQ(report.commands[1].dramBytes, 0u);
  EXPECT_EQ(report.commands[0].dramBytes, 772u);
  EXPECT_EQ(report.boundGain, std::nullopt);
  // A DSP of the chip moves its own through the device.
  const std::string flag = "\"unit\": \"flag\", \"value\": 1";
  old.replace(old.find(flag), flag.size(), "\"unit\": \"flag\", \"value\": 0");
  EXPECT_EQ(llvm::cantFail(parseReport(old, "r.json")).dramRead, 1002u);
}

TEST(SavedReport, WhatIsMissingIsNamed) {
  const auto error = [](const std::string &json) {
    return llvm::toString(parseReport(json, "r.json").takeError());
  };
  for (const char *member : {"network",
                             "target",
                             "bound",
                             "fps",
                             "latency_ms",
                             "macs",
                             "dram_read_bytes",
                             "dram_write_bytes",
                             "dram_ms",
                             "frame_time",
                             "target_fields",
                             "commands",
                             "excess_ms",
                             "busy_ms",
                             "node",
                             "engine",
                             "op",
                             "compute_ms",
                             "time_ms",
                             "tiles"}) {
    const std::string name = llvm::Twine("\"").concat(member).concat("\"").str();
    EXPECT_THAT(error(edited(name, "\"other\"")), HasSubstr(std::string("no '") + member + "'"))
        << member;
  }
  EXPECT_THAT(error(edited("\"dsp\": {", "\"gpu\": {")), HasSubstr("no 'engines.dsp'"));
  EXPECT_THAT(error("{"), HasSubstr("r.json: is not JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("r.json: is not a report"));
  EXPECT_THAT(error("{\"comparison_schema\": 1}"), HasSubstr("is a comparison"));
}

/// Every member in one text; numbers with all their digits.
std::string allOf(const SavedReport &report) {
  std::string text;
  llvm::raw_string_ostream out(text);
  const auto add = [&](const auto &...members) { ((out << members << '|'), ...) << '\n'; };
  const auto exact = [](double number) { return llvm::formatv("{0:e17}", number).str(); };
  add(report.network, report.target, report.bound, exact(report.boundGain.value_or(-1)));
  add(exact(report.fps), exact(report.latencyMs), report.macs, report.dramRead, report.dramWrite,
      report.hostBytes, int(report.assumeInt8), report.whatIf);
  for (const SavedReport::Resource &resource : report.resources)
    add(resource.name, exact(resource.busyMs));
  for (const SavedReport::Part &part : report.frameTime)
    add(part.key, part.name, exact(part.ms));
  for (const SavedReport::Part &part : report.waits)
    add(part.key, part.name, exact(part.ms));
  for (const SavedReport::Command &c : report.commands)
    add(c.node, c.engine, c.op, c.function, c.outputShape, c.bound, c.macs, c.dramBytes,
        exact(c.computeMs), exact(c.startMs), exact(c.timeMs), int(c.rides));
  for (const SavedReport::Field &field : report.fields)
    add(field.key, field.unit, exact(field.value));
  return out.str();
}

TEST(SavedReport, OfAProfileAtHandIsWhatItsJsonSays) {
  SampleProfile sample;
  sample.assumptions = {true, true, 512};
  const SavedReport atHand = reportOf(sample.profile());
  EXPECT_EQ(allOf(atHand),
            allOf(llvm::cantFail(parseReport(profileJson(sample.profile()), "r.json"))));
  EXPECT_EQ(atHand.commands.size(), 3u);
  EXPECT_FALSE(atHand.fields.empty());
  // A command that no operation of its own computes.
  sample.cost.commands[1].tiles = 0;
  EXPECT_TRUE(reportOf(sample.profile()).commands[1].rides);
}

} // namespace
} // namespace bstc::test

// What no report may say, whatever the network and the device: shares above 1, sums that do not add
// up, more traffic than the memory has, ranges beside what they are of.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>

namespace bstc::test {
namespace {

constexpr const char *engines[] = {"maca", "edp", "dsp"};
constexpr const char *causes[] = {"maca",         "edp",   "dsp",  "load_data",
                                  "load_weights", "store", "other"};

/// A report with the fields of its device by name.
class Report {
public:
  explicit Report(const std::string &text) : json(text) {
    for (size_t i = 0; i < json.size("target_fields"); ++i) {
      const std::string at = "target_fields." + std::to_string(i) + ".";
      fields[json.text(at + "field")] = json.number(at + "value");
    }
    for (size_t i = 0; i < json.size("commands"); ++i)
      commands.push_back("commands." + std::to_string(i) + ".");
  }
  double number(const std::string &path) const { return json.number(path); }
  double field(const std::string &name) const { return fields.at(name); }
  /// Of a column, over the commands that `wanted` takes.
  double sum(const std::string &column, const std::string &engine = "") const {
    double sum = 0;
    for (const std::string &row : commands)
      if (engine.empty() || json.text(row + "engine") == engine)
        sum += json.number(row + column);
    return sum;
  }
  double waits(const std::string &of) const {
    double sum = 0;
    for (const char *cause : causes)
      sum += json.number(of + ".waits_for." + cause + "_ms");
    return sum;
  }

  JsonReader json;
  std::vector<std::string> commands; ///< Paths.

private:
  std::map<std::string, double> fields;
};

void expectCommandsAddUp(const Report &r) {
  for (const char *column : {"macs", "recomputed_macs", "mac_slots", "dram_read_bytes",
                             "dram_write_bytes", "host_bytes"})
    EXPECT_EQ(r.sum(column), r.number(column)) << column;
  const double alone = r.number("latency_ms") - r.field("host.frame_milliseconds");
  EXPECT_NEAR(r.sum("time_ms") + r.number("driver_ms"), alone, 1e-6 * alone);
  EXPECT_LE(r.number("driver_ms"), r.field("device.frame_microseconds") * 1e-3 + 1e-9);
  EXPECT_LE(r.sum("share"), 1 + 1e-9);
  for (const std::string &row : r.commands) {
    for (const char *share : {"share", "utilisation"}) {
      EXPECT_GE(r.number(row + share), 0) << row;
      EXPECT_LE(r.number(row + share), 1 + 1e-9) << row << share;
    }
    EXPECT_LE(r.number(row + "start_ms"), r.number(row + "end_ms"));
    EXPECT_LE(r.number(row + "end_ms"), alone * (1 + 1e-9));
    EXPECT_LE(r.number(row + "time_ms"),
              r.number(row + "end_ms") - r.number(row + "start_ms") + 1e-9);
    if (r.field("dsp.host") && r.json.text(row + "engine") == "dsp") {
      EXPECT_EQ(r.number(row + "dram_read_bytes") + r.number(row + "dram_write_bytes"), 0) << row;
    } else {
      EXPECT_EQ(r.number(row + "host_bytes"), 0) << row;
    }
  }
}

void expectEnginesAddUp(const Report &r) {
  const double period = 1e3 / r.number("fps");
  for (const char *engine : engines) {
    const std::string at = std::string("engines.") + engine;
    const auto number = [&](const char *name) { return r.number(at + "." + name); };
    const double busy = number("compute_ms") + number("wait_ms") + number("overhead_ms");
    EXPECT_NEAR(number("busy_ms"), busy, 1e-9 * period);
    EXPECT_NEAR(busy + number("idle_ms"), period, 1e-6 * period) << engine;
    EXPECT_NEAR(r.waits(at), number("idle_ms"), 1e-6 * period) << engine;
    EXPECT_LE(number("halos_ms"), number("compute_ms") * (1 + 1e-9));
    EXPECT_LE(r.number(std::string("roofline.") + engine + "_ms"),
              number("compute_ms") * (1 + 1e-6))
        << engine;
  }
  const double moves = r.number("dram.full_rate_ms") + r.number("dram.below_full_rate_ms") +
                       r.number("dram.starts_ms");
  EXPECT_NEAR(moves + r.number("dram.idle_ms"), period, 1e-6 * period);
  EXPECT_NEAR(r.waits("dram"), r.number("dram.idle_ms"), 1e-6 * period);
  EXPECT_EQ(r.number("dram.full_rate_ms"), r.number("dram_ms"));
  double parts = 0;
  for (const char *part : {"minimum", "excess", "starts", "waits", "idle"})
    parts += r.number(std::string("frame_time.") + part + "_ms");
  EXPECT_NEAR(parts, period, 1e-6 * period);
}

void expectNothingBeyondTheDevice(const Report &r) {
  const double fps = r.number("fps"),
               bytes = r.number("dram_read_bytes") + r.number("dram_write_bytes");
  EXPECT_LE(bytes * fps / 1e9, r.field("dram.gigabytes_per_second") * (1 + 1e-9));
  EXPECT_LE(r.number("roofline.dram_bytes"), bytes);
  EXPECT_LE(r.number("roofline.dram_ms"), r.number("dram_ms") * (1 + 1e-9));
  EXPECT_LE(r.number("roofline.share"), 1 + 1e-9);
  EXPECT_LE(fps, r.number("roofline.fps") * (1 + 1e-9));
  EXPECT_LE(r.number("share_of_peak"), 1);
  EXPECT_LE(r.number("lower_bound.share"), 1 + 1e-9);
  EXPECT_NEAR(r.number("lower_bound.share"), fps / r.number("lower_bound.fps"), 1e-9);
  EXPECT_LE(r.number("arena_least_bytes"), r.number("arena_bytes"));
}

void expectRangesHoldTheirNumber(const Report &r) {
  EXPECT_LE(r.number("fps_low"), r.number("fps_high"));
  for (size_t i = 0; i < r.json.size("rests_on"); ++i) {
    const std::string at = "rests_on." + std::to_string(i) + ".";
    const double value = r.field(r.json.text(at + "field"));
    EXPECT_LE(r.number(at + "low"), value);
    EXPECT_GE(r.number(at + "high"), value);
  }
}

/// The bound gains most of all, and as much as is said.
void expectTheBoundIsOne(const Report &r) {
  const double fps = r.number("fps");
  double most = 0;
  for (const char *resource : {"maca", "edp", "dsp", "dram", "overhead"})
    most = std::max(most, r.number(std::string("fps_with_twice.") + resource));
  EXPECT_NEAR(r.number("bound_gain"), most / fps - 1, 1e-6);
  const std::string bound = r.json.text("bound");
  if (bound == "sync") {
    EXPECT_LT(r.number("bound_gain"), 0.01);
  } else {
    EXPECT_NEAR(r.number("fps_with_twice." + bound), most, 1e-6 * most);
    EXPECT_GE(r.number("bound_gain"), 0.01);
  }
}

struct Subject {
  const char *name, *network, *options;
};
void PrintTo(const Subject &subject, std::ostream *stream) { *stream << subject.name; }

class Invariants : public ToolTest, public testing::WithParamInterface<Subject> {};

TEST_P(Invariants, Hold) {
  succeed(std::string("zoo ") + GetParam().network + " -o m.onnx");
  for (const char *target :
       {"bst-a1000b0", "dpu-b4096", "rk3588-1core", "bst-a1000b0,device.cores=2,dsp.cores=3",
        "bst-a1000b0,dsp.host=1,device.frames_in_flight=1", "bst-a1000b0,data_memory_bytes=65536",
        "dpu-b4096,dram_gbps=0.5", "rk3588-1core,dram_gbps=100,dsp.cores=1"}) {
    SCOPED_TRACE(target);
    succeed(std::string("profile m.onnx --no-advice --json p.json --target ") + target +
            GetParam().options);
    const Report report(read("p.json"));
    expectCommandsAddUp(report);
    expectEnginesAddUp(report);
    expectNothingBeyondTheDevice(report);
    expectRangesHoldTheirNumber(report);
    expectTheBoundIsOne(report);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Invariants,
    testing::Values(Subject{"relu", "yolov5n --size 96", ""},
                    Subject{"silu", "yolov5n --size 128 --activation silu", ""},
                    Subject{"segment", "yolov5n --size 64 --task segment", ""},
                    Subject{"wide", "yolov5s --size 64 --activation silu", ""},
                    Subject{"float", "yolov5n --size 64 --quant float", ""},
                    Subject{"assumed", "yolov5n --size 96 --quant float", " --assume-int8"},
                    Subject{"plain", "yolov5n --size 64", " --no-recognise-decode"}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace bstc::test

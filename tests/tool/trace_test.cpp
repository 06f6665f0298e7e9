// The trace opens in Perfetto where its JSON is valid and its events nest; its sums are the
// report's.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include <gmock/gmock.h>

#include <map>

namespace bstc::test {
namespace {

/// The events of a trace and the report of the same profile.
class TraceTest : public ToolTest {
protected:
  void trace(const std::string &options, const std::string &model = "") {
    writeModel(model);
    succeed("profile model.onnx --trace t.json --json p.json " + options);
    events = std::make_unique<JsonReader>(read("t.json"));
    report = std::make_unique<JsonReader>(read("p.json"));
  }
  size_t count() const { return events->size("traceEvents"); }
  std::string phase(size_t i) const { return events->text(at(i) + "ph"); }
  static std::string at(size_t i) { return "traceEvents." + std::to_string(i) + "."; }
  double number(size_t i, const std::string &member) const {
    return events->number(at(i) + member);
  }

  std::unique_ptr<JsonReader> events, report;
};

TEST_F(TraceTest, EventsOfATrackDoNotOverlap) {
  for (const char *device : {"bst-a1000b0", "dpu-b4096,device.cores=2"}) {
    trace("--target " + std::string(device));
    std::map<std::pair<double, double>, double> ends;
    for (size_t i = 0; i < count(); ++i) {
      if (phase(i) != "X")
        continue;
      double &end = ends[{number(i, "pid"), number(i, "tid")}];
      // Whole nanoseconds, written as microseconds.
      ASSERT_GE(number(i, "ts"), end - 1e-6) << i;
      ASSERT_GE(number(i, "dur"), 0);
      end = number(i, "ts") + number(i, "dur");
    }
    EXPECT_GE(ends.size(), 6u) << device;
  }
}

TEST_F(TraceTest, SumsAreTheReports) {
  trace("--frames 1");
  double read = 0, written = 0, macs = 0, end = 0;
  size_t operations = 0;
  for (size_t i = 0; i < count(); ++i) {
    if (phase(i) != "X")
      continue;
    ++operations;
    read += number(i, "args.dram_read_bytes");
    written += number(i, "args.dram_write_bytes");
    macs += events->has(at(i) + "args.macs") ? number(i, "args.macs") : 0;
    end = std::max(end, number(i, "ts") + number(i, "dur"));
  }
  EXPECT_EQ(operations, size_t(report->number("tile_operations")));
  EXPECT_EQ(read, report->number("dram_read_bytes"));
  EXPECT_EQ(written, report->number("dram_write_bytes"));
  // Bands compute rows that they share twice.
  EXPECT_GE(macs, report->number("macs"));
  EXPECT_LE(macs, report->number("mac_slots"));
  EXPECT_NEAR(end / 1e3, report->number("frames.0.end_ms"), 1e-6);
}

TEST_F(TraceTest, EveryFrameIsThereAndTold) {
  trace("--frames 4");
  std::map<double, size_t> operations;
  std::map<double, std::pair<double, double>> frames;
  for (size_t i = 0; i < count(); ++i) {
    if (phase(i) == "X")
      ++operations[number(i, "args.frame")];
    else if (phase(i) == "b")
      frames[number(i, "id")].first = number(i, "ts");
    else if (phase(i) == "e")
      frames[number(i, "id")].second = number(i, "ts");
  }
  ASSERT_EQ(frames.size(), 4u);
  ASSERT_EQ(operations.size(), 4u);
  for (const auto &[frame, times] : frames) {
    const std::string path = "frames." + std::to_string(int(frame)) + ".";
    EXPECT_NEAR(times.first / 1e3, report->number(path + "start_ms"), 1e-6);
    EXPECT_NEAR(times.second / 1e3, report->number(path + "end_ms"), 1e-6);
    EXPECT_EQ(operations[frame], size_t(report->number("tile_operations")));
  }
}

TEST_F(TraceTest, CountersStayWithinTheDevice) {
  trace("");
  std::map<std::string, double> greatest, least, last;
  for (size_t i = 0; i < count(); ++i) {
    if (phase(i) != "C")
      continue;
    const std::string name = events->text(at(i) + "name");
    const double value = number(i, name == "DRAM GB/s" ? "args.rate" : "args.used");
    EXPECT_GE(value, 0) << name;
    greatest[name] = std::max(greatest[name], value);
    least[name] = std::min(least.try_emplace(name, value).first->second, value);
    last[name] = value;
  }
  // The device's memories (its vendor states 2 MB each).
  EXPECT_GT(greatest["data memory bytes"], 0);
  EXPECT_LE(greatest["data memory bytes"], 2 << 20);
  EXPECT_GT(greatest["weight memory bytes"], 0);
  EXPECT_LE(greatest["weight memory bytes"], 2 << 20);
  EXPECT_GT(greatest["DRAM GB/s"], 0);
  // Only constants that stay for all frames are there at the end, as they were at the beginning.
  EXPECT_EQ(last["data memory bytes"], 0);
  EXPECT_EQ(last["weight memory bytes"], least["weight memory bytes"]);
  EXPECT_NEAR(last["DRAM GB/s"], 0, 1e-9);
}

} // namespace
} // namespace bstc::test

// A package on a device that it was not compiled for: the profile of the ONNX file, or refused.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

#include <regex>

namespace bstc::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Replan : public ToolTest {
protected:
  /// The built-in description with edits, as a file.
  void describe(const std::string &name,
                const std::vector<std::pair<std::string, std::string>> &edits) const {
    auto file = llvm::MemoryBuffer::getFile("../targets/bst-a1000b0.json");
    ASSERT_TRUE(bool(file));
    std::string text = (*file)->getBuffer().str();
    for (const auto &[from, to] : edits) {
      ASSERT_NE(text.find(from), std::string::npos) << from;
      text.replace(text.find(from), from.size(), to);
    }
    write(name, text);
  }
  /// A profile without what the compilation said, which a package does not keep.
  std::string withoutNotices(const std::string &name) const {
    static const std::regex notices("\"notices\": \\[[^\\]]*\\]");
    const std::string text = read(name);
    EXPECT_TRUE(std::regex_search(text, notices)) << name;
    return std::regex_replace(text, notices, "");
  }
  /// Profiles model.bst and model.onnx with the same options; the files are the same.
  void expectSame(const std::string &options) const {
    // Its deployment form and advice are only of a file that can be compiled anew.
    succeed("profile model.bst --quick --json b.json " + options);
    succeed("profile model.onnx --quick --json o.json " + options);
    EXPECT_TRUE(withoutNotices("b.json") == withoutNotices("o.json")) << options;
  }
  void expectRefused(const std::string &options, const char *why) const {
    const Outcome outcome = bstc("profile model.bst " + options);
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("model.bst: cannot be planned for "), HasSubstr(why),
                                   HasSubstr("profile the ONNX file instead")))
        << options;
  }
  double number(const std::string &file, const std::string &path) const {
    return JsonReader(read(file)).number(path);
  }
};

const std::string memory = "\"value\": 2097152, \"unit\": \"bytes\"";

TEST_F(Replan, IsByTheNumbersOfADescriptionNotItsName) {
  succeed("zoo yolov5n --size 320 -o model.onnx");
  succeed("compile model.onnx --no-fidelity");
  describe("mine.json", {{memory, "\"value\": 262144, \"unit\": \"bytes\""}});
  describe("same.json", {});
  expectSame("--target mine.json");
  const double small = number("b.json", "latency_ms");
  expectSame("--target same.json");
  const double large = number("b.json", "latency_ms");
  EXPECT_GT(std::abs(small / large - 1), 0.01);
  EXPECT_GT(number("b.json", "arena_bytes"), 0);
}

TEST_F(Replan, EverySettingIsThatOfTheOnnxFile) {
  writePackage();
  for (const char *options :
       {"--set data_memory_bytes=65536", "--set weight_memory_bytes=65536", "--set fused_add=0",
        "--set maca.out_channel_quantum=32", "--set maca_mhz=300", "--set device.cores=2",
        "--set concat_in_place=1", "--set fused_table_bytes_per_cycle=4",
        "--target dpu-b4096 --set dsp.host=0"})
    expectSame(options);
}

TEST_F(Replan, CommandsThatWouldBeOthersAreRefused) {
  writePackage();
  expectRefused("--set edp.present=0", "has 28 commands on EDP, which the device does not have");
  EXPECT_THAT(bstc("profile model.onnx --set edp.present=0").err, HasSubstr("has no EDP"));
  expectRefused("--target rk3588-1core", "dsp.host");
  expectRefused("--set dsp.host=1", "dsp.host");
  succeed("compile model.onnx --no-fidelity --target rk3588-1core");
  expectRefused("--target bst-a1000b0", "dsp.host");
  expectSame("--target dpu-b4096");
  expectSame("--target rk3588-1core");
  const Outcome outcome =
      bstc("profile --compare model.bst --target dpu-b4096 --target bst-a1000b0");
  expectOneLineError(outcome);
}

/// A description of the user's own that kept the name of a built-in one.
TEST_F(Replan, ABorrowedNameIsSeen) {
  writeModel();
  describe("mine.json", {{memory, "\"value\": 262144, \"unit\": \"bytes\""}});
  EXPECT_THAT(
      succeed("compile model.onnx --no-fidelity --target mine.json"),
      HasSubstr("warning: the device description has the name of the built-in bst-a1000b0"));
  expectSame("--target mine.json");
  expectSame("--target bst-a1000b0");
  const Outcome outcome = bstc("profile model.bst");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("another description named 'bst-a1000b0'"),
                                 HasSubstr("262 kB of data"), HasSubstr("--target FILE")));
  describe("same.json", {});
  EXPECT_THAT(succeed("compile model.onnx --no-fidelity --target same.json"),
              Not(HasSubstr("built-in")));
}

TEST_F(Replan, ADescriptionOfAnotherNameIsAskedFor) {
  writeModel();
  describe("mine.json", {{"\"name\": \"bst-a1000b0\"", "\"name\": \"mine\""}});
  succeed("compile model.onnx --no-fidelity --target mine.json");
  const Outcome outcome = bstc("profile model.bst");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("model.bst: the package was compiled for 'mine'"));
}

TEST_F(Replan, RangesOverMemoriesPlanAgain) {
  succeed("zoo yolov5n --size 320 -o model.onnx");
  // Other fields without their ranges, and DSP fast enough not to hide the rest.
  const std::string fast = " --set dsp.cores=8 --set device.frames_in_flight=8";
  describe(
      "range.json",
      {{memory, "\"value\": 2097152, \"low\": 131072, \"high\": 4194304, \"unit\": \"bytes\""}});
  succeed("profile model.onnx --target range.json --json r.json" + fast);
  succeed("profile model.onnx --json low.json --set data_memory_bytes=131072" + fast);
  succeed("profile model.onnx --json high.json --set data_memory_bytes=4194304" + fast);
  const JsonReader json(read("r.json"));
  bool found = false;
  for (size_t i = 0; i < json.size("rests_on"); ++i) {
    const std::string at = "rests_on." + std::to_string(i) + ".";
    if (json.text(at + "field") != "maca.data_memory_bytes")
      continue;
    found = true;
    EXPECT_EQ(json.number(at + "fps_worse"), number("low.json", "fps"));
    EXPECT_EQ(json.number(at + "fps_better"), number("high.json", "fps"));
  }
  EXPECT_TRUE(found);
  EXPECT_LT(number("low.json", "fps"), 0.98 * json.number("fps"));
  // The network does not run at all with very little.
  describe("range.json",
           {{memory, "\"value\": 2097152, \"low\": 64, \"high\": 2097152, \"unit\": \"bytes\""}});
  EXPECT_THAT(succeed("profile model.onnx --target range.json --json r.json"),
              AllOf(HasSubstr("at an end of maca.data_memory_bytes the network does not run: node"),
                    HasSubstr(" FPS (0.0-")));
  EXPECT_EQ(number("r.json", "fps_low"), 0); // A third of the draws.
}

/// What is said of twice as much of a resource is what such a device gives, as far as the same
/// tiles are the best there.
TEST_F(Replan, TwiceAsMuchIsADeviceWithTwiceAsMuch) {
  writeModel();
  succeed("profile model.onnx --json p.json");
  const JsonReader json(read("p.json"));
  const std::pair<const char *, const char *> doubled[] = {
      {"dsp", "--set dsp.flops_per_cycle=32"},
      {"edp", "--set edp.bytes_per_cycle=64"},
      {"dram", "--set dram_gbps=51.2 --set dram.bytes_per_cycle=32"}};
  for (const auto &[resource, settings] : doubled) {
    succeed(std::string("profile model.onnx --json q.json ") + settings);
    const double expected = number("q.json", "fps");
    EXPECT_NEAR(json.number(std::string("fps_with_twice.") + resource), expected, 0.1 * expected)
        << resource;
  }
}

} // namespace
} // namespace bstc::test

#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

#include <regex>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ProfileTest : public ToolTest {
protected:
  JsonReader json(const std::string &name) const { return JsonReader(read(name)); }
};

TEST_F(ProfileTest, JsonHoldsTheWholeReport) {
  writeModel();
  succeed("profile model.onnx --json p.json");
  const JsonReader root = json("p.json");
  EXPECT_EQ(root.number("schema"), 4);
  EXPECT_EQ(root.text("target"), "bst-a1000b0");
  double total = 0, macs = 0, share = 0;
  int convolutions = 0;
  for (size_t i = 0; i < root.size("commands"); ++i) {
    const std::string row = "commands." + std::to_string(i) + ".";
    total += root.number(row + "time_ms");
    macs += root.number(row + "macs");
    convolutions += root.text(row + "op") == "conv";
    EXPECT_LE(root.number(row + "time_ms"),
              root.number(row + "end_ms") - root.number(row + "start_ms") + 1e-9);
    share += root.number(row + "share");
  }
  // YOLOv5n: 60 convolutions; 4.5 GFLOPs at 640 pixels are 2 operations per MAC, a hundredth at 64.
  EXPECT_EQ(convolutions, 60);
  EXPECT_EQ(root.number("macs"), macs);
  EXPECT_NEAR(macs, 4.5e9 / 2 / 100, 0.05e9 / 100);
  EXPECT_NEAR(root.number("latency_ms"), total, 1e-9);
  EXPECT_NEAR(share, 1, 1e-9);
  const double period = 1e3 / root.number("fps");
  double parts = 0;
  for (const char *part : {"minimum", "excess", "starts", "waits", "idle"})
    parts += root.number(std::string("frame_time.") + part + "_ms");
  EXPECT_NEAR(parts, period, 1e-9 * period);
  for (const char *engine : {"maca", "edp", "dsp"}) {
    const std::string name = std::string("engines.") + engine + ".";
    EXPECT_LE(root.number(name + "busy_ms"), period * (1 + 1e-9)) << engine;
    EXPECT_NEAR(root.number(name + "busy_ms") + root.number(name + "idle_ms"), period,
                1e-9 * period);
    double waits = 0;
    for (const char *cause : {"maca", "edp", "dsp", "load_data", "load_weights", "store", "other"})
      waits += root.number(name + "waits_for." + cause + "_ms");
    EXPECT_NEAR(waits, root.number(name + "idle_ms"), 1e-9 * period) << engine;
    EXPECT_LE(root.number(std::string("roofline.") + engine + "_ms"),
              root.number(name + "compute_ms") * 1.001)
        << engine;
  }
  EXPECT_LE(root.number("roofline.share"), 1);
  EXPECT_LT(root.number("fps_low"), root.number("fps_high"));
  EXPECT_EQ(root.size("fps_draws"), 100u);
  EXPECT_GT(root.size("rests_on"), 0u);
  EXPECT_EQ(root.size("target_fields"), 42u);
}

/// Halos are apart from what the network asks for: with memories in which a network only fits band
/// by band the device computes more, the network asks for as much.
TEST_F(ProfileTest, HalosAreNotTheNetworksWork) {
  succeed("zoo yolov5n --size 320 -o m.onnx");
  succeed("profile m.onnx --json large.json --set data_memory_bytes=16777216");
  succeed("profile m.onnx --json small.json --set data_memory_bytes=131072");
  const JsonReader large = json("large.json"), small = json("small.json");
  double asked = 0, again = 0;
  for (size_t i = 0; i < small.size("commands"); ++i) {
    const std::string row = "commands." + std::to_string(i) + ".";
    EXPECT_EQ(small.number(row + "macs"), large.number(row + "macs"));
    asked += small.number(row + "macs");
    again += small.number(row + "recomputed_macs");
  }
  EXPECT_EQ(asked, small.number("macs"));
  EXPECT_EQ(again, small.number("recomputed_macs"));
  EXPECT_EQ(large.number("macs"), small.number("macs"));
  EXPECT_NEAR(asked, 4.5e9 / 2 / 4, 0.05e9 / 4); // 4.5 GFLOPs at 640 pixels.
  EXPECT_GT(again, 0);
  EXPECT_GT(small.number("engines.maca.halos_ms"), 0);
  EXPECT_LE(small.number("frame_time.halos_ms"), small.number("frame_time.excess_ms") + 1e-12);
}

TEST_F(ProfileTest, AFileMayGoToStdout) {
  writeModel();
  const std::set<std::string> before = files();
  const std::string out = succeed("profile model.onnx --json -");
  EXPECT_EQ(files(), before);
  succeed("profile model.onnx --json p.json");
  EXPECT_EQ(out, read("p.json"));
  EXPECT_EQ(bstc("profile model.onnx --json - --csv -").code, 2);
  EXPECT_THAT(bstc("profile model.onnx --html=").err, HasSubstr("'--html' needs a value: FILE"));
}

/// YOLOv5n has 7 bottlenecks with a residual sum.
TEST_F(ProfileTest, SaysWhatFusedSumsAreWorth) {
  writeModel();
  const std::string out = succeed("profile model.onnx --json p.json");
  EXPECT_THAT(out, HasSubstr("residual adds: 7 ride on MACA's convolutions"));
  succeed("profile model.onnx --json apart.json --set fused_add=0");
  EXPECT_EQ(json("p.json").number("fused_adds.count"), 7);
  EXPECT_NEAR(json("p.json").number("fused_adds.fps_apart"), json("apart.json").number("fps"),
              1e-2 * json("apart.json").number("fps"));
  EXPECT_EQ(json("apart.json").number("fused_adds.count"), 0);
}

TEST_F(ProfileTest, SortsAndCutsTheTable) {
  writePackage();
  const auto firstRows = [&](const std::string &options) {
    llvm::SmallVector<llvm::StringRef, 256> lines;
    const std::string report = succeed("profile model.bst " + options);
    llvm::StringRef(report).split(lines, '\n');
    return std::pair(lines[4].str(), lines[5].str());
  };
  // The whole image is quantised first: 4 operations for each of its 12,288 values are more than
  // the 97 for each of the decode's 252 rows.
  EXPECT_THAT(firstRows("--top 1").first, HasSubstr("quantize"));
  EXPECT_EQ(firstRows("--top 1").second, "");
  EXPECT_THAT(firstRows("--sort elements --top 2").first, HasSubstr("quantize"));
  EXPECT_THAT(firstRows("--sort op").first, HasSubstr("add"));
  const Outcome outcome = bstc("profile model.bst --sort speed");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, testing::AllOf(HasSubstr("'speed'"), HasSubstr("time_ms")));
}

TEST_F(ProfileTest, FramesFillThePipeline) {
  writePackage();
  succeed("profile model.bst --frames 5 --json p.json");
  const JsonReader root = json("p.json");
  ASSERT_EQ(root.size("frames"), 5u);
  EXPECT_NEAR(root.number("frames.0.end_ms"), root.number("latency_ms"), 0.1);
  for (int i = 1; i < 5; ++i) {
    const std::string now = "frames." + std::to_string(i),
                      before = "frames." + std::to_string(i - 1);
    EXPECT_GT(root.number(now + ".end_ms"), root.number(before + ".end_ms"));
    EXPECT_LT(root.number(now + ".start_ms"), root.number(before + ".end_ms"));
  }
  EXPECT_EQ(bstc("profile model.bst --frames 0").code, 2);
}

TEST_F(ProfileTest, SettingsChangeTheDevice) {
  writePackage();
  succeed("profile model.onnx --set dram_gbps=0.5 --json onnx.json");
  succeed("profile model.bst --set dram.gigabytes_per_second=0.5 --json bst.json");
  succeed("profile model.bst --json usual.json");
  EXPECT_EQ(json("onnx.json").number("fps"), json("bst.json").number("fps"));
  EXPECT_LT(json("bst.json").number("fps"), json("usual.json").number("fps"));
  EXPECT_EQ(json("bst.json").text("target"), "bst-a1000b0,dram.gigabytes_per_second=0.5");
}

TEST_F(ProfileTest, APackageRemembersTheSettingsItWasCompiledWith) {
  writeModel();
  succeed("compile model.onnx -o slow.bst --set dram_gbps=0.5 --no-fidelity");
  // Without what only an ONNX file can be: the other form, and what would make it faster.
  succeed("profile slow.bst --quick --json slow.json");
  succeed("profile model.onnx --quick --set dram_gbps=0.5 --json onnx.json");
  EXPECT_EQ(read("slow.json"), read("onnx.json"));
}

TEST_F(ProfileTest, BadSettingsAreRefused) {
  writePackage();
  for (const std::string model : {"model.onnx", "model.bst"}) {
    const Outcome outcome = bstc("profile " + model + " --set dram_speed=1");
    expectOneLineError(outcome);
    EXPECT_THAT(outcome.err, HasSubstr("no field is named 'dram_speed'"));
  }
}

TEST_F(ProfileTest, AFloatModelAsIfInt8) {
  writeModel("--quant float");
  const std::string plain = succeed("profile model.onnx --json float.json");
  const std::string assumed = succeed("profile model.onnx --assume-int8 --json int8.json");
  EXPECT_THAT(plain, HasSubstr("warning: nothing is quantised"));
  EXPECT_THAT(assumed, HasSubstr("note: as if int8: the model is float"));
  EXPECT_EQ(json("float.json").number("engines.maca.busy_ms"), 0);
  EXPECT_GT(json("int8.json").number("engines.maca.busy_ms"), 0);
  // The same convolutions; the placeholder scales change no shape.
  EXPECT_EQ(json("int8.json").number("macs"), json("float.json").number("macs"));
  // Files say what they are of.
  EXPECT_TRUE(json("int8.json").truth("assume_int8"));
  EXPECT_FALSE(json("float.json").truth("assume_int8"));
  succeed("profile model.onnx --assume-int8 --size 128 --csv int8.csv --json 128.json");
  llvm::SmallVector<llvm::StringRef, 256> lines;
  const std::string csv = read("int8.csv");
  llvm::StringRef(csv).rtrim().split(lines, '\n');
  EXPECT_TRUE(lines.front().endswith(",assume_int8,what_if,network_bound,network_bound_gain"));
  EXPECT_TRUE(lines.back().contains(",1,size-128," + json("128.json").text("bound") + ","))
      << lines.back().str();

  EXPECT_THAT(succeed("compile model.onnx --assume-int8 --explain"),
              HasSubstr("int8 conv, fused relu"));
  EXPECT_EQ(files().count("model.bst"), 0u);
}

/// A name as the manual writes it.
std::string inBackticks(llvm::StringRef name) { return ("`" + name + "`").str(); }

TEST_F(ProfileTest, EveryFieldIsDocumented) {
  writeModel();
  succeed("profile model.onnx --json p.json --csv p.csv");
  auto file = llvm::MemoryBuffer::getFile("../docs/profile.md");
  ASSERT_TRUE(bool(file));
  const llvm::StringRef manual = (*file)->getBuffer();
  const std::string json = read("p.json"), csv = read("p.csv");
  const std::regex name("\"([a-z_]+)\": ");
  for (std::sregex_iterator it(json.begin(), json.end(), name), end; it != end; ++it)
    EXPECT_TRUE(manual.contains(inBackticks((*it)[1].str()))) << (*it)[1];
  llvm::SmallVector<llvm::StringRef, 32> columns;
  llvm::StringRef(csv).take_until([](char c) { return c == '\n'; }).split(columns, ',');
  for (llvm::StringRef column : columns)
    EXPECT_TRUE(manual.contains(inBackticks(column))) << column.str();
}

TEST_F(ProfileTest, CsvHasARowACommand) {
  writeModel();
  succeed("profile model.onnx --json p.json --csv p.csv");
  llvm::SmallVector<llvm::StringRef, 256> lines;
  const std::string csv = read("p.csv");
  llvm::StringRef(csv).rtrim().split(lines, '\n');
  EXPECT_EQ(lines.size(), json("p.json").size("commands") + 1);
  for (llvm::StringRef line : lines)
    EXPECT_EQ(line.count(','), lines.front().count(',')) << line.str();
}

TEST_F(ProfileTest, ModelAndPackageAreTheSameProgram) {
  writePackage();
  // Its deployment form and advice are only of a file that can be compiled anew.
  succeed("profile model.onnx --quick --json a.json");
  succeed("profile model.bst --quick --json b.json");
  EXPECT_EQ(read("a.json"), read("b.json"));
}

TEST_F(ProfileTest, SiluCostsEdpPassesThatReluDoesNot) {
  writeModel("--activation relu");
  const std::string relu = succeed("profile model.onnx --json relu.json");
  writeModel("--activation silu");
  const std::string silu = succeed("profile model.onnx --json silu.json");
  EXPECT_THAT(relu, HasSubstr("EDP activation passes: none"));
  EXPECT_THAT(silu, HasSubstr("EDP activation passes: 57 x silu, "));
  const JsonReader a = json("relu.json"), b = json("silu.json");
  EXPECT_EQ(b.number("engines.edp.commands") - a.number("engines.edp.commands"), 57);
  EXPECT_GT(b.number("engines.edp.busy_ms"), a.number("engines.edp.busy_ms"));
  EXPECT_EQ(a.number("macs"), b.number("macs"));
}

TEST_F(ProfileTest, SaysWhatItsFpsRestsOn) {
  writeModel();
  const std::string report = succeed("profile model.onnx");
  for (const char *part : {" FPS, bound by ", "share of peak", "predictions", "assumed fields",
                           "maca.clock_mhz", "dram.gigabytes_per_second", "dsp.flops_per_cycle"})
    EXPECT_THAT(report, HasSubstr(part));
}

TEST_F(ProfileTest, TheBandIsThatOfTheDraws) {
  for (const std::string model : {"yolov5n --activation relu", "yolov5s --activation silu"}) {
    succeed("zoo " + model + " --size 64 -o m.onnx");
    for (const std::string target : {"bst-a1000b0", "dpu-b4096", "rk3588-1core"}) {
      SCOPED_TRACE(model + " " + target);
      succeed("profile m.onnx --json p.json --target " + target);
      const JsonReader root = json("p.json");
      std::vector<double> draws;
      for (size_t i = 0; i < root.size("fps_draws"); ++i)
        draws.push_back(root.number("fps_draws." + std::to_string(i)));
      ASSERT_EQ(draws.size(), 100u);
      std::sort(draws.begin(), draws.end());
      EXPECT_NEAR(root.number("fps_low"), draws[9] + 0.9 * (draws[10] - draws[9]), 1e-9);
      EXPECT_NEAR(root.number("fps_high"), draws[89] + 0.1 * (draws[90] - draws[89]), 1e-9);
      EXPECT_GT(root.size("rests_on"), 0u);
    }
  }
}

/// Changes that gain, the greatest first, and as much as the profile of the changed network says.
TEST_F(ProfileTest, AdviceIsWhatTheChangeGains) {
  // DSP fast enough not to hide what the others do.
  const std::string fast = " --set dsp.flops_per_cycle=100000 --set dsp.cores=8";
  for (const std::string network : {"yolov5n", "yolov5s"})
    for (const std::string activation : {"relu", "silu"}) {
      SCOPED_TRACE(network + " " + activation);
      succeed("zoo " + network + " --size 320 --activation " + activation + " -o m.onnx");
      succeed("profile m.onnx --json p.json" + fast);
      const JsonReader root = json("p.json");
      ASSERT_GT(root.size("advice"), 0u);
      ASSERT_LE(root.size("advice"), 3u);
      double before = 1e9;
      std::set<std::string> changes;
      for (size_t i = 0; i < root.size("advice"); ++i) {
        const std::string at = "advice." + std::to_string(i) + ".";
        EXPECT_GE(root.number(at + "gain"), 0.01);
        EXPECT_LE(root.number(at + "gain"), before);
        before = root.number(at + "gain");
        changes.insert(root.text(at + "change"));
      }
      // ReLU is no advice for those who have it, and pays for those who have not; a smaller picture
      // pays always.
      EXPECT_EQ(changes.count("relu"), activation == "silu");
      EXPECT_EQ(changes.count("size"), 1u);
    }
}

TEST_F(ProfileTest, AdviceAndBandCanBeLeftOut) {
  writeModel();
  const std::string all = succeed("profile model.onnx --json all.json");
  const std::string some = succeed("profile model.onnx --no-advice --json some.json");
  const std::string quick = succeed("profile model.onnx --quick --json quick.json");
  EXPECT_THAT(all, HasSubstr("\nadvice "));
  EXPECT_THAT(some, testing::AllOf(HasSubstr("in 8 of 10 draws"), Not(HasSubstr("\nadvice "))));
  EXPECT_THAT(quick, Not(testing::AnyOf(HasSubstr("draws"), HasSubstr("\nadvice "))));
  EXPECT_THAT(quick, HasSubstr("\nbound "));
  for (const char *file : {"all.json", "some.json"})
    EXPECT_EQ(json(file).number("fps"), json("quick.json").number("fps"));
  EXPECT_EQ(read("quick.json").find("fps_low"), std::string::npos);
  // A quick profile says nothing of how certain a difference is.
  EXPECT_THAT(succeed("profile --compare quick.json model.onnx"), Not(HasSubstr("draws")));
}

/// The bound of a network does not depend on how far it is from it.
TEST_F(ProfileTest, TheBoundIsThatOfTheDeployedForm) {
  succeed("zoo yolov5n -o decoded.onnx");
  succeed("zoo yolov5n --raw-heads -o raw.onnx");
  for (const char *name : {"decoded", "raw"})
    succeed(std::string("profile ") + name + ".onnx --quick --json " + name + ".json");
  const JsonReader decoded = json("decoded.json"), raw = json("raw.json");
  for (const char *engine : {"maca_ms", "edp_ms"})
    EXPECT_EQ(decoded.number(std::string("lower_bound.") + engine),
              raw.number(std::string("lower_bound.") + engine));
  EXPECT_EQ(decoded.text("lower_bound.bound"), "maca");
  EXPECT_NEAR(decoded.number("lower_bound.fps"), 3801, 0.02 * 3801);
}

TEST_F(ProfileTest, TakesADescriptionOfTheUsersOwn) {
  writeModel();
  std::string description;
  {
    auto file = llvm::MemoryBuffer::getFile("../targets/bst-a1000b0.json");
    ASSERT_TRUE(bool(file));
    description = (*file)->getBuffer().str();
  }
  const auto edit = [&](const std::string &from, const std::string &to) {
    ASSERT_NE(description.find(from), std::string::npos) << from;
    description.replace(description.find(from), from.size(), to);
  };
  edit("\"value\": 25.6", "\"value\": 1");
  edit("\"low\": 12.8", "\"low\": 1");
  edit("\"name\": \"bst-a1000b0\"", "\"name\": \"slow\"");
  write("slow.json", description);
  succeed("profile model.onnx --json a.json");
  EXPECT_THAT(succeed("profile model.onnx --target slow.json --json b.json"),
              HasSubstr("bound by DRAM"));
  EXPECT_LT(json("b.json").number("fps"), json("a.json").number("fps"));
  EXPECT_EQ(json("b.json").text("target"), "slow");
  // A package for it: profile needs the description again, and says so.
  succeed("compile model.onnx --target slow.json --no-fidelity");
  EXPECT_EQ(bstc("profile model.bst --target slow.json").code, 0);
  const Outcome outcome = bstc("profile model.bst");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, testing::AllOf(HasSubstr("'slow'"), HasSubstr("--target")));
}

} // namespace
} // namespace bstc::test

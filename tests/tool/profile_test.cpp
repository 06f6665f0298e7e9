#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

#include <regex>

namespace bstc::test {
namespace {

using testing::HasSubstr;

class ProfileTest : public ToolTest {
protected:
  JsonReader json(const std::string &name) const { return JsonReader(read(name)); }
};

TEST_F(ProfileTest, JsonHoldsTheWholeReport) {
  writeModel();
  succeed("profile model.onnx --json p.json");
  const JsonReader root = json("p.json");
  EXPECT_EQ(root.number("schema"), 1);
  EXPECT_EQ(root.text("target"), "bst-a1000b0");
  double total = 0, macs = 0;
  int convolutions = 0;
  for (size_t i = 0; i < root.size("commands"); ++i) {
    const std::string row = "commands." + std::to_string(i) + ".";
    total += root.number(row + "time_ms");
    macs += root.number(row + "macs");
    convolutions += root.text(row + "op") == "conv";
    EXPECT_GE(root.number(row + "time_ms"),
              std::max(root.number(row + "compute_ms"), root.number(row + "dram_ms")));
  }
  // YOLOv5n: 60 convolutions; 4.5 GFLOPs at 640 pixels are 2 operations a MAC, a hundredth at 64.
  EXPECT_EQ(convolutions, 60);
  EXPECT_EQ(root.number("macs"), macs);
  EXPECT_NEAR(macs, 4.5e9 / 2 / 100, 0.05e9 / 100);
  EXPECT_NEAR(root.number("latency_ms"), total, 1e-9);
  double busiest = root.number("dram_ms"), busy = 0;
  for (const char *engine : {"maca", "edp", "dsp"}) {
    const double time = root.number(std::string("engines.") + engine + ".busy_ms");
    busiest = std::max(busiest, time);
    busy += time;
  }
  EXPECT_NEAR(root.number("fps"), 1e3 / busiest, 1e-6);
  EXPECT_NEAR(busy, total, 1e-9);
  EXPECT_EQ(root.size("target_fields"), 20u);
}

TEST_F(ProfileTest, AFloatModelAsIfInt8) {
  writeModel("--quant float");
  const std::string plain = succeed("profile model.onnx --json float.json");
  const std::string assumed = succeed("profile model.onnx --assume-int8 --json int8.json");
  EXPECT_THAT(plain, HasSubstr("note: nothing is quantised"));
  EXPECT_THAT(assumed, HasSubstr("note: as if int8: the model is float"));
  EXPECT_EQ(json("float.json").number("engines.maca.busy_ms"), 0);
  EXPECT_GT(json("int8.json").number("engines.maca.busy_ms"), 0);
  // The same convolutions; the placeholder scales change no shape.
  EXPECT_EQ(json("int8.json").number("macs"), json("float.json").number("macs"));

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
  succeed("profile model.onnx --json a.json");
  succeed("profile model.bst --json b.json");
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
  EXPECT_GT(b.number("dram_read_bytes"), a.number("dram_read_bytes"));
}

TEST_F(ProfileTest, SaysWhatItsFpsRestsOn) {
  writeModel();
  const std::string report = succeed("profile model.onnx");
  for (const char *part : {" FPS, bound by ", "share of peak", "predictions", "assumed fields",
                           "maca.clock_mhz", "dram.gigabytes_per_second", "dsp.flops_per_cycle"})
    EXPECT_THAT(report, HasSubstr(part));
}

TEST_F(ProfileTest, TakesADescriptionOfTheUsersOwn) {
  writeModel();
  std::string description;
  {
    auto file = llvm::MemoryBuffer::getFile("../targets/bst-a1000b0.json");
    ASSERT_TRUE(bool(file));
    description = (*file)->getBuffer().str();
  }
  const std::string from = "\"value\": 25.6", name = "\"name\": \"bst-a1000b0\"";
  description.replace(description.find(from), from.size(), "\"value\": 1");
  description.replace(description.find(name), name.size(), "\"name\": \"slow\"");
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

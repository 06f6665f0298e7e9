#include "tests/tool/tool.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

namespace bstc::test {
namespace {

using testing::HasSubstr;

class ProfileTest : public ToolTest {
protected:
  llvm::json::Object json(const std::string &name) {
    llvm::Expected<llvm::json::Value> value = llvm::json::parse(read(name));
    EXPECT_TRUE(bool(value)) << llvm::toString(value.takeError());
    return value ? std::move(*value->getAsObject()) : llvm::json::Object();
  }
};

TEST_F(ProfileTest, JsonHoldsTheWholeReport) {
  writeModel();
  succeed("profile model.onnx --json p.json");
  const llvm::json::Object root = json("p.json");
  EXPECT_EQ(*root.getInteger("schema"), 1);
  EXPECT_EQ(root.getString("target"), llvm::StringRef("bst-a1000b0"));
  double total = 0;
  int64_t macs = 0, convolutions = 0;
  for (const llvm::json::Value &command : *root.getArray("commands")) {
    const llvm::json::Object &row = *command.getAsObject();
    total += *row.getNumber("time_ms");
    macs += *row.getInteger("macs");
    convolutions += row.getString("op") == llvm::StringRef("conv");
    EXPECT_GE(*row.getNumber("time_ms"),
              std::max(*row.getNumber("compute_ms"), *row.getNumber("dram_ms")));
  }
  // YOLOv5n: 60 convolutions; 4.5 GFLOPs at 640 pixels are 2 operations a MAC, a hundredth at 64.
  EXPECT_EQ(convolutions, 60);
  EXPECT_EQ(*root.getInteger("macs"), macs);
  EXPECT_NEAR(double(macs), 4.5e9 / 2 / 100, 0.05e9 / 100);
  EXPECT_NEAR(*root.getNumber("latency_ms"), total, 1e-9);
  double busiest = *root.getNumber("dram_ms"), busy = 0;
  for (const auto &engine : *root.getObject("engines")) {
    busiest = std::max(busiest, *engine.second.getAsObject()->getNumber("busy_ms"));
    busy += *engine.second.getAsObject()->getNumber("busy_ms");
  }
  EXPECT_NEAR(*root.getNumber("fps"), 1e3 / busiest, 1e-6);
  EXPECT_NEAR(busy, total, 1e-9);
  EXPECT_EQ(root.getArray("target_fields")->size(), 20u);
}

TEST_F(ProfileTest, CsvHasARowACommand) {
  writeModel();
  succeed("profile model.onnx --json p.json --csv p.csv");
  llvm::SmallVector<llvm::StringRef, 256> lines;
  const std::string csv = read("p.csv");
  llvm::StringRef(csv).rtrim().split(lines, '\n');
  EXPECT_EQ(lines.size(), json("p.json").getArray("commands")->size() + 1);
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
  const llvm::json::Object a = json("relu.json"), b = json("silu.json");
  const auto edp = [](const llvm::json::Object &root) {
    return *root.getObject("engines")->getObject("edp");
  };
  EXPECT_EQ(*edp(b).getInteger("commands") - *edp(a).getInteger("commands"), 57);
  EXPECT_GT(*edp(b).getNumber("busy_ms"), *edp(a).getNumber("busy_ms"));
  EXPECT_EQ(*a.getInteger("macs"), *b.getInteger("macs"));
  EXPECT_GT(*b.getInteger("dram_read_bytes"), *a.getInteger("dram_read_bytes"));
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
  EXPECT_LT(*json("b.json").getNumber("fps"), *json("a.json").getNumber("fps"));
  EXPECT_EQ(json("b.json").getString("target"), llvm::StringRef("slow"));
  // A package for it: profile needs the description again, and says so.
  succeed("compile model.onnx --target slow.json --no-fidelity");
  EXPECT_EQ(bstc("profile model.bst --target slow.json").code, 0);
  const Outcome outcome = bstc("profile model.bst");
  expectOneLineError(outcome);
  EXPECT_THAT(outcome.err, testing::AllOf(HasSubstr("'slow'"), HasSubstr("--target")));
}

} // namespace
} // namespace bstc::test

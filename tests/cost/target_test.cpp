#include "backends/target.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace bstc {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The description of the A1000B0 as text; tests run in tests/.
std::string description() {
  auto file = llvm::MemoryBuffer::getFile("../targets/bst-a1000b0.json");
  EXPECT_TRUE(bool(file));
  return file ? (*file)->getBuffer().str() : "";
}

/// The description with the first `from` replaced.
std::string edited(const std::string &from, const std::string &to) {
  std::string text = description();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string errorOf(const std::string &text) {
  llvm::Expected<Target> target = parseTarget(text, "my.json");
  if (target)
    return "";
  return llvm::toString(target.takeError());
}

TEST(Target, BuiltinNeedsNoFile) {
  EXPECT_EQ(builtinTargets(),
            (std::vector<std::string>{"bst-a1000b0", "dpu-b4096", "rk3588-1core"}));
  llvm::Expected<Target> target = loadTarget("bst-a1000b0");
  ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
  EXPECT_EQ(target->name, "bst-a1000b0");
  EXPECT_EQ(target->maca.macsPerCycle, 16384);
  EXPECT_EQ(target->maca.pixelQuantum, 32);
  EXPECT_EQ(target->maca.dataMemoryBytes, 2 << 20);
  EXPECT_EQ(target->dram.bytesPerCycle, 16);
}

TEST(Target, EveryNumberKeepsItsOrigin) {
  const Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  EXPECT_EQ(target.fields.size(), 42u);
  for (const TargetField &field : target.fields) {
    EXPECT_FALSE(field.source.empty()) << field.key;
    EXPECT_FALSE(field.unit.empty()) << field.key;
    if (field.key == "maca.clock_mhz") {
      EXPECT_EQ(field.origin, Origin::Assumed);
      EXPECT_EQ(field.value, target.maca.clockMHz);
      EXPECT_EQ(field.unit, "MHz");
    }
    // No clock of the device has been published.
    if (llvm::StringRef(field.key).endswith("clock_mhz")) {
      EXPECT_EQ(field.origin, Origin::Assumed) << field.key;
    }
    if (field.key == "maca.data_memory_bytes") {
      EXPECT_EQ(field.origin, Origin::Stated);
    }
    if (field.key == "maca.stride_factor") {
      EXPECT_EQ(field.origin, Origin::Derived);
    }
  }
}

TEST(Target, LoadsAFile) {
  const std::string path = testing::TempDir() + "bstc_target_test.json";
  std::ofstream(path) << edited("\"value\": 25.6", "\"value\": 12.8");
  llvm::Expected<Target> target = loadTarget(path);
  ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
  EXPECT_EQ(target->dram.gigabytesPerSecond, 12.8);
  llvm::sys::fs::remove(path);
}

TEST(Target, AssumedFieldsMayHaveARange) {
  const Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  for (const TargetField &field : target.fields) {
    EXPECT_LE(field.low, field.value) << field.key;
    EXPECT_GE(field.high, field.value) << field.key;
    if (field.key == "maca.clock_mhz") {
      EXPECT_TRUE(field.uncertain());
      EXPECT_EQ(field.low, 600);
      EXPECT_EQ(field.high, 1200);
    }
    if (field.key == "maca.pixel_quantum") {
      EXPECT_FALSE(field.uncertain());
    }
  }
}

TEST(Target, FlagsAreRead) {
  EXPECT_TRUE(llvm::cantFail(loadTarget("bst-a1000b0")).maca.fusedAdd);
  EXPECT_FALSE(llvm::cantFail(loadTarget("dpu-b4096")).maca.fusedAdd);
  EXPECT_TRUE(llvm::cantFail(loadTarget("dpu-b4096")).dsp.host);
}

// A site where anybody may answer is no statement of the vendor.
TEST(Target, NothingStatedComesFromAQuestionAndAnswerSite) {
  for (const std::string &name : builtinTargets())
    for (const TargetField &field : llvm::cantFail(loadTarget(name)).fields)
      if (field.origin == Origin::Stated) {
        EXPECT_EQ(field.source.find("csdn"), std::string::npos) << name << ' ' << field.key;
      }
}

const TargetField &fieldOf(const Target &target, const std::string &key) {
  for (const TargetField &field : target.fields)
    if (field.key == key)
      return field;
  ADD_FAILURE() << key;
  return target.fields.front();
}

TEST(TargetSettings, OverrideFieldsByFullShortAndBareNames) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  ASSERT_FALSE(applySettings(
      target, {"dram_gbps=12.8", "maca.clock_mhz=1000", "macs_per_cycle=8192", "fused_add=0"}));
  EXPECT_EQ(target.dram.gigabytesPerSecond, 12.8);
  EXPECT_EQ(target.maca.clockMHz, 1000);
  EXPECT_EQ(target.maca.macsPerCycle, 8192);
  EXPECT_FALSE(target.maca.fusedAdd);
  const TargetField &field = fieldOf(target, "dram.gigabytes_per_second");
  EXPECT_EQ(field.value, 12.8);
  EXPECT_EQ(field.origin, Origin::Set);
  EXPECT_FALSE(field.uncertain());
}

TEST(TargetSettings, StayWithTheName) {
  Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
  ASSERT_FALSE(applySettings(target, {"dram_gbps=12.8", "dma.channels=2"}));
  EXPECT_EQ(target.name, "bst-a1000b0,dram.gigabytes_per_second=12.8,dma.channels=2");
  const Target again = llvm::cantFail(loadTarget(target.name));
  EXPECT_EQ(again.name, target.name);
  EXPECT_EQ(again.dram.gigabytesPerSecond, 12.8);
  EXPECT_EQ(again.dma.channels, 2);
}

TEST(Target, NumbersAreComparedNotNames) {
  const Target a = llvm::cantFail(loadTarget("bst-a1000b0"));
  Target b = llvm::cantFail(parseTarget(edited("\"bst-a1000b0\"", "\"mine\""), "my.json"));
  EXPECT_TRUE(sameNumbers(a, b));
  ASSERT_FALSE(applySettings(b, {"dram_gbps=25.6"}));
  EXPECT_TRUE(sameNumbers(a, b));
  ASSERT_FALSE(applySettings(b, {"host.frame_milliseconds=0.001"}));
  EXPECT_FALSE(sameNumbers(a, b));
}

TEST(Target, SaysWhatAFieldDecides) {
  std::vector<std::string> tiles, commands;
  for (const TargetField &field : llvm::cantFail(loadTarget("bst-a1000b0")).fields)
    if (field.decides != Decides::Times)
      (field.decides == Decides::Tiles ? tiles : commands).push_back(field.key);
  EXPECT_EQ(tiles, (std::vector<std::string>{"maca.out_channel_quantum", "maca.data_memory_bytes",
                                             "maca.weight_memory_bytes", "maca.fused_add",
                                             "device.layer_by_layer", "device.keeps_maps"}));
  EXPECT_EQ(commands, (std::vector<std::string>{"edp.present", "dsp.host"}));
}

TEST(Target, ABuiltinNameIsNoFile) {
  EXPECT_EQ(llvm::cantFail(loadBuiltinTarget("dpu-b4096,dsp.cores=2")).dsp.cores, 2);
  llvm::Expected<Target> file = loadBuiltinTarget("../targets/bst-a1000b0.json");
  ASSERT_FALSE(bool(file));
  EXPECT_THAT(llvm::toString(file.takeError()), HasSubstr("unknown target"));
}

TEST(TargetSettings, BadOnesAreRefused) {
  const auto errorOf = [](const std::string &setting) {
    Target target = llvm::cantFail(loadTarget("bst-a1000b0"));
    return llvm::toString(applySettings(target, {setting}));
  };
  EXPECT_THAT(errorOf("dram_gbps"), AllOf(HasSubstr("'dram_gbps'"), HasSubstr("FIELD=NUMBER")));
  EXPECT_THAT(errorOf("dram_gbps=fast"), HasSubstr("FIELD=NUMBER"));
  EXPECT_THAT(errorOf("dram_gbps=0"), HasSubstr("'dram.gigabytes_per_second'"));
  EXPECT_THAT(errorOf("dram_speed=1"), HasSubstr("no field is named 'dram_speed'"));
  EXPECT_THAT(errorOf("clock_mhz=1"),
              AllOf(HasSubstr("ambiguous"), HasSubstr("maca.clock_mhz, edp.clock_mhz")));
  EXPECT_THAT(errorOf("dma.channels=1.5"), HasSubstr("whole number"));
}

TEST(Target, UnknownNameListsTheKnownOnes) {
  llvm::Expected<Target> target = loadTarget("bst-a2000");
  ASSERT_FALSE(bool(target));
  EXPECT_THAT(llvm::toString(target.takeError()),
              AllOf(HasSubstr("'bst-a2000'"), HasSubstr("bst-a1000b0")));
}

TEST(Target, MissingFileIsNamed) {
  llvm::Expected<Target> target = loadTarget("/nowhere/t.json");
  ASSERT_FALSE(bool(target));
  EXPECT_THAT(llvm::toString(target.takeError()),
              AllOf(HasSubstr("/nowhere/t.json"), HasSubstr("No such file")));
}

TEST(Target, MalformedJsonNamesTheLine) {
  EXPECT_THAT(errorOf(edited("\"maca\":", "\"maca\"")),
              AllOf(HasSubstr("my.json"), HasSubstr("4:")));
  EXPECT_THAT(errorOf(""), HasSubstr("malformed JSON"));
  EXPECT_THAT(errorOf("[1]"), HasSubstr("must be a JSON object"));
}

struct BadField {
  const char *from, *to;
  std::vector<const char *> message;
};

/// For the names of the tests: the parameter as memory would change with every build.
void PrintTo(const BadField &field, std::ostream *stream) {
  *stream << field.from << " -> " << field.to;
}

class BadDescription : public testing::TestWithParam<BadField> {};

TEST_P(BadDescription, IsRefusedWithTheFieldsName) {
  const std::string error = errorOf(edited(GetParam().from, GetParam().to));
  EXPECT_THAT(error, HasSubstr("my.json"));
  for (const char *part : GetParam().message)
    EXPECT_THAT(error, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadDescription,
    testing::Values(
        BadField{"\"name\": \"bst-a1000b0\",", "", {"missing 'name'"}},
        BadField{"\"pixel_quantum\"", "\"pixel_quanta\"", {"unknown field 'maca.pixel_quanta'"}},
        BadField{"\"dram\":", "\"ddr\":", {"unknown section 'ddr'"}},
        BadField{"\"dram\":", "\"edp\": {}, \"dram\":", {"'edp' is there twice"}},
        BadField{"\"low\": 600,", "\"low\": 600, \"low\": 500,", {"'low' is there twice"}},
        BadField{"\"bst-a1000b0\"", "\"a,dram=1\"", {"'name' may have"}},
        BadField{"\"value\": 1, \"unit\": \"flag\"",
                 "\"value\": 2, \"unit\": \"flag\"",
                 {"maca.fused_add", "2 is outside 0 to 1"}},
        BadField{"\"value\": 1, \"unit\": \"flag\"",
                 "\"value\": 0.5, \"unit\": \"flag\"",
                 {"maca.fused_add", "0.5", "whole"}},
        BadField{"\"low\": 600,", "", {"maca.clock_mhz", "'low' and 'high' must both be"}},
        BadField{"\"low\": 600,", "\"low\": 801,", {"maca.clock_mhz", "must lie in"}},
        BadField{"\"low\": 600,", "\"low\": 0,", {"maca.clock_mhz", "must lie in"}},
        BadField{"\"origin\": \"derived\"", "\"origin\": \"set\"", {"'set'", "expected stated"}},
        BadField{"\"present\": {\n      \"value\": 1,",
                 "\"present\": {\n      \"value\": 1, \"low\": 0, \"high\": 1,",
                 {"edp.present", "takes no 'low' and 'high'"}},
        BadField{"\"value\": 16384,",
                 "\"value\": \"16384\",",
                 {"maca.macs_per_cycle", "'value' must be a number"}},
        BadField{"\"value\": 16384,", "", {"maca.macs_per_cycle", "'value' must be a number"}},
        BadField{"\"value\": 16384,", "\"value\": 0,", {"maca.macs_per_cycle", "0 is outside"}},
        BadField{"\"value\": 16384,", "\"value\": 1e300,", {"maca.macs_per_cycle", "is outside"}},
        BadField{"\"value\": 16384,", "\"value\": 1.5,", {"maca.macs_per_cycle", "1.5", "whole"}},
        BadField{"\"unit\": \"MHz\"",
                 "\"unit\": \"GHz\"",
                 {"maca.clock_mhz", "'GHz'", "expected 'MHz'"}},
        BadField{"\"origin\": \"stated\"",
                 "\"origin\": \"measured\"",
                 {"maca.out_channel_quantum", "'measured'", "stated, derived or assumed"}},
        BadField{"\"value\": 32, \"unit\"",
                 "\"valeu\": 1, \"value\": 32, \"unit\"",
                 {"maca.pixel_quantum", "unknown entry 'valeu'"}},
        BadField{"\"source\": \"BTMD", "\"source\": \"\", \"\": \"", {"maca.data_memory_bytes"}}));

} // namespace
} // namespace bstc

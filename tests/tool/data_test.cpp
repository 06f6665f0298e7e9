// What compile, inspect, run and targets say as data (docs/json.md), against what they print, what
// is in the files, and what the zoo's topology comes to.
#include "tests/tool/json_reader.h"
#include "tests/tool/tool.h"
#include "tools/bstc/files/npy.h"

#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

namespace bstc::test {
namespace {

using testing::HasSubstr;
using Data = ToolTest;

void expectKind(const JsonReader &json, const std::string &kind) {
  EXPECT_EQ(json.number("schema"), 1);
  EXPECT_EQ(json.text("kind"), kind);
  EXPECT_EQ(json.text("bstc"), BSTC_VERSION);
}

std::string at(const std::string &array, size_t index, const std::string &member) {
  return array + "." + std::to_string(index) + "." + member;
}

TEST_F(Data, OfACompilation) {
  writeModel();
  const std::string out = succeed("compile model.onnx -o out.bst --explain --json c.json");
  const JsonReader json(read("c.json"));
  expectKind(json, "compile");
  EXPECT_EQ(json.text("model"), "model.onnx");
  EXPECT_EQ(json.text("target"), "bst-a1000b0");
  EXPECT_EQ(json.text("package.path"), "out.bst");
  EXPECT_EQ(json.number("package.bytes"), double(read("out.bst").size()));
  EXPECT_THAT(succeed("inspect out.bst"), HasSubstr("hash      " + json.text("package.hash")));

  // Every node of the file, as --explain has it.
  std::map<std::string, double> counts;
  ASSERT_EQ(json.size("nodes"), 461u);
  for (size_t i = 0; i < json.size("nodes"); ++i) {
    ++counts[json.text(at("nodes", i, "engine"))];
    EXPECT_THAT(out, HasSubstr(json.text(at("nodes", i, "reason"))));
  }
  for (const char *engine : {"maca", "edp", "dsp", "none"})
    EXPECT_EQ(json.number(std::string("node_counts.") + engine), counts[engine]) << engine;
  EXPECT_THAT(out, HasSubstr("461 nodes: " + std::to_string(int(counts["maca"])) + " on MACA, " +
                             std::to_string(int(counts["edp"])) + " on EDP"));

  // YOLOv5n has 60 convolutions; at 640x640 they are 2.2341 G MACs (zoo), a hundredth at 64x64.
  EXPECT_EQ(json.number("engines.maca.commands"), 60);
  EXPECT_NEAR(json.number("engines.maca.macs"), 2234060800.0 / 100, 1);
  EXPECT_EQ(json.number("engines.edp.commands") + json.number("engines.dsp.commands") + 60,
            json.number("commands"));
  EXPECT_THAT(out, HasSubstr(std::to_string(int(json.number("tiles.operations"))) + " operations"));
}

TEST_F(Data, OfAReceipt) {
  writeModel();
  const std::string out = succeed("compile model.onnx --json c.json");
  const JsonReader json(read("c.json"));
  double elements = 0, equal = 0;
  for (size_t i = 0; i < json.size("fidelity.tensors"); ++i) {
    elements += json.number(at("fidelity.tensors", i, "elements"));
    equal += json.number(at("fidelity.tensors", i, "equal"));
    EXPECT_TRUE(json.truth(at("fidelity.tensors", i, "keeps_promise"))) << i;
  }
  EXPECT_EQ(json.number("fidelity.elements"), elements);
  EXPECT_EQ(json.number("fidelity.equal"), equal);
  EXPECT_THAT(out, HasSubstr("worst layer: " + json.text("fidelity.worst_node")));
  EXPECT_THAT(out, HasSubstr("scales: " + std::to_string(int(json.number("fidelity.scales.kept"))) +
                             " kept, "));
  ASSERT_EQ(json.size("fidelity.outputs"), 1u);
  EXPECT_EQ(json.text("fidelity.outputs.0.name"), "output0");
  char decibels[32] = {};
  snprintf(decibels, sizeof decibels, "output0 %.1f dB",
           json.number("fidelity.outputs.0.decibels"));
  EXPECT_THAT(out, HasSubstr(decibels));
  succeed("compile model.onnx --no-fidelity --json without.json");
  EXPECT_FALSE(JsonReader(read("without.json")).has("fidelity"));
}

TEST_F(Data, OfACompilationHasItsNotices) {
  writeModel("--quant float");
  const std::string out = succeed("compile model.onnx --no-fidelity --json c.json");
  const JsonReader json(read("c.json"));
  ASSERT_GT(json.size("notices"), 0u);
  EXPECT_THAT(json.text("notices.0.text"), HasSubstr("quantised"));
  EXPECT_THAT(out, HasSubstr("warning: " + json.text("notices.0.text")));
}

TEST_F(Data, OfAFailedCompilationIsNotWritten) {
  writeModel("--quant float");
  EXPECT_EQ(bstc("compile model.onnx --no-fidelity --fail-on-fallback --json c.json").code, 1);
  EXPECT_EQ(bstc("compile model.onnx --no-fidelity --json missing/c.json").code, 1);
  EXPECT_EQ(files(), std::set<std::string>{"model.onnx"});
  EXPECT_EQ(bstc("compile model.onnx --json model.onnx").code, 2);
  EXPECT_EQ(bstc("compile model.onnx -o x --json x").code, 2);
}

TEST_F(Data, OfAnAssumptionHasNoPackage) {
  writeModel("--quant float");
  succeed("compile model.onnx --assume-int8 --explain --json c.json");
  const JsonReader json(read("c.json"));
  EXPECT_FALSE(json.has("package"));
  EXPECT_EQ(json.number("engines.maca.commands"), 60);
  EXPECT_FALSE(files().count("model.bst"));
}

TEST_F(Data, OfAPackage) {
  writePackage();
  const std::string out = succeed("inspect model.bst --json i.json");
  const JsonReader json(read("i.json"));
  expectKind(json, "inspect");
  EXPECT_EQ(json.number("bytes"), double(read("model.bst").size()));
  EXPECT_THAT(out, HasSubstr("hash      " + json.text("hash")));
  EXPECT_EQ(json.text("inputs.0.name"), "images");
  EXPECT_EQ(json.text("inputs.0.dtype"), "float32");
  EXPECT_EQ(json.number("inputs.0.shape.3"), 64);
  EXPECT_EQ(json.text("outputs.0.name"), "output0");
  EXPECT_EQ(json.number("outputs.0.shape.1"), 3 * (8 * 8 + 4 * 4 + 2 * 2));
  EXPECT_EQ(json.text("pictures.0.fit"), "letterbox");
  EXPECT_EQ(json.text("decode.stage"), "predictions");
  EXPECT_EQ(json.number("decode.classes"), 80);
  EXPECT_EQ(json.number("decode.anchors.17"), 326); // Of P5, as YOLOv5 publishes them.
  EXPECT_FALSE(json.has("tiles"));

  // What the contract names is in the table of tensors; commands read and write nothing else.
  const auto input = size_t(json.number("inputs.0.tensor"));
  EXPECT_EQ(json.text(at("tensors", input, "name")), "images");
  const size_t tensors = json.size("tensors");
  for (size_t i = 0; i < json.size("commands"); ++i) {
    ASSERT_EQ(json.size(at("commands", i, "outputs")), 1u);
    EXPECT_LT(json.number(at("commands", i, "outputs.0")), double(tensors));
    EXPECT_THAT(out, HasSubstr(json.text(at("commands", i, "op"))));
  }
}

TEST_F(Data, OfTiles) {
  writePackage();
  const std::string out = succeed("inspect model.bst --tiles --json i.json");
  const JsonReader json(read("i.json"));
  const size_t operations = json.size("tiles.operations");
  EXPECT_THAT(out, HasSubstr("tiles     " + std::to_string(operations) + " operations"));
  const auto once = size_t(json.number("tiles.once"));
  ASSERT_GT(once, 0u); // So small a network stays on chip.
  EXPECT_THAT(out, HasSubstr("the first " + std::to_string(once) + " load "));
  double kept = 0;
  for (size_t i = 0; i < once; ++i)
    kept = std::max(kept, json.number(at("tiles.operations", i, "writes.offset")) +
                              json.number(at("tiles.operations", i, "writes.bytes")));
  EXPECT_NEAR(json.number("tiles.kept_bytes"), kept, 64) << "the end of the last, aligned";
  const std::string contexts = std::to_string(int(json.number("tiles.contexts")));
  EXPECT_THAT(out, HasSubstr(contexts + " frames at a time, each in a part of "));
  for (size_t i = 0; i < operations; ++i) {
    for (size_t j = 0; j < json.size(at("tiles.operations", i, "after")); ++j)
      EXPECT_LT(json.number(at("tiles.operations", i, "after." + std::to_string(j))), double(i));
    // Queues are told from each other by where they move data.
    const std::string queue = json.text(at("tiles.operations", i, "queue"));
    if (queue == "load_data" || queue == "load_weights") {
      EXPECT_EQ(json.text(at("tiles.operations", i, "reads.0.memory")), "dram");
    } else if (queue == "store") {
      EXPECT_EQ(json.text(at("tiles.operations", i, "writes.memory")), "dram");
    }
  }
}

TEST_F(Data, OfARun) {
  writePackage();
  writeInput();
  succeed("run model.bst -i in.npy -o out --json r.json");
  const JsonReader json(read("r.json"));
  expectKind(json, "run");
  ASSERT_EQ(json.size("outputs"), 1u);
  EXPECT_EQ(json.text("outputs.0.name"), "output0");
  EXPECT_EQ(json.text("outputs.0.dtype"), "float32");
  EXPECT_EQ(json.number("outputs.0.shape.2"), 85);
  EXPECT_EQ(json.text("outputs.0.file"), "out/output0.npy");
  EXPECT_FALSE(json.has("timings"));
  EXPECT_FALSE(json.has("strict"));
  // The range is that of the file's values: the last of it, after NumPy's header.
  const std::string bytes = read("out/output0.npy");
  std::vector<float> values(252 * 85);
  ASSERT_GT(bytes.size(), values.size() * sizeof(float));
  std::memcpy(values.data(), bytes.data() + bytes.size() - values.size() * sizeof(float),
              values.size() * sizeof(float));
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  EXPECT_FLOAT_EQ(float(json.number("outputs.0.min")), *least);
  EXPECT_FLOAT_EQ(float(json.number("outputs.0.max")), *greatest);
}

TEST_F(Data, OfATimedRun) {
  writePackage();
  writeInput();
  const std::string out =
      succeed("run model.bst -i in.npy --strict --timings --repeat 2 --threads 2 --json r.json");
  const JsonReader json(read("r.json"));
  EXPECT_EQ(json.number("timings.runs"), 2);
  EXPECT_EQ(json.number("timings.threads"), 2);
  EXPECT_EQ(json.size("timings.commands"), 90u);
  double sum = 0, macs = 0;
  for (size_t i = 0; i < 90; ++i) {
    sum += json.number(at("timings.commands", i, "host_ms"));
    macs += json.number(at("timings.commands", i, "macs"));
    EXPECT_THAT(out, HasSubstr(json.text(at("timings.commands", i, "kernel"))));
  }
  EXPECT_NEAR(macs, 22340608, 1);
  // Each command's least time is of some run; no run was faster than all of them together.
  EXPECT_LE(sum, json.number("timings.all_ms") * 1.000001);
  EXPECT_THAT(out, HasSubstr(std::to_string(int(json.number("strict.tile_operations"))) +
                             " tile operations"));
  EXPECT_FALSE(json.has("outputs.0.file"));
}

TEST_F(Data, OfTargets) {
  const JsonReader all(succeed("targets --json -"));
  expectKind(all, "targets");
  EXPECT_EQ(all.text("targets.0.name"), "bst-a1000b0");
  EXPECT_FALSE(all.has("targets.0.fields"));
  const std::string text = succeed("targets bst-a1000b0");
  const JsonReader one(succeed("targets bst-a1000b0 --json -"));
  ASSERT_EQ(one.size("targets"), 1u);
  double counted = 0;
  for (const char *origin : {"stated", "derived", "assumed"})
    counted += one.number(std::string("targets.0.fields_by_origin.") + origin);
  EXPECT_EQ(counted, double(one.size("targets.0.fields")));
  for (size_t i = 0; i < one.size("targets.0.fields"); ++i) {
    EXPECT_THAT(text, HasSubstr(one.text(at("targets.0.fields", i, "field")) + " (" +
                                one.text(at("targets.0.fields", i, "origin")) +
                                "): " + one.text(at("targets.0.fields", i, "source"))));
    EXPECT_EQ(one.has(at("targets.0.fields", i, "low")),
              one.has(at("targets.0.fields", i, "high")));
  }
}

/// docs/json.md names every member, so that nobody has to guess what it means.
TEST_F(Data, IsDocumented) {
  std::stringstream text;
  text << std::ifstream("../docs/json.md").rdbuf();
  const std::string documented = text.str();
  writePackage();
  writeInput();
  succeed("compile model.onnx --json c.json");
  succeed("inspect model.bst --tiles --json i.json");
  succeed("run model.bst -i in.npy -o out --strict --timings --json r.json");
  succeed("targets bst-a1000b0 --json t.json");
  std::set<std::string> missing;
  for (const char *file : {"c.json", "i.json", "r.json", "t.json"}) {
    const std::string json = read(file);
    llvm::SmallVector<llvm::StringRef, 0> parts;
    llvm::StringRef(json).split(parts, "\": "); // What is before it is a member's name.
    for (llvm::StringRef part : llvm::makeArrayRef(parts).drop_back()) {
      const std::string name = part.substr(part.rfind('"') + 1).str();
      if (documented.find("`" + name + "`") == std::string::npos)
        missing.insert(name);
    }
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

} // namespace
} // namespace bstc::test

// The tile programs of whole networks: executed on memories that hold a small part of them, they
// give the bytes of the fast path; with any one thing wrong about them, they are refused.
#include "runtime/package/package.h"
#include "runtime/verify/tile_flow.h"
#include "runtime/verify/verify.h"
#include "tests/driver/variants.h"
#include "tests/support/networks.h"
#include "tests/support/strict.h"

#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <regex>

using namespace bstc;
using namespace bstc::test;

namespace {

/// bst-a1000b0 with other on-chip memories, as a file of the user's own.
class TargetFile {
public:
  explicit TargetFile(int64_t bytes) {
    auto file = llvm::MemoryBuffer::getFile("../targets/bst-a1000b0.json");
    EXPECT_TRUE(bool(file));
    const std::regex memory("(\"(data|weight)_memory_bytes\": \\{\\s*\"value\": )[0-9]+");
    // Tests run side by side.
    const auto *test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string unique = std::string(test->test_suite_name()) + "_" + test->name() + ".json";
    std::replace(unique.begin(), unique.end(), '/', '_');
    name = ::testing::TempDir() + "bst_" + unique;
    std::ofstream(name) << std::regex_replace((*file)->getBuffer().str(), memory,
                                              "$01" + std::to_string(bytes));
  }
  ~TargetFile() { std::filesystem::remove(name); }
  std::string name;
};

Compilation compiledFor(const ZooOptions &options, int64_t memoryBytes) {
  const TargetFile target(memoryBytes);
  CompileOptions compileOptions;
  compileOptions.fidelity = false;
  compileOptions.target = target.name;
  return compiled(zooGraph(options), compileOptions);
}

std::vector<Variant> variants() {
  std::vector<Variant> all(std::begin(quantisedVariants), std::end(quantisedVariants));
  all.push_back(
      {ZooOptions::Activation::Relu, ZooOptions::Task::Detect, ZooOptions::Quant::Float, "Float"});
  return all;
}

class Strict : public testing::TestWithParam<Variant> {};

} // namespace

TEST_P(Strict, EqualsTheFastPathOnSmallMemories) {
  for (int32_t size : {64, 128}) {
    constexpr int64_t memory = 20 << 10;
    const Compilation c = compiledFor(GetParam().options(size), memory);
    std::unique_ptr<bst::Package> package;
    ASSERT_TRUE(bst::Package::fromMemory(c.package, package).ok());
    const bst::Program &program = package->program();
    EXPECT_EQ(program.tiles.dataBytes, uint64_t(memory));
    EXPECT_TRUE(program.tiles == c.compiled->program.tiles);
    bst::testing::expectStrictEqualsFast(program);
    size_t bands = 0, pieces = 0;
    for (const Section &section : c.compiled->plan.sections)
      bands += section.bands;
    for (const bst::TileOp &op : program.tiles.ops)
      pieces += op.queue == bst::Queue::Maca && op.output.part.channel > 0;
    if (GetParam().quant != ZooOptions::Quant::Float) {
      EXPECT_GE(bands, c.compiled->plan.sections.size() + 2);
      EXPECT_GE(pieces, 50u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, Strict, testing::ValuesIn(variants()),
                         [](const auto &info) { return info.param.name; });

namespace {

/// A network in many bands, to be spoilt. Compiled once.
const bst::Program &spoilable() {
  static const Compilation c = [] {
    ZooOptions options;
    options.size = 128;
    return compiledFor(options, 64 << 10);
  }();
  return c.compiled->program;
}

/// Neither the loader nor a strict run lets the program pass; both say what operation is at fault.
void expectRefused(const bst::Program &program, const std::string &what) {
  const bst::Status loaded = bst::verifyProgram(program);
  EXPECT_EQ(loaded.getCode(), bst::StatusCode::CorruptPackage) << what;
  EXPECT_THAT(loaded.message(), testing::HasSubstr("operation ")) << what;
}

void expectStrictRunRefuses(const bst::Program &program, const std::string &what) {
  for (bst::TileOrder order : {bst::TileOrder::Program, bst::TileOrder::LoadsFirst}) {
    const bst::Status run = bst::testing::strictRun(program, order);
    EXPECT_EQ(run.getCode(), bst::StatusCode::CorruptPackage) << what;
    EXPECT_THAT(run.message(), testing::ContainsRegex("operation [0-9]+ \\(command [0-9]+ '"))
        << what;
  }
}

} // namespace

TEST(SpoiltTiles, EveryDependencyIsNeeded) {
  bst::Program program = spoilable();
  size_t dropped = 0;
  for (size_t i = 0; i < program.tiles.ops.size(); ++i) {
    const std::vector<uint32_t> all = program.tiles.ops[i].dependsOn;
    for (size_t k = 0; k < all.size(); ++k) {
      program.tiles.ops[i].dependsOn = all;
      program.tiles.ops[i].dependsOn.erase(program.tiles.ops[i].dependsOn.begin() + long(k));
      const std::string what =
          "operation " + std::to_string(i) + " without " + std::to_string(all[k]);
      expectRefused(program, what);
      if (dropped++ % 25 == 0)
        expectStrictRunRefuses(program, what);
      if (HasFailure())
        return;
    }
    program.tiles.ops[i].dependsOn = all;
  }
  EXPECT_GE(dropped, 100u);
}

TEST(SpoiltTiles, OffsetsThatAreShifted) {
  bst::Program program = spoilable();
  size_t shifted = 0;
  for (size_t i = 0; i < program.tiles.ops.size(); i += 7)
    for (int64_t by : {64, -64, 4096}) {
      bst::TileOp &op = program.tiles.ops[i];
      const bst::TileOp valid = op;
      bst::Slice &slice = op.output.onChip ? op.output : op.inputs[0];
      if (!slice.onChip || int64_t(slice.offset) + by < 0 ||
          slice.offset + uint64_t(by) + slice.size > program.tiles.weightBytes)
        continue;
      slice.offset += uint64_t(by);
      const std::string what = "operation " + std::to_string(i) + " by " + std::to_string(by);
      expectRefused(program, what);
      if (shifted++ % 25 == 0)
        expectStrictRunRefuses(program, what);
      op = valid;
    }
  EXPECT_GE(shifted, 50u);
}

/// Rows are taken from what an operation reads or leaves, sizes made to fit.
TEST(SpoiltTiles, SlicesThatAreTooSmall) {
  bst::Program program = spoilable();
  size_t shrunk = 0;
  for (size_t i = 0; i < program.tiles.ops.size(); i += 3) {
    bst::TileOp &op = program.tiles.ops[i];
    const bst::TileOp valid = op;
    if (op.queue > bst::Queue::Edp || op.inputs[0].part.rows < 2)
      continue;
    bst::Slice &slice = op.inputs[0];
    slice.size = slice.size / uint64_t(slice.part.rows) * uint64_t(slice.part.rows - 1);
    --slice.part.rows;
    expectRefused(program, "operation " + std::to_string(i));
    ++shrunk;
    op = valid;
  }
  EXPECT_GE(shrunk, 20u);
}

/// What is left of an operation that is gone is not enough for those after it.
TEST(SpoiltTiles, OperationsThatAreMissing) {
  size_t missing = 0;
  for (size_t i = 0; i < spoilable().tiles.ops.size(); i += 5) {
    bst::Program program = spoilable();
    auto &ops = program.tiles.ops;
    ops.erase(ops.begin() + long(i));
    for (bst::TileOp &op : ops) {
      llvm::erase_if(op.dependsOn, [&](uint32_t earlier) { return earlier == i; });
      for (uint32_t &earlier : op.dependsOn)
        earlier -= earlier > i;
    }
    const bst::Status status = bst::verifyProgram(program);
    EXPECT_EQ(status.getCode(), bst::StatusCode::CorruptPackage) << i;
    ++missing;
  }
  EXPECT_GE(missing, 20u);
}

TEST(TilesThatDoNotFit, AreAnErrorThatNamesNodeAndSizes) {
  const TargetFile target(2048);
  CompileOptions options;
  options.target = target.name;
  auto c = compile(zooGraph(smallZoo()), options);
  ASSERT_FALSE(bool(c));
  EXPECT_THAT(llvm::toString(c.takeError()),
              testing::ContainsRegex("node '.*' does not fit into the (data|weight) memory: .* "
                                     "bytes.* the memory has 2048"));
}

// What a compilation promises to whoever holds the package.

#include "runtime/package/package.h"
#include "tests/support/graph_builder.h"
#include "tests/support/networks.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;

TEST(CompiledPackage, TheSameModelGivesTheSameBytes) {
  for (auto quant : {ZooOptions::Quant::S8, ZooOptions::Quant::Affine}) {
    Compilation first = compiled(zooGraph(smallZoo(quant)));
    Compilation second = compiled(zooGraph(smallZoo(quant)));
    EXPECT_TRUE(first.package == second.package);
  }
}

/// What runs a network at once reads neither; the program is the same.
TEST(CompiledPackage, CostAndPackageAreMadeWhereTheyAreWanted) {
  const Compilation whole = compiled(zooGraph(smallZoo()));
  const bst::CostSummary stored = whole.compiled->program.cost;
  EXPECT_GT(stored.framesPerSecond, 0);
  EXPECT_EQ(stored.framesPerSecond, whole.cost.framesPerSecond);
  EXPECT_EQ(stored.latencySeconds, whole.cost.latencySeconds);
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::fromMemory(whole.package, package).ok());
  EXPECT_EQ(package->program().cost, stored);

  CompileOptions options;
  options.cost = options.package = options.fidelity = false;
  const Compilation bare = compiled(zooGraph(smallZoo()), options);
  EXPECT_TRUE(bare.package.empty());
  EXPECT_TRUE(bare.cost.commands.empty());
  EXPECT_EQ(bare.compiled->program.cost, bst::CostSummary());
  EXPECT_EQ(bare.compiled->program.commands, whole.compiled->program.commands);
  EXPECT_EQ(bare.compiled->program.tiles, whole.compiled->program.tiles);
  EXPECT_TRUE(bare.compiled->weights == whole.compiled->weights);
  EXPECT_EQ(uintptr_t(bare.compiled->program.weights) % 64, 0u);
}

TEST(CompiledPackage, KeepsTheContractOfTheFile) {
  ZooOptions options = smallZoo();
  options.task = ZooOptions::Task::Segment;
  Compilation c = compiled(zooGraph(options));
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::fromMemory(c.package, package).ok());
  const bst::Program &program = package->program();
  auto describe = [&](uint32_t index) {
    const bst::Tensor &tensor = program.tensors[index];
    std::string text = tensor.name + " " + bst::dtypeName(tensor.dtype);
    for (int32_t extent : tensor.shape)
      text.append(" ").append(std::to_string(extent));
    return text;
  };
  ASSERT_EQ(program.inputs.size(), 1u);
  ASSERT_EQ(program.outputs.size(), 2u);
  EXPECT_EQ(describe(program.inputs[0]), "images f32 1 3 64 64");
  EXPECT_EQ(describe(program.outputs[0]), "output0 f32 1 252 117");
  EXPECT_EQ(describe(program.outputs[1]), "output1 f32 1 32 16 16");
  EXPECT_EQ(program.target, "bst-a1000b0");
}

TEST(CompiledPackage, ClassNamesMustBeAsManyAsTheClasses) {
  CompileOptions options;
  options.pictures.classNames = {"one", "two"};
  auto c = compile(zooGraph(smallZoo()), options);
  ASSERT_FALSE(bool(c));
  EXPECT_THAT(llvm::toString(c.takeError()),
              testing::HasSubstr("80 classes but 2 class names were given"));
}

TEST(CompiledPackage, ArenaIsTheLargestLiveSetOrClose) {
  Compilation c = compiled(zooGraph(smallZoo()));
  const bst::Program &program = c.compiled->program;
  EXPECT_GE(program.arenaSize, program.arenaLowerBound);
  EXPECT_LE(double(program.arenaSize), 1.05 * double(program.arenaLowerBound));
}

/// Two convolutions that do not depend on each other share no arena bytes while both may run, and
/// a command waits for the readers of the bytes that it overwrites.
TEST(CompiledPackage, DependenciesCoverReusedMemory) {
  Compilation c = compiled(zooGraph(smallZoo()));
  const bst::Program &program = c.compiled->program;
  auto overlap = [&](uint32_t a, uint32_t b) {
    const bst::Tensor &x = program.tensors[a], &y = program.tensors[b];
    return x.storage == bst::Storage::Arena && y.storage == bst::Storage::Arena &&
           x.offset < y.offset + y.size && y.offset < x.offset + x.size;
  };
  // reached[i][j]: command i starts after command j ended, by engine order or dependencies.
  size_t count = program.commands.size(), conflicts = 0;
  std::vector<std::vector<bool>> reached(count, std::vector<bool>(count, false));
  for (size_t i = 0; i < count; ++i) {
    auto after = [&](size_t j) {
      reached[i][j] = true;
      for (size_t k = 0; k < j; ++k)
        if (reached[j][k])
          reached[i][k] = true;
    };
    for (uint32_t j : program.commands[i].dependsOn)
      after(j);
    for (size_t j = 0; j < i; ++j)
      if (program.commands[j].engine == program.commands[i].engine)
        after(j);
    for (size_t j = 0; j < i; ++j)
      for (uint32_t written : program.commands[i].outputs) {
        auto touched = program.commands[j].inputs;
        touched.insert(touched.end(), program.commands[j].outputs.begin(),
                       program.commands[j].outputs.end());
        for (uint32_t tensor : touched)
          if (overlap(written, tensor)) {
            ++conflicts;
            EXPECT_TRUE(reached[i][j]) << program.commands[i].name << " overwrites what "
                                       << program.commands[j].name << " uses";
          }
      }
  }
  EXPECT_GT(conflicts, 0u);
}

// A network with another's form at the places of an edit computes what that one does.

#include "diagnose/undo/undo.h"
#include "frontend/evaluate.h"
#include "tests/diagnose/block_network.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;
using testing::HasSubstr;

namespace {

/// Networks A and B, and what makes B of A.
struct Files {
  Graph importedA, importedB;
  Network a, b;
  Difference difference;

  Files(const BlockRecipe &recipeA, const BlockRecipe &recipeB)
      : importedA(blockGraph(recipeA)), importedB(blockGraph(recipeB)), a(blockNetwork(recipeA)),
        b(blockNetwork(recipeB)), difference(compareNetworks(a, b)) {}

  llvm::Expected<Graph> undo(llvm::ArrayRef<unsigned> ids) const {
    return undoEdits({importedA, importedB, a, b, difference}, ids);
  }
};

std::vector<float> outputOf(const Graph &graph) {
  const ArrayType type = graph.inputs().front()->type;
  std::vector<float> pixels(size_t(type.count()));
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = float(i * 7919 % 256) / 255;
  auto made = evaluate(graph, {TensorData::make<float>(type, llvm::ArrayRef<float>(pixels))});
  EXPECT_TRUE(bool(made)) << llvm::toString(made.takeError());
  return made ? made->front()->values<float>().vec() : std::vector<float>();
}

/// The one edit between the two, undone, gives A's numbers; B gives others.
void expectUndone(const BlockRecipe &recipeA, const BlockRecipe &recipeB, EditKind kind) {
  const Files files(recipeA, recipeB);
  ASSERT_FALSE(files.difference.edits.empty());
  ASSERT_EQ(files.difference.edits[0].kind, kind) << files.difference.edits[0].text;
  EXPECT_TRUE(canUndo(kind));
  const std::vector<float> expected = outputOf(files.importedA);
  EXPECT_NE(outputOf(files.importedB), expected) << "the edit changes nothing";
  llvm::Expected<Graph> undone = files.undo({1});
  ASSERT_TRUE(bool(undone)) << llvm::toString(undone.takeError());
  const std::vector<float> actual = outputOf(*undone);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], 1e-3f * (1 + std::fabs(expected[i])));
}

TEST(Undo, AddsThatAreTooMany) {
  BlockRecipe b;
  b.shortcuts = {"model.1", "model.2", "model.3", "model.4"};
  expectUndone({}, b, EditKind::AddAdded);
}

TEST(Undo, AddsThatAreMissing) {
  BlockRecipe b;
  b.shortcuts = {"model.2"};
  expectUndone({}, b, EditKind::AddRemoved);
}

TEST(Undo, AddsInQuantisedNetworks) {
  BlockRecipe a, b;
  a.quantised = b.quantised = true;
  b.shortcuts = {"model.1", "model.2", "model.3", "model.4"};
  expectUndone(a, b, EditKind::AddAdded);
  b.shortcuts = {"model.1"};
  expectUndone(a, b, EditKind::AddRemoved);
}

TEST(Undo, OperandsInAnotherOrder) {
  BlockRecipe b;
  b.swapConcat = true;
  expectUndone({}, b, EditKind::Rewired);
}

TEST(Undo, AnotherActivation) {
  BlockRecipe a, b;
  a.activation = b.activation = "SiLU";
  b.activations["model.2.cv1"] = "Relu";
  expectUndone(a, b, EditKind::ActivationChanged);
}

TEST(Undo, RangesAndScales) {
  BlockRecipe a, b;
  a.quantised = b.quantised = true;
  b.ranges["model.2.cv1"] = 0.1f;
  expectUndone(a, b, EditKind::RangeChanged);
  b.ranges.clear();
  b.readScale["model.2.cv1"] = 2;
  expectUndone(a, b, EditKind::PairContradicts);
  b.readScale.clear();
  b.bare = {"model.2.cv1"};
  expectUndone(a, b, EditKind::PairRemoved);
  expectUndone(b, a, EditKind::PairAdded);
}

TEST(Undo, WeightsAndBiases) {
  const auto changed = [](bool bias) {
    BlockRecipe recipe;
    recipe.change = [bias](const std::string &layer, std::vector<float> &weights,
                           std::vector<float> &biases) {
      if (layer == "model.2.cv1")
        std::fill(bias ? biases.begin() : weights.begin(), bias ? biases.end() : weights.end(), 0);
    };
    return recipe;
  };
  expectUndone({}, changed(true), EditKind::BiasZero);
  expectUndone({}, changed(false), EditKind::WeightsZero);
}

TEST(Undo, ScalesOfWeights) {
  BlockRecipe a, b;
  a.quantised = b.quantised = true;
  b.weightScale["model.2.cv3"] = 0.4f;
  expectUndone(a, b, EditKind::WeightScale);
}

TEST(Undo, SaysWhatCannotBeUndone) {
  BlockRecipe b;
  b.strides["model.5.m.0"] = 2;
  const Files files({}, b);
  ASSERT_FALSE(files.difference.edits.empty());
  ASSERT_FALSE(canUndo(files.difference.edits[0].kind));
  EXPECT_THAT(llvm::toString(files.undo({1}).takeError()), HasSubstr("edit 1 (attribute) cannot"));
  EXPECT_THAT(llvm::toString(files.undo({77}).takeError()), HasSubstr("no edit has number 77"));
  BlockRecipe quantised;
  quantised.quantised = true;
  EXPECT_THAT(llvm::toString(Files({}, quantised).undo({1}).takeError()),
              HasSubstr("cannot be undone"));
}

} // namespace

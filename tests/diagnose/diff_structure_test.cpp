// Edits of structure and activations, and how equal ones are put together.

#include "tests/diagnose/block_network.h"

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;

namespace {

TEST(DiffStructure, ANetworkIsEqualToItself) {
  for (const bool quantised : {false, true}) {
    BlockRecipe recipe;
    recipe.quantised = quantised;
    const Network a = blockNetwork(recipe);
    recipe.scrambleNames = true;
    recipe.shuffle = 5;
    const Network b = blockNetwork(recipe);
    const Difference difference = compareNetworks(a, b);
    EXPECT_TRUE(difference.equal());
    EXPECT_EQ(difference.totals.weightsEqual, 22u);
    EXPECT_EQ(totalsText(a, b, difference).substr(0, 47),
              "22 convolutions matched, all with equal weights");
  }
}

TEST(DiffStructure, AddsThatBlocksWithoutShortcutGained) {
  BlockRecipe b;
  b.shortcuts = {"model.1", "model.2", "model.3", "model.4"};
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, EditKind::AddAdded);
  EXPECT_EQ(edit.id, 1u);
  EXPECT_EQ(edit.text, "2 places, the same edit: B adds the block's input to model.3.m.0.cv2's "
                       "output; A has no Add there (also 4). Bottlenecks built with "
                       "shortcut=False.");
  ASSERT_EQ(edit.places.size(), 2u);
  const Network network = blockNetwork(b);
  for (const Place &place : edit.places) {
    EXPECT_TRUE(place.onlyA.empty());
    ASSERT_EQ(place.onlyB.size(), 1u);
    EXPECT_EQ(network.layers[size_t(place.onlyB[0])].op, OpKind::Add);
    EXPECT_EQ(network.layers[size_t(place.b)].op, OpKind::Concat);
  }
}

TEST(DiffStructure, AddsThatAreLost) {
  BlockRecipe b;
  b.shortcuts = {"model.1"};
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, EditKind::AddRemoved);
  EXPECT_EQ(placesOf(edit), "model.2.m.0.cv2");
  EXPECT_EQ(edit.text.substr(0, 73),
            "A adds the block's input to model.2.m.0.cv2's output; B has no Add there.");
}

TEST(DiffStructure, AnAddIsFoundInAQuantisedNetworkWithoutNames) {
  BlockRecipe a, b;
  b.quantised = b.scrambleNames = true;
  b.shuffle = 2;
  b.shortcuts = {"model.1", "model.2", "model.4"};
  const Difference difference = blockDifference(a, b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].kind, EditKind::AddAdded);
  EXPECT_EQ(difference.edits[1].kind, EditKind::Quantised);
  EXPECT_TRUE(difference.edits[1].summary);
}

TEST(DiffStructure, OperandsInAnotherOrder) {
  BlockRecipe b;
  b.swapConcat = true;
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, EditKind::Rewired);
  EXPECT_EQ(edit.text, "model.2's Concat reads the same values in another order.");
}

TEST(DiffStructure, AnotherStride) {
  // Two strides, so that the rest of the network has the same maps in both.
  BlockRecipe a, b;
  a.strides = {{"model.0", 2}};
  b.strides = {{"model.5.m.0", 2}};
  const Difference difference = blockDifference(a, b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].kind, EditKind::AttributeChanged);
  EXPECT_EQ(difference.edits[0].text, "model.0 has stride 1,1 in B, 2,2 in A.");
  EXPECT_EQ(difference.edits[1].text, "model.5.m.0 has stride 2,2 in B, 1,1 in A.");
}

TEST(DiffStructure, AnotherImageSizeIsOneEdit) {
  BlockRecipe b;
  b.size = 32;
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, EditKind::Inputs);
  EXPECT_EQ(edit.text, "the input images is f32 1x3x32x32 in B, f32 1x3x16x16 in A.");
}

TEST(DiffStructure, AnotherWidthIsOneEditOfShapes) {
  BlockRecipe b;
  b.width = 12;
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, EditKind::WeightShape);
  EXPECT_EQ(edit.places.size(), 22u);
}

TEST(DiffActivations, OfTheWholeNetwork) {
  BlockRecipe b;
  b.activation = "SiLU";
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, EditKind::ActivationChanged);
  EXPECT_EQ(edit.text, "21 places, the same edit: behind model.0 B has SiLU, A has ReLU (by block: "
                       "model.0, model.1 (5), model.2 (5), model.3 (5), model.4 (5)).");
}

TEST(DiffActivations, OfOneLayerOrNone) {
  BlockRecipe b;
  b.activations = {{"model.2.cv3", "SiLU"}, {"model.3.cv1", ""}};
  const Difference difference = blockDifference({}, b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].text, "behind model.3.cv1 A has ReLU, B has no activation.");
  EXPECT_EQ(difference.edits[1].text, "behind model.2.cv3 B has SiLU, A has ReLU.");
}

} // namespace

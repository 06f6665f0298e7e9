// Edits of pairs and scales.

#include "tests/diagnose/block_network.h"

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;

namespace {

BlockRecipe quantised() {
  BlockRecipe recipe;
  recipe.quantised = true;
  return recipe;
}

void expectEdit(const BlockRecipe &b, EditKind kind, const std::string &places, double amount) {
  const Edit edit = onlyEdit(blockDifference(quantised(), b));
  EXPECT_EQ(edit.kind, kind) << edit.text;
  EXPECT_EQ(placesOf(edit), places);
  EXPECT_FALSE(edit.summary);
  if (amount != 0 && !edit.places.empty()) {
    EXPECT_NEAR(edit.places[0].amount, amount, 1e-4 * amount);
  }
}

TEST(DiffScales, OneRange) {
  BlockRecipe b = quantised();
  b.ranges = {{"model.3.cv2", 20.0f}};
  expectEdit(b, EditKind::RangeChanged, "model.3.cv2", 20);
}

TEST(DiffScales, EqualFactorsAreOneEdit) {
  BlockRecipe b = quantised();
  b.ranges = {{"model.3.cv1", 0.3f}, {"model.3.cv3", 0.3f}, {"model.4.cv1", 0.3f}};
  expectEdit(b, EditKind::RangeChanged, "model.3.cv1,model.3.cv3,model.4.cv1", 0.3);
}

TEST(DiffScales, TheImages) {
  BlockRecipe b = quantised();
  b.ranges = {{"images", 2.0f}};
  expectEdit(b, EditKind::RangeChanged, "images", 2);
}

TEST(DiffScales, APairThatIsMissing) {
  BlockRecipe b = quantised();
  b.bare = {"model.2.cv1"};
  expectEdit(b, EditKind::PairRemoved, "model.2.cv1", 0);
}

TEST(DiffScales, APairThatIsNew) {
  BlockRecipe a = quantised();
  a.bare = {"model.5.m.0"};
  const Edit edit = onlyEdit(blockDifference(a, quantised()));
  EXPECT_EQ(edit.kind, EditKind::PairAdded);
  EXPECT_EQ(placesOf(edit), "model.5.m.0");
}

TEST(DiffScales, APairInFrontOfAnActivation) {
  BlockRecipe b = quantised();
  b.early = {"model.2.cv1"};
  const Edit edit = onlyEdit(blockDifference(quantised(), b));
  EXPECT_EQ(edit.kind, EditKind::PairBeforeActivation);
  EXPECT_EQ(edit.text, "between model.2.cv1 and its ReLU B has a QuantizeLinear/DequantizeLinear "
                       "pair, A has none.");
}

TEST(DiffScales, APairThatMovedInFrontOfItsActivationIsOneEdit) {
  BlockRecipe b = quantised();
  b.early = b.bare = {"model.2.cv1"};
  expectEdit(b, EditKind::PairBeforeActivation, "model.2.cv1", 0);
}

TEST(DiffScales, OneScaleForSeveralPlaces) {
  BlockRecipe a = quantised(), b = quantised();
  a.scales = {{"model.2.cv1", 0.01f}, {"model.3.cv1", 0.02f}, {"model.4.cv1", 0.03f}};
  b.scales = {{"model.2.cv1", 0.08f}, {"model.3.cv1", 0.08f}, {"model.4.cv1", 0.08f}};
  const Edit edit = onlyEdit(blockDifference(a, b));
  EXPECT_EQ(edit.kind, EditKind::ScaleShared);
  EXPECT_EQ(edit.places.size(), 3u);
  EXPECT_NE(edit.text.find("B has the scale 0.08, as at all these places"), std::string::npos)
      << edit.text;
}

TEST(DiffScales, AnotherZeroPointAlone) {
  BlockRecipe b = quantised();
  b.zeros = {{"model.3.cv2", -20}};
  const Edit edit = onlyEdit(blockDifference(quantised(), b));
  EXPECT_EQ(edit.kind, EditKind::TypeChanged);
  EXPECT_EQ(edit.text, "behind model.3.cv2 codes are int8 with zero point -20 in B, int8 with zero "
                       "point 0 in A.");
}

TEST(DiffScales, ADequantizeThatContradicts) {
  BlockRecipe b = quantised();
  b.readScale = {{"model.4.cv1", 2.0f}};
  expectEdit(b, EditKind::PairContradicts, "model.4.cv1", 2);
}

TEST(DiffScales, ContradictionsShowAgainstAFloatNetwork) {
  BlockRecipe b = quantised();
  b.readScale = {{"model.4.cv1", 2.0f}};
  const Difference difference = blockDifference({}, b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].kind, EditKind::PairContradicts);
  EXPECT_EQ(difference.edits[1].kind, EditKind::Quantised);
}

TEST(DiffScales, WeightsThatTheirScaleDoesNotFit) {
  BlockRecipe b = quantised();
  b.weightScale = {{"model.2.cv3", 0.5f}};
  expectEdit(b, EditKind::WeightScale, "model.2.cv3", 0.5);
}

TEST(DiffScales, OneScaleForAllWeights) {
  BlockRecipe b = quantised();
  b.perTensor = true;
  const Edit edit = onlyEdit(blockDifference(quantised(), b));
  EXPECT_EQ(edit.kind, EditKind::WeightScheme);
  EXPECT_EQ(edit.places.size(), 22u);
}

TEST(DiffScales, AnotherCalibrationIsSummarisedAndOutliersAreListed) {
  BlockRecipe b = quantised();
  int n = 0;
  for (const char *block : {"model.1", "model.2", "model.3", "model.4"})
    for (const char *layer : {".cv1", ".cv2", ".cv3", ".m.0.cv1", ".m.0.cv2", ".concat", ".add"})
      b.ranges[std::string(block) + layer] = 1 + 0.02f * float(n++ % 9 - 4) + 0.005f;
  b.ranges["images"] = b.ranges["model.0"] = b.ranges["model.5.m.0"] = 1.01f;
  b.ranges["model.3.cv2"] = 0.2f;
  const Difference difference = blockDifference(quantised(), b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].kind, EditKind::RangeChanged);
  EXPECT_EQ(placesOf(difference.edits[0]), "model.3.cv2");
  EXPECT_FALSE(difference.edits[0].summary);
  EXPECT_TRUE(difference.edits[1].summary);
  EXPECT_EQ(difference.edits[1].places.size(), difference.totals.rangesCompared - 1);
}

/// Factors for all places, none of them twice.
void calibrateAnew(BlockRecipe &recipe, const std::function<float(const std::string &, int)> &of) {
  int n = 0;
  for (const char *place : {"images", "model.0", "model.5.m.0"})
    recipe.ranges[place] = 1 + 0.001f * float(++n);
  for (const char *block : {"model.1", "model.2", "model.3", "model.4"})
    for (const char *layer : {".cv1", ".cv2", ".cv3", ".m.0.cv1", ".m.0.cv2", ".concat", ".add"}) {
      ++n;
      recipe.ranges[std::string(block) + layer] = of(block, n);
    }
}

TEST(DiffScales, AWholePartThatIsNarrower) {
  BlockRecipe b = quantised();
  calibrateAnew(b, [](const std::string &block, int n) {
    const float noise = 1 + 0.004f * float(n);
    return (block > "model.2" ? 0.3f : 1.0f) * noise;
  });
  const Difference difference = blockDifference(quantised(), b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(difference.edits[0].text.substr(0, 69),
            "12 ranges are much narrower (by block: model.3 (6), model.4 (6)): B's");
  EXPECT_EQ(difference.edits[0].places.size(), 12u);
  EXPECT_FALSE(difference.edits[0].summary);
  EXPECT_TRUE(difference.edits[1].summary);
}

TEST(DiffScales, AnOutlierIsFarFromTheOthersAndNotFromOne) {
  BlockRecipe b = quantised();
  calibrateAnew(b, [](const std::string &, int n) { return 0.5f + 0.002f * float(n); });
  b.ranges["images"] = 1;
  b.ranges["model.0"] = b.ranges["model.5.m.0"] = 0.5f;
  b.ranges["model.4.cv3"] = 0.1f;
  const Difference difference = blockDifference(quantised(), b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(placesOf(difference.edits[0]), "model.4.cv3");
  EXPECT_TRUE(difference.edits[1].summary);
}

TEST(DiffScales, TheRangeOfTheImagesIsNoMatterOfTraining) {
  BlockRecipe b = quantised();
  calibrateAnew(b,
                [](const std::string &, int n) { return 1 + 0.02f * float(n % 19 - 9) + 0.003f; });
  b.ranges["images"] = 1.4f;
  const Difference difference = blockDifference(quantised(), b);
  ASSERT_EQ(difference.edits.size(), 2u);
  EXPECT_EQ(placesOf(difference.edits[0]), "images");
  EXPECT_TRUE(difference.edits[1].summary);
}

TEST(DiffScales, AnotherTypeIsOneEditAndNoOtherRange) {
  BlockRecipe b = quantised();
  b.type = onnx::TensorProto::UINT8;
  calibrateAnew(b, [](const std::string &, int) { return 0.5f; }); // 255 steps in place of 127.
  for (const char *place : {"images", "model.0", "model.5.m.0"})
    b.ranges[place] = 0.5f;
  const Difference difference = blockDifference(quantised(), b);
  const Edit edit = onlyEdit(difference);
  EXPECT_EQ(edit.kind, EditKind::TypeChanged);
  EXPECT_EQ(edit.places.size(), difference.totals.rangesCompared);
  EXPECT_EQ(difference.totals.rangesEqual, difference.totals.rangesCompared);
}

} // namespace

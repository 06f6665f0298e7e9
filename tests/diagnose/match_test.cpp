// Which layer is which: by structure and weights, whatever names, order and form.

#include "tests/diagnose/block_network.h"

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;

namespace {

/// The values of both come from one recipe, so that the n-th convolution of one in the order of the
/// builder is the n-th of the other: told by its weights' shape and first numbers.
void expectRightMatches(const BlockRecipe &recipeA, const BlockRecipe &recipeB,
                        bool sameWeights = true) {
  const Network a = blockNetwork(recipeA), b = blockNetwork(recipeB);
  const Matching matching = matchNetworks(a, b);
  EXPECT_TRUE(matching.sameNetwork());
  EXPECT_EQ(matching.weightedBoth, matching.weightedA);
  for (size_t i = 0; i < a.layers.size(); ++i) {
    const int j = matching.toB[i];
    ASSERT_GE(j, 0) << a.layers[i].node;
    EXPECT_EQ(matching.toA[size_t(j)], int(i));
    if (sameWeights && a.layers[i].weights) {
      EXPECT_EQ(numbersOf(*a.layers[i].weights), numbersOf(*b.layers[size_t(j)].weights))
          << a.layers[i].node << " is not " << b.layers[size_t(j)].node;
    }
    if (!recipeB.scrambleNames) {
      EXPECT_EQ(a.layers[i].path, b.layers[size_t(j)].path);
    }
  }
}

TEST(Match, RenamedNodesAndValues) {
  BlockRecipe renamed;
  renamed.scrambleNames = true;
  expectRightMatches({}, renamed);
}

TEST(Match, AnotherOrderOfNodes) {
  for (unsigned shuffle = 1; shuffle <= 20; ++shuffle) {
    BlockRecipe other;
    other.scrambleNames = true;
    other.shuffle = shuffle;
    expectRightMatches({}, other);
  }
}

TEST(Match, AnotherOrderNamesAndTrainingRunLeaveTheStructure) {
  for (unsigned shuffle = 1; shuffle <= 20; ++shuffle) {
    BlockRecipe plain, other;
    plain.scrambleNames = other.scrambleNames = true;
    other.seed = 50 + shuffle;
    other.shuffle = shuffle;
    other.prefix = "other";
    const Network a = blockNetwork(plain), b = blockNetwork(other);
    const Matching matching = matchNetworks(a, b);
    for (size_t i = 0; i < a.layers.size(); ++i) {
      ASSERT_GE(matching.toB[i], 0) << shuffle << ": " << a.layers[i].node;
      EXPECT_EQ("other" + a.layers[i].node, b.layers[size_t(matching.toB[i])].node) << shuffle;
    }
  }
}

TEST(Match, FloatAndQuantised) {
  BlockRecipe quantised;
  quantised.quantised = quantised.scrambleNames = true;
  quantised.shuffle = 3;
  expectRightMatches({}, quantised);
}

TEST(Match, AnotherActivationSizeAndSomeTraining) {
  BlockRecipe other;
  other.activation = "SiLU";
  other.size = 32;
  other.change = [](const std::string &, std::vector<float> &weights, std::vector<float> &) {
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] *= i % 2 ? 1.05f : 0.97f;
  };
  expectRightMatches({}, other, false);
}

TEST(Match, AnotherTrainingRunMatchesByStructure) {
  BlockRecipe other;
  other.seed = 99;
  expectRightMatches({}, other, false);
}

TEST(Match, AnotherWidth) {
  BlockRecipe wide;
  wide.width = 12;
  expectRightMatches({}, wide, false);
}

TEST(Match, ExchangedOperandsOfAConcatenation) {
  BlockRecipe swapped;
  swapped.swapConcat = swapped.scrambleNames = true;
  expectRightMatches({}, swapped);
}

TEST(Match, PermutedChannelsAreTheSameLayer) {
  BlockRecipe permuted;
  permuted.scrambleNames = true;
  permuted.change = [](const std::string &layer, std::vector<float> &weights,
                       std::vector<float> &) {
    if (layer == "model.2.cv2")
      std::rotate(weights.begin(), weights.begin() + 8, weights.end());
  };
  expectRightMatches({}, permuted, false);
}

TEST(Match, OtherNetworksAreNotTheSame) {
  const Network a = blockNetwork({});
  BlockRecipe few;
  OnnxBuilder chain;
  chain.input("x", {1, 3, 8, 8});
  std::string x = "x";
  for (int i = 0; i < 12; ++i) {
    const std::string name = std::to_string(i);
    chain.ramp("w" + name, {3, 3, 5, 5});
    chain.node("Conv", {x, "w" + name}, {"y" + name});
    set(*chain.graph().mutable_node(i), "pads", Dims{2, 2, 2, 2});
    x = "y" + name;
  }
  chain.output(x);
  auto b = readNetwork(imported(chain));
  ASSERT_TRUE(bool(b));
  const Difference difference = compareNetworks(a, *b);
  EXPECT_FALSE(difference.matching.sameNetwork());
  EXPECT_FALSE(difference.equal());
  EXPECT_TRUE(difference.edits.empty());
  EXPECT_NE(totalsText(a, *b, difference).find("not the same network: 0 of 22"), std::string::npos)
      << totalsText(a, *b, difference);
}

} // namespace

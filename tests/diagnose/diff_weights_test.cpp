// Edits of weights: what explains them.

#include "tests/diagnose/block_network.h"

using namespace bstc;
using namespace bstc::diagnose;
using namespace bstc::test;

namespace {

using Numbers = std::vector<float>;

/// The only edit after `change` of one layer's weights and bias, in a float and in a quantised
/// network that moved by some training otherwise.
void expectEdit(const std::string &layer, const std::function<void(Numbers &, Numbers &)> &change,
                EditKind kind, const std::string &words) {
  BlockRecipe b;
  b.change = [&](const std::string &path, Numbers &weights, Numbers &bias) {
    if (path == layer)
      change(weights, bias);
  };
  const Edit edit = onlyEdit(blockDifference({}, b));
  EXPECT_EQ(edit.kind, kind) << edit.text;
  EXPECT_EQ(placesOf(edit), layer);
  EXPECT_NE(edit.text.find(words), std::string::npos) << edit.text;

  BlockRecipe trained = b;
  trained.quantised = true;
  trained.change = [&](const std::string &path, Numbers &weights, Numbers &bias) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(1, 0.01f);
    for (float &weight : weights)
      weight *= normal(random);
    if (path == layer)
      change(weights, bias);
  };
  const Difference difference = blockDifference({}, trained);
  ASSERT_FALSE(difference.edits.empty());
  EXPECT_EQ(difference.edits[0].kind, kind) << difference.edits[0].text;
  EXPECT_EQ(placesOf(difference.edits[0]), layer);
  EXPECT_FALSE(difference.edits[0].summary);
}

TEST(DiffWeights, OutputChannelsRolled) {
  expectEdit(
      "model.2.cv1",
      [](Numbers &weights, Numbers &bias) {
        std::rotate(weights.begin(), weights.end() - 8, weights.end());
        std::rotate(bias.begin(), bias.end() - 1, bias.end());
      },
      EditKind::OutputChannelsMoved, "moved by 1 in B");
}

TEST(DiffWeights, InputChannelsReversedInTheStem) {
  expectEdit(
      "model.0",
      [](Numbers &weights, Numbers &) {
        for (size_t o = 0; o < weights.size(); o += 27)
          for (size_t i = 0; i < 9; ++i)
            std::swap(weights[o + i], weights[o + 18 + i]);
      },
      EditKind::InputChannelsReversed, "RGB and BGR");
}

TEST(DiffWeights, ChannelsScaled) {
  expectEdit(
      "model.3.m.0.cv2",
      [](Numbers &weights, Numbers &) {
        for (size_t i = 0; i < weights.size(); ++i)
          weights[i] *= 0.5f + float(i / 72) * 0.3f;
      },
      EditKind::ChannelsScaled, "a factor of its own, 0.5 to 2.6");
}

TEST(DiffWeights, OtherNumbersInOneLayer) {
  expectEdit(
      "model.3.cv3",
      [](Numbers &weights, Numbers &) {
        std::mt19937 random(5);
        std::normal_distribution<float> normal(0, 1);
        for (float &weight : weights)
          weight = normal(random);
      },
      EditKind::WeightsChanged, "the weights differ by 1");
}

TEST(DiffWeights, AllZero) {
  expectEdit(
      "model.4.cv2", [](Numbers &weights, Numbers &) { weights.assign(weights.size(), 0); },
      EditKind::WeightsZero, "all weights are 0 in B");
}

TEST(DiffWeights, BiasLost) {
  expectEdit(
      "model.4.cv2", [](Numbers &, Numbers &bias) { bias.assign(bias.size(), 0); },
      EditKind::BiasZero, "B has no bias");
}

TEST(DiffWeights, LayersThatExchangedTheirWeights) {
  Numbers first, second;
  BlockRecipe a, b;
  a.change = [&](const std::string &path, Numbers &weights, Numbers &bias) {
    bias.assign(bias.size(), 1);
    if (path == "model.1.cv1")
      first = weights;
    if (path == "model.3.cv1")
      second = weights;
  };
  const Network networkA = blockNetwork(a);
  b.change = [&](const std::string &path, Numbers &weights, Numbers &bias) {
    bias.assign(bias.size(), 1);
    if (path == "model.1.cv1")
      weights = second;
    if (path == "model.3.cv1")
      weights = first;
  };
  const Difference difference = compareNetworks(networkA, blockNetwork(b));
  const Edit edit = onlyEdit(difference);
  EXPECT_EQ(edit.kind, EditKind::WeightsExchanged);
  EXPECT_EQ(placesOf(edit), "model.1.cv1,model.3.cv1");
}

/// The nearest number with 11 binary digits, by adding and taking off 2^13 + 1 times as much
/// (Dekker, 1971).
float halfOf(float value) {
  const float wide = value * 8193.0f;
  volatile const float low = wide - value;
  return wide - low;
}

TEST(DiffWeights, HalfPrecisionIsOneLine) {
  BlockRecipe a, b;
  a.change = [](const std::string &, Numbers &weights, Numbers &) {
    for (float &weight : weights) // Those below 2^-14 have fewer digits.
      weight = std::fabs(weight) < 1e-4f ? 0.7f : weight;
  };
  b.change = [&](const std::string &layer, Numbers &weights, Numbers &bias) {
    a.change(layer, weights, bias);
    llvm::transform(weights, weights.begin(), halfOf);
  };
  const Edit edit = onlyEdit(blockDifference(a, b));
  EXPECT_EQ(edit.kind, EditKind::WeightsHalf);
  EXPECT_TRUE(edit.summary);
  EXPECT_EQ(edit.places.size(), 22u);
}

TEST(DiffWeights, AnotherTrainingRunIsOneLine) {
  BlockRecipe b;
  b.seed = 2;
  const Difference difference = blockDifference({}, b);
  ASSERT_EQ(difference.edits.size(), 2u);
  for (const Edit &edit : difference.edits) {
    EXPECT_TRUE(edit.summary) << edit.text;
    EXPECT_NE(edit.text.find("another training run"), std::string::npos) << edit.text;
  }
  EXPECT_EQ(difference.edits[0].kind, EditKind::WeightsChanged);
  EXPECT_EQ(difference.edits[0].places.size(), 22u);
}

} // namespace

#include "decode_graph.h"

#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

std::vector<TensorDataRef> randomHeads(const Graph &graph, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> logits(-4, 4);
  std::vector<TensorDataRef> heads;
  for (const Value *input : graph.inputs()) {
    auto data = std::make_shared<TensorData>(input->type);
    for (float &value : data->mutableValues<float>())
      value = logits(random);
    heads.push_back(data);
  }
  return heads;
}

} // namespace

static void expectRecognisedWithTheSameNumbers(Form form) {
  Graph plain = buildDecode(form);
  Graph fused = plain.clone();
  ASSERT_FALSE(bool(recogniseDecode(fused)));
  ASSERT_FALSE(bool(verify(fused)));
  ASSERT_EQ(ops(fused), "relu relu yolo_decode");
  const Node &decode = *fused.outputs()[0]->producer();
  const auto &attrs = decode.as<YoloDecodeAttrs>();
  EXPECT_EQ(attrs.strides, (std::vector<float>{8, 16}));
  EXPECT_EQ(attrs.anchors, (std::vector<float>{10, 13, 16, 30, 30, 61, 62, 45}));
  EXPECT_EQ(attrs.anchorsPerLevel, 2);
  EXPECT_EQ(attrs.classes, form.classes);
  EXPECT_EQ(attrs.masks, form.masks());
  EXPECT_EQ(fused.outputs()[0]->name, "all.out");
  EXPECT_EQ(decode.input(0)->name, "a.head.out");
  EXPECT_EQ(decode.input(1)->name, "b.head.out");

  // Every node of the decode is told of once; what makes the heads is not of it.
  std::vector<std::string> replaced;
  for (const auto &node : plain.nodes())
    if (node->op != OpKind::Relu && node->name != "all")
      replaced.push_back(node->name);
  EXPECT_THAT(decode.fused, testing::UnorderedElementsAreArray(replaced));

  std::vector<TensorDataRef> heads = randomHeads(plain, 7);
  auto expected = evaluate(plain, heads), actual = evaluate(fused, heads);
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());
  ASSERT_TRUE(bool(actual)) << llvm::toString(actual.takeError());
  for (int64_t i = 0; i < (*expected)[0]->type.count(); ++i)
    ASSERT_NEAR((*actual)[0]->at(i), (*expected)[0]->at(i), 1e-4) << "element " << i;
}

TEST(RecogniseDecode, Detect) { expectRecognisedWithTheSameNumbers({}); }
TEST(RecogniseDecode, Segment) { expectRecognisedWithTheSameNumbers({.segment = true}); }
TEST(RecogniseDecode, SquareByMultiplication) {
  expectRecognisedWithTheSameNumbers({.squareByMul = true});
}
TEST(RecogniseDecode, HalfSubtractedApartFromTheGrid) {
  expectRecognisedWithTheSameNumbers({.separateHalf = true});
}
TEST(RecogniseDecode, ChannelsBySlices) {
  expectRecognisedWithTheSameNumbers({.slices = true});
  expectRecognisedWithTheSameNumbers({.segment = true, .slices = true});
}
TEST(RecogniseDecode, ConstantsOfOtherForms) {
  expectRecognisedWithTheSameNumbers({.constantsFirst = true});
  expectRecognisedWithTheSameNumbers({.divisions = true});
  expectRecognisedWithTheSameNumbers({.wholeConstants = true});
  expectRecognisedWithTheSameNumbers({.sharedGrid = true});
  expectRecognisedWithTheSameNumbers({.insideSquare = 4});
  expectRecognisedWithTheSameNumbers({.insideSquare = 1});
}
TEST(RecogniseDecode, ScoresInTwoParts) {
  expectRecognisedWithTheSameNumbers({.splitScores = true, .classes = 3});
  expectRecognisedWithTheSameNumbers({.segment = true, .splitScores = true, .classes = 3});
}
TEST(RecogniseDecode, OneClass) {
  expectRecognisedWithTheSameNumbers({.classes = 1});
  expectRecognisedWithTheSameNumbers({.segment = true, .classes = 1});
}

TEST(RecogniseDecode, AnotherGridIsNotThisDecode) {
  Graph graph = buildDecode({.gridError = 0.25f});
  std::string before = toString(graph);
  ASSERT_FALSE(bool(recogniseDecode(graph)));
  EXPECT_EQ(toString(graph), before);
}

TEST(RecogniseDecode, ALevelThatRepeatsChannelsIsNotThisDecode) {
  Graph graph = buildDecode({});
  // The second level's last concat part read twice: channels no longer add up.
  Node *concat = const_cast<Node *>(nodeNamed(graph, "b.cat"));
  concat->setInput(2, concat->input(1));
  ASSERT_FALSE(bool(recogniseDecode(graph)));
  EXPECT_EQ(nodeNamed(graph, "all")->op, OpKind::Concat);
}

// Whose scale and zero point count.
#include "tests/passes/imported.h"

using namespace bstc;
using namespace bstc::test;
using Floats = std::vector<float>;

static Graph settled(const OnnxBuilder &model) {
  Graph graph = imported(model);
  runPass(foldConstants, graph);
  runPass(settleQuantisation, graph);
  return graph;
}

TEST(SettleQuantisation, ADequantizeWithParametersOfItsOwnReadsAReinterpret) {
  QdqBuilder model;
  model.input("x", {1, 4}).output("y");
  model.dequantize(model.quantize("x", "q", 0.5f, 1), "y", 2, -3);
  Graph graph = settled(model);
  EXPECT_EQ(ops(graph), "quantize reinterpret dequantize");
  EXPECT_EQ(graph.find("q")->type, s8({1, 4}, 0.5f, 1));
  const Value *taken = graph.outputs()[0]->producer()->input(0);
  EXPECT_EQ(taken->type, s8({1, 4}, 2, -3));
  EXPECT_EQ(originOf(taken->name), "y"); // It holds y's number.
  // Steps 1, 2, 3, 0; (step + 3) * 2.
  EXPECT_EQ(numbers(graph, {0, 0.5f, 1, -0.5f}), (Floats{8, 10, 12, 6}));
}

TEST(SettleQuantisation, EqualParametersNeedNothing) {
  QdqBuilder model;
  model.input("x", {1, 4}).output("y");
  model.dequantize(model.quantize("x", "q", 0.5f, 1), "y", 0.5f, 1);
  Graph graph = settled(model);
  EXPECT_EQ(ops(graph), "quantize dequantize");
  for (const auto &node : graph.nodes())
    EXPECT_EQ(node->inputs().size(), 1u) << node->name; // The type says it.
}

TEST(SettleQuantisation, AnotherZeroPointAloneIsAnotherNumber) {
  QdqBuilder model;
  model.input("x", {1, 2}).output("y");
  model.dequantize(model.quantize("x", "q", 0.5f, 0), "y", 0.5f, 4);
  EXPECT_EQ(numbers(settled(model), {0, 1}), (Floats{-2, -1}));
}

TEST(SettleQuantisation, ReadersThatAgreeShareOneReinterpret) {
  QdqBuilder model;
  model.input("x", {1, 2}).output("a").output("b").output("c");
  model.quantize("x", "q", 0.5f);
  model.dequantize("q", "a", 2);
  model.dequantize("q", "b", 2);
  model.dequantize("q", "c", 3);
  Graph graph = settled(model);
  EXPECT_EQ(ops(graph), "quantize reinterpret dequantize dequantize reinterpret dequantize");
}

TEST(SettleQuantisation, EqualScalesAlongAnAxisAreOne) {
  QdqBuilder model;
  model.input("x", {1, 2, 1, 1}).output("y");
  model.quantize("x", "q", 0.5f, 3);
  model.dequantizeAlong(1, "q", "y", {0.5f, 0.5f}, {3, 3});
  Graph graph = settled(model);
  EXPECT_EQ(ops(graph), "quantize dequantize");
  EXPECT_EQ(graph.outputs()[0]->producer()->input(0), graph.find("q"));
}

TEST(SettleQuantisation, ScalesAlongAnAxisOfAMapAreComputedInFloat) {
  for (const bool otherScales : {true, false}) {
    QdqBuilder model;
    model.input("x", {1, 2, 1, 2}).output("y");
    model.quantize("x", "q", 0.5f);
    model.dequantizeAlong(1, "q", "y", {0.5f, otherScales ? 2.0f : 0.5f}, {1, -1});
    Graph graph = settled(model);
    EXPECT_EQ(ops(graph), "quantize reinterpret dequantize sub mul");
    EXPECT_EQ(graph.outputs()[0]->name, "y");
    // Steps 1, 2, 3, 4.
    const float second = otherScales ? 2 : 0.5f;
    EXPECT_EQ(numbers(graph, {0.5f, 1, 1.5f, 2}), (Floats{0, 0.5f, 4 * second, 5 * second}));
  }
  QdqBuilder model; // One zero point, two scales.
  model.input("x", {1, 2}).output("y");
  model.quantize("x", "q", 1);
  model.dequantizeAlong(1, "q", "y", {1, 3}, {2, 2});
  EXPECT_EQ(numbers(settled(model), {5, 5}), (Floats{3, 9}));
}

TEST(SettleQuantisation, StoredIntegersAreWhatEachReaderTakesThemFor) {
  QdqBuilder model;
  model.input("x", {2}).output("y");
  model.bytes("w", {2}, {3, -4});
  model.dequantize("w", "a", 1);
  model.dequantize("w", "b", 10);
  model.dequantize("w", "c", 10, 1);
  model.dequantize("w", "d", 10);
  model.node("Sum", {"x", "a", "b", "c", "d"}, {"y"});
  Graph graph = settled(model);
  auto stored = [&](llvm::StringRef name) { return graph.find(name)->producer()->input(0); };
  EXPECT_EQ(stored("a")->type, s8({2}, 1));
  EXPECT_EQ(stored("b")->type, s8({2}, 10));
  EXPECT_EQ(stored("c")->type, s8({2}, 10, 1));
  EXPECT_EQ(stored("a")->data, stored("b")->data); // The bytes are there once.
  EXPECT_EQ(numbers(graph, {0, 0}), (Floats{3 + 30 + 20 + 30, -4 - 40 - 50 - 40}));
}

TEST(SettleQuantisation, WeightsKeepAScaleAChannel) {
  QdqBuilder model;
  model.input("x", {1, 2}).output("y");
  model.bytes("w", {2, 2}, {1, 2, 3, 4});
  model.dequantizeAlong(0, "w", "d", {0.5f, 0.5f}, {0, 0});
  model.node("MatMul", {"x", "d"}, {"y"});
  Graph graph = settled(model);
  EXPECT_EQ(graph.find("w")->type.quant, (Quantisation{{0.5f, 0.5f}, {0, 0}, 0}));
}

// Integers of a constant behind several pairs are those that the file might have stored.

TEST(FoldConstants, AConstantBehindSeveralPairsBecomesIntegers) {
  QdqBuilder model;
  model.input("x", {2, 2}).output("y");
  model.floats("k", {4}, {1.2f, -1.2f, 0.4f, 3});
  model.dequantize(model.quantize("k", "q1", 0.5f), "d1", 0.5f); // Steps 2, -2, 1, 6.
  model.node("Relu", {"d1"}, {"r"});
  model.ints("shape", {2}, {2, 2});
  model.node("Reshape", {"r", "shape"}, {"m"});
  model.dequantize(model.quantize("m", "q2", 0.25f, 1), "d2", 0.25f, 1);
  model.node("Add", {"x", "d2"}, {"y"});
  Graph graph = imported(model);
  runPass(foldConstants, graph);
  EXPECT_EQ(ops(graph), "dequantize add");
  const Value *folded = graph.find("q2");
  ASSERT_TRUE(folded && folded->isConstant());
  // 1, 0, 0.5, 3 in steps of 0.25, and one.
  EXPECT_EQ(folded->data->values<int8_t>().vec(), (std::vector<int8_t>{5, 1, 3, 13}));
  EXPECT_EQ(folded->type.quant, (Quantisation{{0.25f}, {1}, -1}));
}

TEST(FoldConstants, WhatIsBetweenStaysForItsOtherReaders) {
  QdqBuilder model;
  model.input("x", {1, 1, 2, 2}).output("y").output("z");
  model.bytes("w", {1, 1, 1, 1}, {4});
  model.dequantize("w", "d", 0.5f);
  model.node("Conv", {"x", "d"}, {"y"});
  model.dequantize(model.quantize("d", "q", 0.25f), "e", 0.25f);
  model.node("Add", {"x", "e"}, {"z"});
  Graph graph = imported(model);
  runPass(foldConstants, graph);
  EXPECT_EQ(graph.find("y")->producer()->input(1)->producer()->input(0), graph.find("w"));
  EXPECT_EQ(graph.find("q")->data->values<int8_t>()[0], 8);
}

TEST(FoldConstants, WhatDependsOnAnInputStays) {
  QdqBuilder model;
  model.input("x", {2}).output("y");
  model.floats("k", {2}, {1, 2});
  model.node("Add", {"x", "k"}, {"s"});
  model.dequantize(model.quantize("s", "q", 0.5f), "y", 0.5f);
  Graph graph = imported(model);
  runPass(foldConstants, graph);
  EXPECT_EQ(ops(graph), "add quantize dequantize");
}

TEST(FoldConstants, AnIdentityThatMakesAnOutputKeepsItsName) {
  OnnxBuilder model;
  model.input("x", {2}).output("y");
  model.node("Identity", {"x"}, {"a"});
  model.node("Relu", {"a"}, {"b"});
  model.node("Identity", {"b"}, {"y"});
  Graph graph = imported(model);
  runPass(foldConstants, graph);
  EXPECT_EQ(ops(graph), "relu identity");
  EXPECT_EQ(graph.outputs()[0]->name, "y");
}

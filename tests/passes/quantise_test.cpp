#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

static void runQuantise(Graph &graph) {
  llvm::Error error = quantise(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  error = verify(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
}

TEST(Quantise, ConvBetweenPairsComputesOnInt8) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f), b.filled("bias", {3}, 1));
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f, -3));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize conv dequantize");
  const Node *conv = nodeNamed(b.graph, "c");
  EXPECT_EQ(conv->input(0)->type, s8({1, 2, 4, 4}, 0.5f));
  EXPECT_EQ(conv->input(1)->type, s8({3, 2, 1, 1}, 0.25f));
  EXPECT_EQ(conv->output()->type, s8({1, 3, 4, 4}, 0.125f, -3));
  EXPECT_EQ(conv->output()->name, "y.q.out");
}

TEST(Quantise, ConvWhoseResultIsAlsoReadAsFloatStaysFloat) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
  b.graph.addOutput(b.unary(OpKind::Tanh, "t", c));
  runQuantise(b.graph);
  // Once, in float.
  EXPECT_EQ(ops(b.graph), "quantize dequantize dequantize conv quantize dequantize tanh");
}

TEST(Quantise, MaxPoolWithoutAPairKeepsTheScaleOfItsInput) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f, 7);
  Value *once = b.node(OpKind::MaxPool, "p1", {x}, PoolAttrs{}, x->type);
  Value *again = b.node(OpKind::MaxPool, "p2", {once}, PoolAttrs{}, x->type);
  Value *joined = b.node(OpKind::Concat, "cat", {x, once, again}, AxisAttrs{1}, f32({1, 6, 4, 4}));
  b.graph.addOutput(b.fakeQuant("y", joined, 0.25f));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize max_pool max_pool concat dequantize");
  EXPECT_EQ(nodeNamed(b.graph, "p2")->output()->type, s8({1, 2, 4, 4}, 0.5f, 7));
  EXPECT_EQ(nodeNamed(b.graph, "p2")->output()->name, "p2.out");
}

TEST(Quantise, AFloatOutputKeepsItsNameBehindAPassedPool) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  b.graph.addOutput(b.node(OpKind::MaxPool, "p", {x}, PoolAttrs{}, x->type));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize max_pool dequantize");
  EXPECT_EQ(b.graph.outputs()[0]->name, "p.out");
  EXPECT_TRUE(b.graph.outputs()[0]->type.isFloat());
  EXPECT_EQ(originOf(nodeNamed(b.graph, "p")->output()->name), "p.out");
}

TEST(Quantise, RepeatedPairIsDroppedAndAnotherScaleIsARescale) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  b.graph.addOutput(b.fakeQuant("same", x, 0.5f));
  b.graph.addOutput(b.fakeQuant("other", x, 0.25f));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize dequantize identity dequantize");
  EXPECT_EQ(nodeNamed(b.graph, "other.q")->op, OpKind::Identity);
}

TEST(Quantise, BroadcastAddStaysFloatAndGivesItsBoundsBack) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *y = b.fakeQuant("y", b.input("y", {1, 2, 1, 1}), 0.5f);
  Value *sum = b.binary(OpKind::Add, "a", x, y);
  sum->producer()->as<ElementwiseAttrs>().bounds = {0, 6};
  b.graph.addOutput(b.fakeQuant("z", sum, 0.25f));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize dequantize quantize dequantize add clip quantize dequantize");
}

TEST(Quantise, ResidualAddOfTwoScalesIsInt8) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *y = b.fakeQuant("y", b.input("y", {1, 2, 4, 4}), 0.25f);
  b.graph.addOutput(b.fakeQuant("z", b.binary(OpKind::Add, "a", x, y), 0.75f));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize quantize add dequantize");
}

// What is not one operator on int8.

TEST(Quantise, TwoScalesOfOneResultAreTwoNumbers) {
  for (const float second : {0.125f, 0.25f}) {
    GraphBuilder b;
    Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
    Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
    b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
    b.graph.addOutput(b.fakeQuant("z", c, second));
    runQuantise(b.graph);
    const bool same = second == 0.125f;
    EXPECT_EQ(nodeNamed(b.graph, "c")->output()->type.isFloat(), !same);
    const auto input = [&](int i) { return b.graph.outputs()[i]->producer()->input(0); };
    EXPECT_EQ(input(0) == input(1), same);
    EXPECT_EQ(input(1)->type.quant->scale(), second);
  }
}

TEST(Quantise, AnotherZeroPointOrTypeIsAnotherNumber) {
  for (const bool otherType : {false, true}) {
    GraphBuilder b;
    Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
    Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
    b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
    Value *q = b.quantize("z", c, 0.125f, otherType ? 0 : 3);
    if (otherType)
      q->type.element = ElementType::U8;
    b.graph.addOutput(b.dequantize("z", q));
    runQuantise(b.graph);
    EXPECT_TRUE(nodeNamed(b.graph, "c")->output()->type.isFloat());
  }
}

TEST(Quantise, AnOutputThatIsAlsoQuantisedStaysFloat) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  b.graph.addOutput(c);
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
  runQuantise(b.graph);
  // One convolution, in float, for both.
  EXPECT_EQ(ops(b.graph), "quantize dequantize dequantize conv quantize dequantize");
}

TEST(Quantise, WeightsWithScalesAlongInputsStayFloat) {
  for (const int axis : {0, 1}) {
    GraphBuilder b;
    Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
    Quantisation quant{{0.5f, 0.25f}, {0, 0}, axis};
    TensorType type{ElementType::S8, {2, 2, 1, 1}, quant};
    Value *stored =
        b.graph.addConstant("w", TensorData::make<int8_t>(type, {int8_t(1), 2, 3, 4}), quant);
    Value *w = b.graph
                   .addNode(OpKind::Dequantize, "w.dq", {stored}, AxisAttrs{axis},
                            {{"w.real", f32({2, 2, 1, 1})}})
                   ->output();
    b.graph.addOutput(b.fakeQuant("y", b.conv("c", x, w), 0.125f));
    runQuantise(b.graph);
    EXPECT_EQ(nodeNamed(b.graph, "c")->output()->type.isFloat(), axis == 1);
  }
}

TEST(Quantise, AMapOfOtherRankStaysFloat) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4}), 0.5f);
  Value *joined = b.node(OpKind::Concat, "cat", {x, x}, AxisAttrs{1}, f32({1, 4, 4}));
  b.graph.addOutput(b.fakeQuant("y", joined, 0.25f));
  runQuantise(b.graph);
  EXPECT_TRUE(nodeNamed(b.graph, "cat")->output()->type.isFloat());
}

TEST(Quantise, AnOperandThatIsNotQuantisedKeepsASumFloat) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *sum = b.binary(OpKind::Add, "a", x, b.input("y", {1, 2, 4, 4}));
  b.graph.addOutput(b.fakeQuant("z", sum, 0.25f));
  runQuantise(b.graph);
  EXPECT_TRUE(nodeNamed(b.graph, "a")->output()->type.isFloat());
}

TEST(Quantise, APairBehindAMovedMapGoesOnlyWhereItChangesNothing) {
  auto behindTranspose = [](float scale, int32_t zero, bool computes) {
    GraphBuilder b;
    Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f, 3);
    Value *t = b.node(OpKind::Transpose, "t", {x}, TransposeAttrs{{0, 2, 3, 1}}, f32({1, 4, 4, 2}));
    if (computes)
      t = b.node(OpKind::Softmax, "s", {t}, SoftmaxAttrs{1}, t->type);
    b.graph.addOutput(b.fakeQuant("y", t, scale, zero));
    runQuantise(b.graph);
    EXPECT_EQ(b.graph.outputs()[0]->name, "y.dq.out");
    return ops(b.graph);
  };
  EXPECT_EQ(behindTranspose(0.5f, 3, false), "quantize dequantize transpose");
  EXPECT_EQ(behindTranspose(0.25f, 3, false), "quantize dequantize transpose quantize dequantize");
  EXPECT_EQ(behindTranspose(0.5f, 4, false), "quantize dequantize transpose quantize dequantize");
  EXPECT_EQ(behindTranspose(0.5f, 3, true),
            "quantize dequantize transpose softmax quantize dequantize");
}

TEST(Quantise, APairBehindPartsOfUnlikeScalesStays) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4}), 0.5f);
  Value *y = b.fakeQuant("y", b.input("y", {1, 2, 4}), 0.25f);
  Value *joined = b.node(OpKind::Concat, "cat", {x, y}, AxisAttrs{1}, f32({1, 4, 4}));
  b.graph.addOutput(b.fakeQuant("z", joined, 0.5f));
  runQuantise(b.graph);
  EXPECT_EQ(ops(b.graph), "quantize dequantize quantize dequantize concat quantize dequantize");
}

TEST(Quantise, TwoOutputsOfOneNumberKeepTheirNames) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4}), 0.5f);
  Value *t = b.node(OpKind::Transpose, "t", {x}, TransposeAttrs{{0, 2, 1}}, f32({1, 4, 2}));
  b.graph.addOutput(t);
  b.graph.addOutput(b.fakeQuant("y", t, 0.5f));
  runQuantise(b.graph);
  EXPECT_EQ(b.graph.outputs()[0]->name, "t.out");
  EXPECT_EQ(b.graph.outputs()[1]->name, "y.dq.out");
}

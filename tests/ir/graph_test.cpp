#include "tests/support/graph_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;
using testing::HasSubstr;

TEST(Graph, PrintsEveryNodeWithTypesAndAttributes) {
  GraphBuilder b;
  b.graph.name = "net";
  Value *x = b.input("x", {1, 2, 4, 4});
  Value *q = b.dequantize("x", b.quantize("x", x, 0.5f, 3));
  Value *y = b.conv("c", q, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  b.graph.addOutput(b.unary(OpKind::Relu, "r", y));
  EXPECT_EQ(toString(b.graph), R"(graph "net" {
  input %x:f32[1,2,4,4]
  %x.q.out:s8[1,2,4,4] q(0.5,3) = quantize(%x, @x.q.scale:f32[1], @x.q.zero:s8[1]) {axis=-1}
  %x.dq.out:f32[1,2,4,4] = dequantize(%x.q.out, @x.dq.scale:f32[1], @x.dq.zero:s8[1]) {axis=-1}
  %w.dq.out:f32[3,2,1,1] = dequantize(@w:s8[3,2,1,1] q(0.25,0), @w.dq.scale:f32[1], @w.dq.zero:s8[1]) {axis=-1}
  %c.out:f32[1,3,4,4] = conv(%x.dq.out, %w.dq.out) {kernel=1x1, stride=1x1, pads=[0,0,0,0]}
  %r.out:f32[1,3,4,4] = relu(%c.out) {alpha=0, beta=0}
  output %r.out
}
)");
}

TEST(Graph, CleanUpDropsWhatNoOutputNeedsAndSortsTheRest) {
  GraphBuilder b;
  Value *x = b.input("x", {4});
  Value *late = b.unary(OpKind::Relu, "late", x);
  Value *early = b.unary(OpKind::Neg, "early", x);
  b.unary(OpKind::Exp, "dead", x);
  late->producer()->setInput(0, early);
  b.graph.addOutput(late);
  b.graph.cleanUp();
  EXPECT_EQ(ops(b.graph), "neg relu");
  EXPECT_EQ(b.graph.find("dead.out"), nullptr);
  EXPECT_EQ(x->users().size(), 1u);
  EXPECT_FALSE(bool(verify(b.graph)));
}

TEST(Graph, ReplaceUsesReachesReadersAndGraphOutputs) {
  GraphBuilder b;
  Value *x = b.input("x", {4});
  Value *a = b.unary(OpKind::Relu, "a", x);
  Value *twice = b.binary(OpKind::Add, "sum", a, a);
  b.graph.addOutput(twice);
  b.graph.addOutput(a);
  b.graph.replaceUses(a, x);
  EXPECT_EQ(twice->producer()->input(0), x);
  EXPECT_EQ(twice->producer()->input(1), x);
  EXPECT_EQ(b.graph.outputs()[1], x);
  EXPECT_TRUE(a->users().empty());
}

TEST(Graph, CloneIsIndependent) {
  GraphBuilder b;
  Value *x = b.input("x", {4});
  b.graph.addOutput(b.unary(OpKind::Relu, "a", x));
  Graph copy = b.graph.clone();
  std::string before = toString(copy);
  b.unary(OpKind::Exp, "more", x);
  EXPECT_EQ(toString(copy), before);
  EXPECT_NE(copy.inputs()[0], x);
}

TEST(Graph, OriginIsTheNameInTheFile) {
  GraphBuilder b;
  b.input("x", {1});
  std::string second = b.graph.uniqueName("x");
  EXPECT_NE(second, "x");
  EXPECT_EQ(originOf(second), "x");
  EXPECT_EQ(originOf("x~float"), "x");
  EXPECT_EQ(b.graph.uniqueName("y"), "y");
}

TEST(Verifier, ReportsAReadBeforeTheDefinition) {
  GraphBuilder b;
  Value *x = b.input("x", {4});
  Value *first = b.unary(OpKind::Relu, "first", x);
  Value *second = b.unary(OpKind::Neg, "second", x);
  b.graph.addOutput(first);
  first->producer()->setInput(0, second); // Out of order until cleanUp().
  EXPECT_THAT(llvm::toString(verify(b.graph)), HasSubstr("'first' (relu): reads 'second.out'"));
}

TEST(Verifier, ReportsAttributesOfAnotherOperator) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 1, 2, 2});
  b.graph.addOutput(b.node(OpKind::MaxPool, "pool", {x}, ActivationAttrs{}, x->type));
  EXPECT_THAT(llvm::toString(verify(b.graph)), HasSubstr("'pool' (max_pool)"));
}

TEST(Verifier, ReportsAQuantisationThatDoesNotFit) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 3, 2, 2});
  TensorType broken{ElementType::S8, {1, 3, 2, 2}, Quantisation{{1, 2}, {0, 0}, 1}};
  b.graph.addOutput(b.node(OpKind::Quantize, "q", {x}, AxisAttrs{1}, broken));
  EXPECT_THAT(llvm::toString(verify(b.graph)), HasSubstr("does not fit its shape"));
}

TEST(Verifier, ReportsADequantizeWithoutParameters) {
  GraphBuilder b;
  Value *q = b.graph.addInput("q", {ElementType::S8, {4}, std::nullopt});
  b.graph.addOutput(b.node(OpKind::Dequantize, "d", {q}, AxisAttrs{-1}, f32({4})));
  EXPECT_THAT(llvm::toString(verify(b.graph)), HasSubstr("'d' (dequantize): has no parameters"));
  q->type.quant = Quantisation{{1}, {0}, -1};
  EXPECT_FALSE(bool(verify(b.graph)));
}

TEST(Verifier, ReportsAQuantizeWithoutParameters) {
  GraphBuilder b;
  Value *x = b.input("x", {4});
  b.graph.addOutput(
      b.node(OpKind::Quantize, "q", {x}, AxisAttrs{-1}, {ElementType::S8, {4}, std::nullopt}));
  EXPECT_THAT(llvm::toString(verify(b.graph)), HasSubstr("'q' (quantize): has no parameters"));
}

TEST(Verifier, ReportsAReinterpretThatChangesMoreThanTheQuantisation) {
  for (const TensorType &type :
       {s8({2, 2}, 1), TensorType{ElementType::U8, {4}, Quantisation{{1}, {0}, -1}},
        TensorType{ElementType::S8, {4}, std::nullopt}}) {
    GraphBuilder b;
    Value *q = b.graph.addInput("q", s8({4}, 0.5f));
    b.graph.addOutput(b.node(OpKind::Reinterpret, "r", {q}, AxisAttrs{-1}, type));
    EXPECT_THAT(llvm::toString(verify(b.graph)), HasSubstr("changes more than the quantisation"));
  }
}

TEST(Graph, ACloneKeepsTheQuantisationOfConstants) {
  GraphBuilder b;
  b.graph.addOutput(b.weights("w", {2}, 3, 0.5f));
  EXPECT_EQ(b.graph.clone().find("w")->type, s8({2}, 0.5f));
}

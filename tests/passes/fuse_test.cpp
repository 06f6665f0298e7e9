#include "frontend/passes/passes.h"
#include "tests/passes/run_pass.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

TEST(FuseSilu, MulWithTheSigmoidOfItsOtherOperand) {
  for (bool sigmoidFirst : {false, true}) {
    GraphBuilder b;
    Value *x = b.input("x", {1, 2, 4, 4});
    Value *s = b.unary(OpKind::Sigmoid, "s", x);
    b.graph.addOutput(sigmoidFirst ? b.binary(OpKind::Mul, "m", s, x)
                                   : b.binary(OpKind::Mul, "m", x, s));
    run(fuseSilu, b.graph);
    EXPECT_EQ(ops(b.graph), "silu");
    EXPECT_EQ(b.graph.outputs()[0]->name, "m.out");
    EXPECT_EQ(nodeNamed(b.graph, "m")->fused, std::vector<std::string>{"s"});
  }
}

TEST(FuseSilu, LeavesASigmoidThatIsReadElsewhere) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 2, 4, 4});
  Value *s = b.unary(OpKind::Sigmoid, "s", x);
  b.graph.addOutput(b.binary(OpKind::Mul, "m", x, s));
  b.graph.addOutput(s);
  run(fuseSilu, b.graph);
  EXPECT_EQ(ops(b.graph), "sigmoid mul");
}

TEST(FuseSilu, LeavesTheSigmoidOfAnotherValue) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 2, 4, 4}), *y = b.input("y", {1, 2, 4, 4});
  b.graph.addOutput(b.binary(OpKind::Mul, "m", x, b.unary(OpKind::Sigmoid, "s", y)));
  run(fuseSilu, b.graph);
  EXPECT_EQ(ops(b.graph), "sigmoid mul");
}

TEST(FuseActivations, ReluBecomesBoundsAndTheConvMakesItsValue) {
  GraphBuilder b;
  Value *c = b.conv("c", b.input("x", {1, 2, 4, 4}), b.filled("w", {3, 2, 1, 1}, 1));
  b.graph.addOutput(b.unary(OpKind::Relu, "r", c));
  run(fuseActivations, b.graph);
  EXPECT_EQ(ops(b.graph), "conv");
  EXPECT_EQ(b.graph.outputs()[0]->name, "r.out");
  Bounds relu{0, std::numeric_limits<float>::infinity()};
  EXPECT_EQ(nodeNamed(b.graph, "c")->as<ConvAttrs>().bounds, relu);
}

TEST(FuseActivations, ClipAfterReluIsTheIntersection) {
  GraphBuilder b;
  Value *c = b.conv("c", b.input("x", {1, 2, 4, 4}), b.filled("w", {3, 2, 1, 1}, 1));
  Value *r = b.unary(OpKind::Relu, "r", c);
  b.graph.addOutput(b.node(OpKind::Clip, "k", {r}, ActivationAttrs{-1, 6}, r->type));
  run(fuseActivations, b.graph);
  EXPECT_EQ(ops(b.graph), "conv");
  EXPECT_EQ(nodeNamed(b.graph, "c")->as<ConvAttrs>().bounds, (Bounds{0, 6}));
}

TEST(FuseActivations, LeavesAConvThatIsReadElsewhere) {
  GraphBuilder b;
  Value *c = b.conv("c", b.input("x", {1, 2, 4, 4}), b.filled("w", {3, 2, 1, 1}, 1));
  b.graph.addOutput(b.unary(OpKind::Relu, "r", c));
  b.graph.addOutput(c);
  run(fuseActivations, b.graph);
  EXPECT_EQ(ops(b.graph), "conv relu");
}

TEST(FuseSilu, LeavesASumWithTheSigmoid) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 2, 4, 4});
  b.graph.addOutput(b.binary(OpKind::Add, "m", x, b.unary(OpKind::Sigmoid, "s", x)));
  run(fuseSilu, b.graph);
  EXPECT_EQ(ops(b.graph), "sigmoid add");
}

TEST(FuseSilu, LeavesTheTanhOfIt) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 2, 4, 4});
  b.graph.addOutput(b.binary(OpKind::Mul, "m", x, b.unary(OpKind::Tanh, "s", x)));
  run(fuseSilu, b.graph);
  EXPECT_EQ(ops(b.graph), "tanh mul");
}

TEST(FuseActivations, SumsDifferencesAndProductsCarryBounds) {
  for (const OpKind op : {OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Div, OpKind::Max}) {
    GraphBuilder b;
    Value *x = b.input("x", {1, 2, 4, 4});
    b.graph.addOutput(b.unary(OpKind::Relu, "r", b.binary(op, "m", x, x)));
    run(fuseActivations, b.graph);
    const bool carries = op != OpKind::Div && op != OpKind::Max; // Not on an int8 engine.
    EXPECT_EQ(ops(b.graph), std::string(opInfo(op).text) + (carries ? "" : " relu"));
  }
}

TEST(FuseActivations, OtherActivationsStay) {
  for (const OpKind op : {OpKind::LeakyRelu, OpKind::Sigmoid, OpKind::HardSwish}) {
    GraphBuilder b;
    Value *c = b.conv("c", b.input("x", {1, 2, 4, 4}), b.filled("w", {3, 2, 1, 1}, 1));
    b.graph.addOutput(b.unary(op, "r", c));
    run(fuseActivations, b.graph);
    EXPECT_EQ(ops(b.graph), std::string("conv ") + opInfo(op).text);
  }
}

TEST(FuseActivations, AClipOfAClipStaysInsideTheSecond) {
  auto both = [](Bounds first, Bounds second) {
    GraphBuilder b;
    Value *c = b.conv("c", b.input("x", {1, 2, 4, 4}), b.filled("w", {3, 2, 1, 1}, 1));
    Value *k = b.node(OpKind::Clip, "k", {c}, ActivationAttrs{first.lo, first.hi}, c->type);
    b.graph.addOutput(
        b.node(OpKind::Clip, "l", {k}, ActivationAttrs{second.lo, second.hi}, c->type));
    run(fuseActivations, b.graph);
    EXPECT_EQ(ops(b.graph), "conv");
    EXPECT_EQ(nodeNamed(b.graph, "c")->fused, (std::vector<std::string>{"k", "l"}));
    return nodeNamed(b.graph, "c")->as<ConvAttrs>().bounds;
  };
  EXPECT_EQ(both({-1, 4}, {0, 6}), (Bounds{0, 4}));
  EXPECT_EQ(both({2, 10}, {-1, 1}), (Bounds{1, 1})); // All are at least 2, so cut to 1.
  EXPECT_EQ(both({-9, -4}, {0, 3}), (Bounds{0, 0})); // All are below, so raised to 0.
}

TEST(Canonicalise, SplitBecomesSlicesWithTheSameNames) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 6, 2, 2});
  Node *split = b.graph.addNode(OpKind::Split, "s", {x}, SplitAttrs{1, {2, 4}},
                                {{"a", f32({1, 2, 2, 2})}, {"b", f32({1, 4, 2, 2})}});
  for (Value *part : split->outputs())
    b.graph.addOutput(part);
  run(canonicalise, b.graph);
  EXPECT_EQ(ops(b.graph), "slice slice");
  EXPECT_EQ(b.graph.outputs()[1]->name, "b");
  EXPECT_EQ(b.graph.outputs()[1]->producer()->as<SliceAttrs>().start,
            (std::vector<int64_t>{0, 2, 0, 0}));
}

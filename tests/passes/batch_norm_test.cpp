#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

/// conv -> Div by 2 and 4 -> BatchNormalization, as exports with BN inside the QAT module have it.
static Value *addScaledNorm(GraphBuilder &b, Value *conv, float gamma) {
  Value *div = b.binary(OpKind::Div, "div", conv, b.constant("factor", {1, 2, 1, 1}, {2, 4}));
  return b.node(OpKind::BatchNorm, "bn",
                {div, b.constant("gamma", {2}, {gamma, 3}), b.constant("beta", {2}, {1, -1}),
                 b.constant("mean", {2}, {0.5f, 0.25f}), b.constant("var", {2}, {4, 16})},
                BatchNormAttrs{0}, conv->type);
}

/// y = ((3x + bias) / factor - mean) / sqrt(var) * gamma + beta, worked out for x = 1, bias = 1:
/// channel 0: ((3 + 1) / 2 - 0.5) / 2 * 2 + 1 = 2.5; channel 1: ((3 + 1) / 4 - 0.25) / 4 * 3 - 1.
static constexpr float expected[] = {2.5f, -0.4375f};

static void expectNumbers(const Graph &graph) {
  auto x = TensorData::make<float>(f32({1, 1, 1, 1}), {1.0f});
  auto result = evaluate(graph, {x});
  ASSERT_TRUE(bool(result)) << llvm::toString(result.takeError());
  for (int c = 0; c < 2; ++c)
    EXPECT_FLOAT_EQ(float((*result)[0]->at(c)), expected[c]);
}

static void fold(Graph &graph) {
  llvm::Error error = foldBatchNorm(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  error = verify(graph);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
}

TEST(FoldBatchNorm, FloatWeights) {
  GraphBuilder b;
  Value *conv = b.conv("c", b.input("x", {1, 1, 1, 1}), b.filled("w", {2, 1, 1, 1}, 3),
                       b.filled("bias", {2}, 1));
  b.graph.addOutput(addScaledNorm(b, conv, 2));
  expectNumbers(b.graph);
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "conv");
  EXPECT_EQ(b.graph.outputs()[0]->name, "bn.out");
  expectNumbers(b.graph);
}

TEST(FoldBatchNorm, Int8WeightsKeepTheirIntegers) {
  GraphBuilder b;
  Value *conv = b.conv("c", b.input("x", {1, 1, 1, 1}), b.weights("w", {2, 1, 1, 1}, 12, 0.25f),
                       b.filled("bias", {2}, 1));
  b.graph.addOutput(addScaledNorm(b, conv, 2));
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "dequantize conv");
  const Value *integers = nodeNamed(b.graph, "w.dq")->input(0);
  EXPECT_EQ(integers->data->values<int8_t>()[0], 12);
  // scale * gamma / sqrt(var) / factor
  EXPECT_EQ(integers->type.quant->scales, (std::vector<float>{0.25f / 2, 0.25f * 3 / 16}));
  expectNumbers(b.graph);
}

TEST(FoldBatchNorm, ANegativeScaleWouldChangeIntegersSoItIsAConvolutionOfItsOwn) {
  GraphBuilder b;
  Value *conv = b.conv("c", b.input("x", {1, 1, 1, 1}), b.weights("w", {2, 1, 1, 1}, 12, 0.25f));
  b.graph.addOutput(addScaledNorm(b, conv, -2));
  Graph before = b.graph.clone();
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "dequantize conv dequantize conv");
  const Node *scaling = nodeNamed(b.graph, "div");
  EXPECT_EQ(scaling->as<ConvAttrs>().groups, 2);
  EXPECT_EQ(scaling->fused, std::vector<std::string>{"bn"});
  const Value *integers = scaling->input(1)->producer()->input(0);
  EXPECT_EQ(integers->data->values<int8_t>().vec(), (std::vector<int8_t>{-1, 1}));
  EXPECT_EQ(integers->type.quant->scales, (std::vector<float>{2.0f / 2 / 2, 3.0f / 16}));
  EXPECT_EQ(b.graph.outputs()[0]->name, "bn.out");
  auto x = TensorData::make<float>(f32({1, 1, 1, 1}), {1.0f});
  auto after = llvm::cantFail(evaluate(b.graph, {x})), was = llvm::cantFail(evaluate(before, {x}));
  for (int c = 0; c < 2; ++c)
    EXPECT_FLOAT_EQ(float(after[0]->at(c)), float(was[0]->at(c)));
}

TEST(FoldBatchNorm, ScaleAndShiftBehindItFoldToo) {
  // As in networks from Caffe: conv -> BatchNormalization -> Mul -> Add.
  GraphBuilder b;
  Value *conv = b.conv("c", b.input("x", {1, 1, 1, 1}), b.filled("w", {2, 1, 1, 1}, 3),
                       b.filled("bias", {2}, 1));
  Value *norm = addScaledNorm(b, conv, 2);
  Value *mul = b.binary(OpKind::Mul, "mul", norm, b.constant("m", {2, 1, 1}, {10, 100}));
  b.graph.addOutput(b.binary(OpKind::Add, "add", mul, b.constant("a", {2, 1, 1}, {1, 2})));
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "conv");
  EXPECT_EQ(b.graph.outputs()[0]->name, "add.out");
  auto x = TensorData::make<float>(f32({1, 1, 1, 1}), {1.0f});
  auto result = llvm::cantFail(evaluate(b.graph, {x}));
  EXPECT_FLOAT_EQ(float(result[0]->at(0)), expected[0] * 10 + 1);
  EXPECT_FLOAT_EQ(float(result[0]->at(1)), expected[1] * 100 + 2);
}

TEST(FoldBatchNorm, AShiftBeyondInt32IsAMultiplicationAndAnAddition) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 1, 1, 1});
  b.graph.addOutput(b.node(OpKind::BatchNorm, "bn",
                           {x, b.filled("gamma", {1}, 1e-6f), b.filled("beta", {1}, 1),
                            b.filled("mean", {1}, 0), b.filled("var", {1}, 1)},
                           BatchNormAttrs{0}, x->type));
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "mul add");
}

TEST(FoldBatchNorm, ADivisionWithoutBatchNormIsLeftAlone) {
  GraphBuilder b;
  Value *conv = b.conv("c", b.input("x", {1, 1, 1, 1}), b.filled("w", {2, 1, 1, 1}, 3));
  b.graph.addOutput(b.binary(OpKind::Div, "div", conv, b.constant("factor", {1, 2, 1, 1}, {2, 4})));
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "conv div");
}

// What must not be folded, or not so. Numbers before and after are the same.

namespace {

/// conv of x [1, 1, 1, 2] to 2 channels -> BatchNormalization; more by each test.
struct Normed : GraphBuilder {
  Value *x = input("x", {1, 1, 1, 2});
  Value *norm(Value *of, float epsilon = 0) {
    return node(OpKind::BatchNorm, "bn",
                {of, constant("gamma", {2}, {2, 3}), constant("beta", {2}, {1, -1}),
                 constant("mean", {2}, {0.5f, 0.25f}), constant("var", {2}, {4, 16})},
                BatchNormAttrs{epsilon}, of->type);
  }
  Value *convolution() {
    return conv("c", x, constant("w", {2, 1, 1, 1}, {3, -2}), constant("bias", {2}, {1, 2.5f}));
  }
  /// Folds, checks that every output is what it was, and returns the operators.
  std::string folded() {
    const TensorDataRef data = TensorData::make<float>(x->type, {1.0f, -2.0f});
    auto before = llvm::cantFail(evaluate(graph, {data}));
    fold(graph);
    auto after = llvm::cantFail(evaluate(graph, {data}));
    for (size_t i = 0; i < before.size(); ++i)
      for (int64_t k = 0; k < before[i]->type.count(); ++k)
        EXPECT_NEAR(after[i]->at(k), before[i]->at(k), 1e-5) << "output " << i;
    return ops(graph);
  }
};

} // namespace

TEST(FoldBatchNorm, EpsilonIsAddedToTheVariance) {
  Normed b;
  b.graph.addOutput(b.norm(b.convolution(), 5));
  EXPECT_EQ(b.folded(), "conv");
  // Channel 0 at x = 1: (3 + 1 - 0.5) / sqrt(4 + 5) * 2 + 1.
  auto y = llvm::cantFail(
      evaluate(b.graph, TensorDataRef(TensorData::make<float>(b.x->type, {1.0f, 1.0f}))));
  EXPECT_NEAR(y[0]->at(0), 3.5 / 3 * 2 + 1, 1e-5);
}

TEST(FoldBatchNorm, AConstantThatTheMapIsTakenFromIsNotSubtractedFromIt) {
  for (const OpKind op : {OpKind::Sub, OpKind::Div}) {
    Normed behind;
    Value *norm = behind.norm(behind.convolution());
    behind.graph.addOutput(behind.node(op, "n", {behind.constant("k", {1, 2, 1, 1}, {5, 7}), norm},
                                       ElementwiseAttrs{}, norm->type));
    EXPECT_EQ(behind.folded(), op == OpKind::Sub ? "conv sub" : "conv div");
    Normed before;
    Value *taken =
        before.node(op, "n", {before.constant("k", {1, 2, 1, 1}, {5, 7}), before.convolution()},
                    ElementwiseAttrs{}, f32({1, 2, 1, 2}));
    before.graph.addOutput(before.norm(taken));
    EXPECT_EQ(before.folded(),
              op == OpKind::Sub ? "conv sub dequantize conv" : "conv div dequantize conv");
  }
}

TEST(FoldBatchNorm, WhatScalesTheMapByAConstantIsFoldedOnBothSides) {
  for (const OpKind op : {OpKind::Sub, OpKind::Div, OpKind::Add, OpKind::Mul}) {
    Normed b;
    Value *before = b.binary(op, "n", b.convolution(), b.constant("k", {2, 1, 1}, {5, 7}));
    b.graph.addOutput(b.binary(op, "m", b.norm(before), b.constant("l", {1}, {3})));
    EXPECT_EQ(b.folded(), "conv") << opInfo(op).text;
  }
}

TEST(FoldBatchNorm, AValueThatIsReadElsewhereStays) {
  Normed convRead; // The convolution's own result.
  convRead.graph.addOutput(convRead.norm(convRead.convolution()));
  convRead.graph.addOutput(convRead.graph.find("c.out"));
  EXPECT_EQ(convRead.folded(), "conv dequantize conv");
  Normed betweenRead; // What stands between it and the BatchNormalization.
  Value *sum = betweenRead.binary(OpKind::Add, "n", betweenRead.convolution(),
                                  betweenRead.constant("k", {2, 1, 1}, {5, 7}));
  betweenRead.graph.addOutput(betweenRead.norm(sum));
  betweenRead.graph.addOutput(betweenRead.unary(OpKind::Tanh, "t", sum));
  EXPECT_EQ(betweenRead.folded(), "conv add tanh dequantize conv");
  Normed normRead; // The BatchNormalization's result, in front of another scaling.
  Value *norm = normRead.norm(normRead.convolution());
  normRead.graph.addOutput(
      normRead.binary(OpKind::Mul, "n", norm, normRead.constant("k", {2, 1, 1}, {5, 7})));
  normRead.graph.addOutput(norm);
  EXPECT_EQ(normRead.folded(), "conv mul");
}

TEST(FoldBatchNorm, AConstantAlongColumnsIsNoneAlongChannels) {
  // [2] broadcasts along the two columns, not along the two channels.
  for (const Shape &shape : {Shape{2}, Shape{1, 2}, Shape{1, 1, 1, 2}, Shape{1, 1, 2}}) {
    Normed b;
    b.graph.addOutput(
        b.binary(OpKind::Mul, "n", b.norm(b.convolution()), b.constant("k", shape, {5, 7})));
    EXPECT_EQ(b.folded(), "conv mul");
  }
  Normed b; // One more dimension changes the type.
  Value *wide =
      b.node(OpKind::Mul, "n", {b.norm(b.convolution()), b.constant("k", {1, 1, 1, 1, 1}, {5})},
             ElementwiseAttrs{}, f32({1, 1, 2, 1, 2}));
  b.graph.addOutput(wide);
  EXPECT_EQ(b.folded(), "conv mul");
}

TEST(FoldBatchNorm, AClampBetweenKeepsThemApart) {
  Normed b;
  Value *c = b.convolution();
  c->producer()->as<ConvAttrs>().bounds = {0, 6};
  b.graph.addOutput(b.norm(c));
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "conv dequantize conv");
}

TEST(FoldBatchNorm, AStoredBiasKeepsThemApart) {
  Normed b;
  TensorType integers{ElementType::S32, {2}, Quantisation{{0.5f}, {0}, -1}};
  Value *stored = b.graph.addConstant("bq", TensorData::make<int32_t>(integers, {int32_t(2), -4}),
                                      integers.quant);
  Value *bias = b.node(OpKind::Dequantize, "bias.dq", {stored, b.constant("bs", {}, {0.5f})},
                       AxisAttrs{-1}, f32({2}));
  b.graph.addOutput(b.norm(b.conv("c", b.x, b.constant("w", {2, 1, 1, 1}, {3, -2}), bias)));
  EXPECT_EQ(b.folded(), "dequantize conv dequantize conv");
}

TEST(FoldBatchNorm, WeightsWithScalesAlongInputsKeepTheirs) {
  for (const bool alongInputs : {false, true}) {
    GraphBuilder g;
    Value *x = g.input("x", {1, 2, 1, 1});
    TensorType type{
        ElementType::S8, {2, 2, 1, 1}, Quantisation{{0.5f, 0.25f}, {0, 1}, alongInputs ? 1 : 0}};
    Value *stored =
        g.graph.addConstant("w", TensorData::make<int8_t>(type, {int8_t(4), 8, -4, 2}), type.quant);
    TensorType zeros{ElementType::S8, {2}, std::nullopt};
    Value *w = g.node(OpKind::Dequantize, "w.dq",
                      {stored, g.constant("ws", {2}, {0.5f, 0.25f}),
                       g.graph.addConstant("wz", TensorData::make<int8_t>(zeros, {int8_t(0), 1}))},
                      AxisAttrs{alongInputs ? 1 : 0}, f32({2, 2, 1, 1}));
    Value *norm = g.node(OpKind::BatchNorm, "bn",
                         {g.conv("c", x, w), g.constant("gamma", {2}, {2, 3}),
                          g.constant("beta", {2}, {1, -1}), g.constant("mean", {2}, {0.5f, 0.25f}),
                          g.constant("var", {2}, {4, 16})},
                         BatchNormAttrs{0}, f32({1, 2, 1, 1}));
    g.graph.addOutput(norm);
    const TensorDataRef data = TensorData::make<float>(x->type, {1.0f, -2.0f});
    auto before = llvm::cantFail(evaluate(g.graph, {data}));
    fold(g.graph);
    EXPECT_EQ(ops(g.graph), alongInputs ? "dequantize conv dequantize conv" : "dequantize conv");
    auto after = llvm::cantFail(evaluate(g.graph, {data}));
    for (int64_t c = 0; c < 2; ++c)
      EXPECT_NEAR(after[0]->at(c), before[0]->at(c), 1e-5);
  }
}

TEST(FoldBatchNorm, OfAMatrixIsAMultiplicationAndAnAddition) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 2});
  b.graph.addOutput(
      b.node(OpKind::BatchNorm, "bn",
             {x, b.constant("gamma", {2}, {2, 3}), b.constant("beta", {2}, {1, -1}),
              b.constant("mean", {2}, {0.5f, 0.25f}), b.constant("var", {2}, {4, 16})},
             BatchNormAttrs{0}, x->type));
  fold(b.graph);
  EXPECT_EQ(ops(b.graph), "mul add");
  auto y = llvm::cantFail(
      evaluate(b.graph, TensorDataRef(TensorData::make<float>(x->type, {1.0f, 1.0f}))));
  EXPECT_FLOAT_EQ(float(y[0]->at(0)), 1.5f);     // (1 - 0.5) / 2 * 2 + 1
  EXPECT_FLOAT_EQ(float(y[0]->at(1)), -0.4375f); // (1 - 0.25) / 4 * 3 - 1
}

TEST(FoldBatchNorm, AShiftOfAThousandStepsOfItsScaleIsTheMostForAConvolution) {
  auto form = [](float beta, float gamma) {
    GraphBuilder b;
    Value *x = b.input("x", {1, 1, 1, 1});
    b.graph.addOutput(b.node(OpKind::BatchNorm, "bn",
                             {x, b.filled("gamma", {1}, gamma), b.filled("beta", {1}, beta),
                              b.filled("mean", {1}, 0), b.filled("var", {1}, 1)},
                             BatchNormAttrs{0}, x->type));
    fold(b.graph);
    return ops(b.graph);
  };
  EXPECT_EQ(form(999, 1), "dequantize conv");
  EXPECT_EQ(form(-999, 1), "dequantize conv");
  EXPECT_EQ(form(1001, 1), "mul add");
  EXPECT_EQ(form(-1001, 1), "mul add");
  EXPECT_EQ(form(0, 0), "mul add"); // A scale of 0 is none.
}

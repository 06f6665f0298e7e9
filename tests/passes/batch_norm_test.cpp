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

#include "frontend/passes/passes.h"
#include "tests/passes/run_pass.h"
#include "tests/support/graph_builder.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// The operators after the passes that follow, as the engines get them.
std::string assumed(Graph &graph) {
  for (auto pass :
       {assumeInt8, productsToConvolutions, fuseActivations, quantise, foldDequantisedWeights})
    run(pass, graph);
  return ops(graph);
}

Value *conv(GraphBuilder &b, std::string name, Value *x, int64_t channels = 4) {
  return b.conv(name, x, b.filled(name + ".w", {channels, x->type.shape[1], 1, 1}, 0.5f),
                b.filled(name + ".b", {channels}, 1));
}

} // namespace

TEST(AssumeInt8, PairsStandWhereAnExportHasThem) {
  GraphBuilder b;
  Value *c = conv(b, "c", b.input("x", {1, 2, 4, 4}));
  Value *r = b.unary(OpKind::Relu, "r", c);
  b.graph.addOutput(b.node(OpKind::MaxPool, "p", {r}, PoolAttrs{}, r->type));
  run(assumeInt8, b.graph);
  // Input, weights, after the activation; none behind the convolution or the pool.
  EXPECT_EQ(ops(b.graph), "dequantize quantize dequantize conv relu quantize dequantize max_pool");
  const Value *weights = nodeNamed(b.graph, "c")->input(1)->producer()->input(0);
  EXPECT_EQ(weights->type.quant->scales, std::vector<float>(4, 0.5f / 127));
  EXPECT_EQ(weights->type.quant->axis, 0);
  EXPECT_EQ(weights->data->values<int8_t>()[0], 127);
}

TEST(AssumeInt8, ResidualBlock) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 4, 4, 4});
  Value *a = b.unary(OpKind::Relu, "ra", conv(b, "a", x));
  Value *sum = b.binary(OpKind::Add, "sum", conv(b, "c", a), a);
  b.graph.addOutput(b.unary(OpKind::Relu, "r", sum));
  EXPECT_EQ(assumed(b.graph), "quantize conv conv add dequantize");
  EXPECT_EQ(b.graph.outputs()[0]->name, "r.out");
  EXPECT_TRUE(b.graph.outputs()[0]->type.isFloat());
}

TEST(AssumeInt8, InputsOfAConcatHaveScalesOfTheirOwn) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 2, 4, 4});
  Value *parts[] = {conv(b, "a", x), conv(b, "c", x)};
  Value *joined = b.node(OpKind::Concat, "cat", parts, AxisAttrs{1}, f32({1, 8, 4, 4}));
  b.graph.addOutput(joined);
  EXPECT_EQ(assumed(b.graph), "quantize conv conv concat dequantize");
  const Node *concat = nodeNamed(b.graph, "cat");
  float scale = concat->output()->type.quant->scale();
  EXPECT_NE(concat->input(0)->type.quant->scale(), concat->input(1)->type.quant->scale());
  for (const Value *part : concat->inputs())
    EXPECT_NE(part->type.quant->scale(), scale);
}

TEST(AssumeInt8, ClassifierEndsOnTheConvolutionEngineAndSoftmaxInFloat) {
  GraphBuilder b;
  Value *c = conv(b, "c", b.input("x", {1, 2, 4, 4}));
  PoolAttrs whole{{{4, 4}, {1, 1}, {0, 0}, {0, 0}, {1, 1}}, false};
  Value *pool = b.node(OpKind::AveragePool, "p", {c}, whole, f32({1, 4, 1, 1}));
  Value *flat = b.node(OpKind::Reshape, "flat", {pool}, std::monostate{}, f32({1, 4}));
  Value *fc = b.node(OpKind::Gemm, "fc", {flat, b.filled("w", {3, 4}, 1), b.filled("b", {3}, 1)},
                     GemmAttrs{false, true, 1, 1}, f32({1, 3}));
  b.graph.addOutput(b.node(OpKind::Softmax, "s", {fc}, SoftmaxAttrs{1}, fc->type));
  EXPECT_EQ(assumed(b.graph), "quantize conv average_pool conv dequantize reshape softmax");
}

TEST(AssumeInt8, FloatWorkBetweenIsFloat) {
  GraphBuilder b;
  Value *c = conv(b, "c", b.input("x", {1, 2, 4, 4}));
  Value *lrn = b.node(OpKind::Lrn, "l", {c}, LrnAttrs{5}, c->type);
  Value *pool = b.node(OpKind::MaxPool, "p", {lrn}, PoolAttrs{}, c->type);
  b.graph.addOutput(conv(b, "d", pool));
  EXPECT_EQ(assumed(b.graph), "quantize conv dequantize lrn quantize max_pool conv dequantize");
}

TEST(AssumeInt8, AFloatTailStaysFloat) {
  GraphBuilder b;
  Value *c = conv(b, "c", b.input("x", {1, 2, 4, 4}));
  Value *turned =
      b.node(OpKind::Transpose, "t", {c}, TransposeAttrs{{0, 2, 3, 1}}, f32({1, 4, 4, 4}));
  b.graph.addOutput(b.unary(OpKind::Sigmoid, "s", turned));
  EXPECT_EQ(assumed(b.graph), "quantize conv dequantize transpose sigmoid");
}

TEST(AssumeInt8, WeightsOfZeroAndALargeBiasAreRepresentable) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 1, 1, 1});
  b.graph.addOutput(
      b.conv("c", x, b.constant("w", {2, 1, 1, 1}, {0, 1e-9f}), b.constant("b", {2}, {0, 100})));
  run(assumeInt8, b.graph);
  const auto &scales = nodeNamed(b.graph, "c")->input(1)->producer()->input(0)->type.quant->scales;
  EXPECT_EQ(scales[0], 1.0f / 127);
  EXPECT_GE(scales[1], 100 / (8.0f / 127 * float(1 << 30))); // The bias in int32.
}

TEST(AssumeInt8, AQuantisedNetworkIsLeftAsItIs) {
  GraphBuilder b;
  b.graph.addOutput(conv(b, "c", b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f)));
  std::string before = toString(b.graph);
  run(assumeInt8, b.graph);
  EXPECT_EQ(toString(b.graph), before);
}

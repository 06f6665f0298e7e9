// Fully connected layers as convolutions.
#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"
#include "tests/passes/run_pass.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// int8 weights 1, 2, 3, ... of a product, one scale per column of the result.
Value *columns(GraphBuilder &b, std::string name, Shape shape, int axis) {
  const int64_t count = shape[size_t(axis)];
  Quantisation quant{{}, std::vector<int32_t>(size_t(count), 0), axis};
  for (int64_t i = 0; i < count; ++i)
    quant.scales.push_back(0.25f * float(i + 1));
  TensorType type{ElementType::S8, shape, quant};
  std::vector<int8_t> values;
  for (int64_t i = 0; i < type.count(); ++i)
    values.push_back(int8_t(i + 1));
  TensorType list{ElementType::S8, {count}, std::nullopt};
  std::vector<int8_t> zeros(static_cast<size_t>(count), 0);
  return b.node(OpKind::Dequantize, name + ".dq",
                {b.graph.addConstant(name, TensorData::make<int8_t>(type, values), quant),
                 b.constant(name + ".scale", {count}, quant.scales),
                 b.graph.addConstant(name + ".zero", TensorData::make<int8_t>(list, zeros))},
                AxisAttrs{axis}, f32(shape));
}

Value *flatten(GraphBuilder &b, std::string name, Value *x) {
  const Shape &s = x->type.shape;
  return b.node(OpKind::Reshape, name, {x}, std::monostate{}, f32({s[0], s[1] * s[2] * s[3]}));
}

Value *gemm(GraphBuilder &b, std::string name, Value *x, Value *weights, Value *bias,
            bool transposed) {
  int64_t channels = weights->type.shape[transposed ? 0 : 1];
  return b.node(OpKind::Gemm, name, {x, weights, bias}, GemmAttrs{false, transposed, 1, 1},
                f32({x->type.shape[0], channels}));
}

/// The graph before and after the pass gives the same numbers.
void expectSameNumbers(const Graph &before, const Graph &after) {
  std::vector<TensorDataRef> inputs;
  for (const Value *input : before.inputs()) {
    auto data = std::make_shared<TensorData>(input->type);
    int64_t i = 0;
    for (float &value : data->mutableValues<float>())
      value = 0.5f * float(i++ % 7 - 3);
    inputs.push_back(data);
  }
  auto a = evaluate(before, inputs), b = evaluate(after, inputs);
  ASSERT_TRUE(bool(a)) << llvm::toString(a.takeError());
  ASSERT_TRUE(bool(b)) << llvm::toString(b.takeError());
  EXPECT_EQ((*a)[0]->type, (*b)[0]->type);
  EXPECT_EQ((*a)[0]->values<float>().vec(), (*b)[0]->values<float>().vec());
}

} // namespace

TEST(Products, AFlattenedMapIsReadByOneWindowOverIt) {
  for (bool transposed : {false, true}) {
    GraphBuilder b;
    Value *x = b.fakeQuant("x", b.input("x", {2, 2, 2, 3}), 0.5f);
    Value *w = columns(b, "w", transposed ? Shape{3, 12} : Shape{12, 3}, transposed ? 0 : 1);
    Value *y = gemm(b, "fc", flatten(b, "flat", x), w, b.constant("b", {3}, {1, 2, 3}), transposed);
    b.graph.addOutput(b.fakeQuant("y", b.unary(OpKind::Relu, "relu", y), 0.25f));
    Graph before = b.graph.clone();
    run(productsToConvolutions, b.graph);
    EXPECT_EQ(ops(b.graph), "quantize dequantize dequantize conv relu quantize dequantize reshape");
    const Node *conv = nodeNamed(b.graph, "fc");
    EXPECT_EQ(conv->as<ConvAttrs>().window.kernel[0], 2);
    EXPECT_EQ(conv->as<ConvAttrs>().window.kernel[1], 3);
    EXPECT_EQ(b.graph.outputs()[0]->name, "y.dq.out");
    expectSameNumbers(before, b.graph);
    run(fuseActivations, b.graph);
    run(quantise, b.graph);
    EXPECT_EQ(ops(b.graph), "quantize conv dequantize reshape");
    EXPECT_EQ(nodeNamed(b.graph, "fc")->input(1)->type.quant->axis, 0);
  }
}

TEST(Products, LayersInARowStayOnMaps) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 4}), 0.5f);
  Value *bias = b.constant("b", {1, 3}, {1, 2, 3});
  Value *hidden =
      b.fakeQuant("h", gemm(b, "fc1", x, columns(b, "w1", {4, 3}, 1), bias, false), 0.5f);
  Value *y = b.node(OpKind::MatMul, "fc2", {hidden, columns(b, "w2", {3, 2}, 1)}, std::monostate{},
                    f32({1, 2}));
  Value *sum = b.binary(OpKind::Add, "add", y, b.constant("c", {2}, {5, -5}));
  b.graph.addOutput(b.fakeQuant("y", sum, 0.5f));
  Graph before = b.graph.clone();
  run(productsToConvolutions, b.graph);
  expectSameNumbers(before, b.graph);
  EXPECT_EQ(nodeNamed(b.graph, "fc2")->fused, std::vector<std::string>{"add"});
  run(quantise, b.graph);
  EXPECT_EQ(ops(b.graph), "reshape quantize conv conv dequantize reshape");
}

TEST(Products, APoolBetweenIsPassed) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 2, 2}), 0.5f);
  PoolAttrs whole{{{2, 2}, {1, 1}, {0, 0}, {0, 0}, {1, 1}}, false};
  Value *pool = b.node(OpKind::MaxPool, "p", {x}, whole, f32({1, 2, 1, 1}));
  Value *y = gemm(b, "fc", flatten(b, "flat", pool), columns(b, "w", {2, 3}, 1),
                  b.constant("b", {3}, {1, 2, 3}), false);
  b.graph.addOutput(b.fakeQuant("y", y, 0.5f));
  run(productsToConvolutions, b.graph);
  run(quantise, b.graph);
  EXPECT_EQ(ops(b.graph), "quantize max_pool conv dequantize reshape");
}

TEST(Products, ABiasStoredAsIntegersStaysStored) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 4}), 0.5f);
  TensorType integers{ElementType::S32, {3}, Quantisation{{0.125f}, {0}, -1}};
  Value *stored = b.graph.addConstant(
      "b", TensorData::make<int32_t>(integers, {int32_t(8), -8, 16}), integers.quant);
  Value *bias = b.node(OpKind::Dequantize, "b.dq", {stored, b.constant("b.scale", {}, {0.125f})},
                       AxisAttrs{-1}, f32({3}));
  Value *y = gemm(b, "fc", x, columns(b, "w", {4, 3}, 1), bias, false);
  b.graph.addOutput(b.fakeQuant("y", y, 0.25f));
  Graph before = b.graph.clone();
  run(productsToConvolutions, b.graph);
  expectSameNumbers(before, b.graph);
  run(quantise, b.graph);
  EXPECT_EQ(ops(b.graph), "reshape quantize conv dequantize reshape");
  EXPECT_EQ(nodeNamed(b.graph, "fc")->input(2), b.graph.find("b"));
}

TEST(Products, StayWhatTheyAreWithoutInt8AroundThem) {
  auto form = [](bool quantisedInput, bool quantisedOutput, float alpha, int axis) {
    GraphBuilder b;
    Value *x = b.input("x", {1, 4});
    x = quantisedInput ? b.fakeQuant("x", x, 0.5f) : x;
    Value *y =
        gemm(b, "fc", x, columns(b, "w", {4, 3}, axis), b.constant("b", {3}, {1, 2, 3}), false);
    y->producer()->as<GemmAttrs>().alpha = alpha;
    b.graph.addOutput(quantisedOutput ? b.fakeQuant("y", y, 0.5f) : y);
    run(productsToConvolutions, b.graph);
    return nodeNamed(b.graph, "fc")->op;
  };
  EXPECT_EQ(form(true, true, 1, 1), OpKind::Conv);
  EXPECT_EQ(form(false, true, 1, 1), OpKind::Gemm);
  EXPECT_EQ(form(true, false, 1, 1), OpKind::Gemm);
  EXPECT_EQ(form(true, true, 2, 1), OpKind::Gemm);
  EXPECT_EQ(form(true, true, 1, 0), OpKind::Gemm); // Scales along the sum: not one per channel.
}

TEST(Products, OtherReshapesStayWhereTheyAre) {
  // A channel shuffle: quantising the five-dimensional form would help nobody.
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 4, 1, 1}), 0.5f);
  Value *wide = b.node(OpKind::Reshape, "r", {x}, std::monostate{}, f32({1, 2, 2, 1, 1}));
  b.graph.addOutput(b.unary(OpKind::Relu, "relu", wide));
  run(productsToConvolutions, b.graph);
  EXPECT_EQ(ops(b.graph), "quantize dequantize reshape relu");
}

// What keeps a layer in float.

namespace {
/// x [2, 4] int8 -> a layer of 3 columns -> int8, as the test changes it.
struct FloatLayer : GraphBuilder {
  Value *x = fakeQuant("x", input("x", {2, 4}), 0.5f);
  Value *layer(GemmAttrs attrs = {}, Value *bias = nullptr) {
    llvm::SmallVector<Value *, 3> operands = {x, columns(*this, "w", {4, 3}, 1)};
    if (bias)
      operands.push_back(bias);
    return node(OpKind::Gemm, "fc", operands, attrs, f32({2, 3}));
  }
  OpKind rewritten(Value *y) {
    graph.addOutput(y);
    Graph before = graph.clone();
    run(productsToConvolutions, graph);
    expectSameNumbers(before, graph);
    return nodeNamed(graph, "fc")->op;
  }
};
} // namespace

TEST(Products, FactorsKeepAGemm) {
  FloatLayer plain, beta, noBias, alpha;
  EXPECT_EQ(plain.rewritten(plain.fakeQuant("y", plain.layer(), 0.5f)), OpKind::Conv);
  Value *bias = beta.constant("b", {3}, {1, 2, 3});
  EXPECT_EQ(beta.rewritten(beta.fakeQuant("y", beta.layer({false, false, 1, 2}, bias), 0.5f)),
            OpKind::Gemm);
  EXPECT_EQ(noBias.rewritten(noBias.fakeQuant("y", noBias.layer({false, false, 1, 2}), 0.5f)),
            OpKind::Conv); // Times nothing.
  EXPECT_EQ(alpha.rewritten(alpha.fakeQuant("y", alpha.layer({false, false, 0.5f, 1}), 0.5f)),
            OpKind::Gemm);
}

TEST(Products, ATransposedInputKeepsAGemm) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {4, 4}), 0.5f);
  Value *y = b.node(OpKind::Gemm, "fc", {x, columns(b, "w", {4, 3}, 1)},
                    GemmAttrs{true, false, 1, 1}, f32({4, 3}));
  b.graph.addOutput(b.fakeQuant("y", y, 0.5f));
  run(productsToConvolutions, b.graph);
  EXPECT_EQ(nodeNamed(b.graph, "fc")->op, OpKind::Gemm);
}

TEST(Products, AResultThatIsReadAsFloatKeepsAGemm) {
  FloatLayer read, between;
  Value *y = read.layer();
  read.graph.addOutput(y);
  EXPECT_EQ(read.rewritten(read.fakeQuant("y", y, 0.5f)), OpKind::Gemm);
  // An activation that a convolution cannot carry.
  EXPECT_EQ(between.rewritten(
                between.fakeQuant("y", between.unary(OpKind::Tanh, "t", between.layer()), 0.5f)),
            OpKind::Gemm);
}

TEST(Products, ABiasThatIsNoneAColumnKeepsAGemm) {
  for (const Shape &shape : {Shape{2, 1}, Shape{1}, Shape{2, 3}, Shape{}}) {
    FloatLayer b;
    Value *bias = b.constant("b", shape, std::vector<float>(size_t(f32(shape).count()), 2));
    EXPECT_EQ(b.rewritten(b.fakeQuant("y", b.layer({}, bias), 0.5f)), OpKind::Gemm);
  }
  GraphBuilder b; // As many rows as columns: a bias of one per row has the count of one per column.
  Value *x = b.fakeQuant("x", b.input("x", {3, 4}), 0.5f);
  Value *y = b.node(OpKind::Gemm, "fc",
                    {x, columns(b, "w", {4, 3}, 1), b.constant("b", {3, 1}, {1, 2, 3})},
                    GemmAttrs{}, f32({3, 3}));
  b.graph.addOutput(b.fakeQuant("y", y, 0.5f));
  run(productsToConvolutions, b.graph);
  EXPECT_EQ(nodeNamed(b.graph, "fc")->op, OpKind::Gemm);
}

TEST(Products, AFlatteningAcrossImagesIsNoMap) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {2, 2, 2, 2}), 0.5f);
  Value *flat = b.node(OpKind::Reshape, "r", {x}, std::monostate{}, f32({4, 4}));
  Value *y =
      gemm(b, "fc", flat, columns(b, "w", {4, 3}, 1), b.constant("b", {3}, {1, 2, 3}), false);
  b.graph.addOutput(b.fakeQuant("y", y, 0.5f));
  run(productsToConvolutions, b.graph);
  EXPECT_EQ(nodeNamed(b.graph, "fc")->op, OpKind::Gemm);
}

TEST(Products, AMatrixThatIsReadElsewhereTooIsMultipliedAllTheSame) {
  // The Add behind a MatMul is its bias only where nothing else reads the product.
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {2, 4}), 0.5f);
  Value *m =
      b.node(OpKind::MatMul, "fc", {x, columns(b, "w", {4, 3}, 1)}, std::monostate{}, f32({2, 3}));
  Value *sum = b.binary(OpKind::Add, "add", m, b.constant("c", {3}, {1, 2, 3}));
  b.graph.addOutput(b.fakeQuant("y", sum, 0.5f));
  b.graph.addOutput(b.unary(OpKind::Tanh, "t", m));
  Graph before = b.graph.clone();
  run(productsToConvolutions, b.graph);
  expectSameNumbers(before, b.graph);
  EXPECT_EQ(ops(b.graph).find("conv"), std::string::npos);
}

TEST(Products, RowsThatTheirDequantizerTakesForOthersAreReadSo) {
  GraphBuilder b;
  Value *q = b.quantize("x", b.input("x", {2, 4}), 0.5f);
  Value *taken = b.node(OpKind::Reinterpret, "taken", {q}, AxisAttrs{-1}, s8({2, 4}, 0.25f, 2));
  Value *y = gemm(b, "fc", b.dequantize("d", taken), columns(b, "w", {4, 3}, 1),
                  b.constant("b", {3}, {1, 2, 3}), false);
  b.graph.addOutput(b.fakeQuant("y", y, 0.5f));
  Graph before = b.graph.clone();
  run(productsToConvolutions, b.graph);
  expectSameNumbers(before, b.graph);
  run(quantise, b.graph);
  EXPECT_EQ(ops(b.graph), "reshape quantize reinterpret conv dequantize reshape");
}

TEST(Products, AFactorBehindAMatrixIsNoBias) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {2, 4}), 0.5f);
  Value *m =
      b.node(OpKind::MatMul, "fc", {x, columns(b, "w", {4, 3}, 1)}, std::monostate{}, f32({2, 3}));
  Value *scaled = b.binary(OpKind::Mul, "mul", m, b.constant("c", {3}, {1, 2, 3}));
  b.graph.addOutput(b.fakeQuant("y", scaled, 0.5f));
  run(productsToConvolutions, b.graph);
  EXPECT_EQ(ops(b.graph), "quantize dequantize dequantize matmul mul quantize dequantize");
}

TEST(Products, AnotherReadingOfAFlattenedMapMovesWithIt) {
  // Q -> Reinterpret -> DQ behind the flattening: all three act on the map.
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 2, 1}), 0.5f);
  Value *q = b.quantize("f", flatten(b, "flat", x), 0.5f);
  Value *taken = b.node(OpKind::Reinterpret, "taken", {q}, AxisAttrs{-1}, s8({1, 4}, 0.25f, 2));
  Value *y = gemm(b, "fc", b.dequantize("d", taken), columns(b, "w", {4, 3}, 1),
                  b.constant("b", {3}, {1, 2, 3}), false);
  b.graph.addOutput(b.fakeQuant("y", y, 0.5f));
  Graph before = b.graph.clone();
  run(productsToConvolutions, b.graph);
  expectSameNumbers(before, b.graph);
  run(quantise, b.graph);
  EXPECT_EQ(ops(b.graph), "quantize reinterpret conv dequantize reshape");
}

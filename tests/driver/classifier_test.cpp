// A quantised classification network on the int8 engines: average pools, padding apart, an
// unfolded BatchNormalization and fully connected layers.

#include "runtime/package/package.h"
#include "tests/support/graph_builder.h"
#include "tests/support/networks.h"
#include "tests/support/strict.h"

#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

/// A graph with random weights.
struct Classifier : GraphBuilder {
  std::mt19937 random{7};

  std::vector<float> reals(size_t count, float lo, float hi) {
    std::vector<float> values(count);
    for (float &value : values)
      value = std::uniform_real_distribution<float>(lo, hi)(random);
    return values;
  }
  Value *row(std::string name, int64_t count, float lo, float hi) {
    return constant(std::move(name), {count}, reals(size_t(count), lo, hi));
  }
  Value *randomWeights(std::string name, Shape shape) {
    TensorType type = s8(shape, 0.01f);
    std::vector<int8_t> values;
    for (int64_t i = 0; i < type.count(); ++i)
      values.push_back(int8_t(int(random() % 255) - 127));
    return dequantize(name,
                      graph.addConstant(name, TensorData::make<int8_t>(type, values), type.quant));
  }
  Value *average(std::string name, Value *x, int64_t kernel, int64_t pad, bool countPadding) {
    const Shape &in = x->type.shape;
    const int64_t extent = in[2] + 2 * pad - kernel + 1;
    WindowAttrs window{{kernel, kernel}, {1, 1}, {pad, pad}, {pad, pad}, {1, 1}};
    return node(OpKind::AveragePool, name, {x}, PoolAttrs{window, countPadding},
                f32({in[0], in[1], extent, extent}));
  }
};

/// conv - average pool - pad and average pool - BatchNormalization and ReLU - mean - two layers.
Graph classifier() {
  Classifier b;
  Value *x = b.fakeQuant("x", b.input("images", {1, 3, 8, 8}), 0.02f, 5);
  Value *bias = b.row("bias", 16, -1, 1); // Apart: the order of arguments is the compiler's.
  Value *c = b.conv("c", x, b.randomWeights("w", {16, 3, 1, 1}), bias);
  Value *y = b.fakeQuant("c", b.unary(OpKind::Relu, "r", c), 0.04f, -128);
  y = b.fakeQuant("p1", b.average("p1", y, 3, 1, false), 0.03f, -7);
  PadAttrs pad{{0, 0, 1, 1}, {0, 0, 1, 1}, PadAttrs::Constant, 0};
  y = b.node(OpKind::Pad, "pad", {y}, pad, f32({1, 16, 10, 10}));
  y = b.fakeQuant("p2", b.average("p2", y, 3, 0, false), 0.03f);
  y = b.node(OpKind::BatchNorm, "bn",
             {y, b.row("gamma", 16, -2, 2), b.row("beta", 16, -1, 1), b.row("mean", 16, -1, 1),
              b.row("var", 16, 0.5f, 2)},
             BatchNormAttrs{}, y->type);
  y = b.fakeQuant("bn", b.unary(OpKind::Relu, "r2", y), 0.05f);
  y = b.node(OpKind::ReduceMean, "mean", {y}, ReduceAttrs{{2, 3}, false}, f32({1, 16}));
  y = b.fakeQuant("mean", y, 0.01f, 3);
  y = b.node(OpKind::Gemm, "fc1", {y, b.randomWeights("w1", {24, 16}), b.row("b1", 24, -1, 1)},
             GemmAttrs{false, true, 1, 1}, f32({1, 24}));
  y = b.fakeQuant("fc1", b.unary(OpKind::Relu, "r3", y), 0.02f);
  y = b.node(OpKind::MatMul, "fc2", {y, b.randomWeights("w2", {24, 10})}, std::monostate{},
             f32({1, 10}));
  y = b.fakeQuant("fc2", y, 0.04f);
  b.graph.addOutput(b.node(OpKind::Softmax, "softmax", {y}, SoftmaxAttrs{1}, y->type));
  return std::move(b.graph);
}

std::string engineOf(const Compilation &c, llvm::StringRef node) {
  for (const PlacementRow &row : placementTable(c.imported, c.placed))
    if (row.node == node)
      return std::string(engineName(row.engine)) + ": " + row.reason;
  return "";
}

} // namespace

TEST(Classifier, StaysOnTheInt8EnginesUpToItsSoftmax) {
  Compilation c = compiled(classifier());
  EXPECT_TRUE(c.notices.empty()) << c.notices.front().text;
  EXPECT_EQ(engineOf(c, "p1"), "edp: int8 average pool");
  EXPECT_EQ(engineOf(c, "pad"), "edp: fused into node 'p2'");
  EXPECT_EQ(engineOf(c, "bn"), "maca: int8 depthwise conv, fused relu");
  EXPECT_EQ(engineOf(c, "mean"), "edp: int8 average pool");
  EXPECT_EQ(engineOf(c, "fc1"), "maca: int8 conv, fused relu");
  EXPECT_EQ(engineOf(c, "fc2"), "maca: int8 conv");
  EXPECT_EQ(engineOf(c, "softmax"), "dsp: float softmax; no int8 form of softmax");
  // The quantiser, 4 convolutions, 3 pools, the dequantiser, the softmax.
  EXPECT_EQ(c.compiled->program.commands.size(), 10u);
}

TEST(Classifier, IsFaithfulToTheFile) {
  Compilation c = compiled(classifier());
  ASSERT_TRUE(c.fidelity);
  EXPECT_EQ(c.fidelity->scalesMerged, 0u);
  EXPECT_GE(c.fidelity->tensors.size(), 9u);
  for (const TensorFidelity &tensor : c.fidelity->tensors) {
    EXPECT_LE(tensor.maxDifference, tensor.quantised ? 1 : 1e-4) << tensor.tensor;
    EXPECT_GE(tensor.equalShare(), 0.99) << tensor.tensor;
  }
}

TEST(AssumeInt8, SaysWhatItIsAndMakesNoReceipt) {
  CompileOptions options;
  options.assumeInt8 = true;
  Compilation assumed = compiled(zooGraph(smallZoo(ZooOptions::Quant::Float)), options);
  EXPECT_FALSE(assumed.fidelity);
  ASSERT_EQ(assumed.notices.size(), 1u);
  EXPECT_NE(assumed.notices[0].text.find("as if int8"), std::string::npos);

  Compilation quantised = compiled(zooGraph(smallZoo()), options);
  EXPECT_TRUE(quantised.fidelity);
  ASSERT_EQ(quantised.notices.size(), 1u);
  EXPECT_NE(quantised.notices[0].text.find("is quantised already"), std::string::npos);
  // The float network assumed is placed as the quantised one is.
  std::vector<std::string> engines[2];
  for (const auto *c : {&assumed, &quantised})
    for (const bst::Command &command : c->compiled->program.commands)
      engines[c == &quantised].push_back(bst::engineName(command.engine));
  for (auto &list : engines)
    std::sort(list.begin(), list.end());
  EXPECT_EQ(engines[0], engines[1]);
}

// What an average divides by depends on the place of its window: bands may not cut it.
TEST(Classifier, RunsTileByTileOnSmallMemories) {
  CompileOptions options;
  options.targetSettings = {"data_memory_bytes=1024", "weight_memory_bytes=2048"};
  const Compilation c = compiled(classifier(), options);
  std::unique_ptr<bst::Package> package;
  ASSERT_TRUE(bst::Package::fromMemory(c.package, package).ok());
  bst::testing::expectStrictEqualsFast(package->program());
}

// What the fidelity receipt says: true of networks of every shape, and false where something is
// wrong.

#include "partitioner/partition.h"
#include "tests/support/graph_builder.h"
#include "tests/support/networks.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/sessions.h"

using namespace bstc;
using namespace bstc::test;

TEST(Fidelity, AWrongConvolutionIsSeen) {
  Compilation c = compiled(zooGraph(smallZoo()));
  bst::Program broken = c.compiled->program;
  auto conv = std::find_if(broken.commands.begin(), broken.commands.end(),
                           [](const auto &command) { return command.engine == bst::Engine::Maca; });
  auto &params = std::get<bst::ConvParams>(conv->params);
  for (bst::Requant &requant : params.requant)
    requant.shift -= 1; // Twice the scale.
  auto receipt = checkFidelity(c.imported, c.placed, bst::testing::openProgram(broken));
  ASSERT_TRUE(bool(receipt)) << llvm::toString(receipt.takeError());
  EXPECT_EQ(receipt->worst()->command, conv->name);
  EXPECT_GT(receipt->maxSteps, 1);
  EXPECT_FALSE(receipt->worst()->keepsPromise());
}

/// A receipt in which every command computes exactly what the file says.
static void expectExact(Graph graph, const CompileOptions &options = {}) {
  Compilation c = compiled(std::move(graph), options);
  ASSERT_TRUE(c.fidelity);
  const auto written = llvm::count_if(c.fidelity->tensors,
                                      [](const TensorFidelity &tensor) { return !tensor.isAlias; });
  ASSERT_EQ(size_t(written), c.compiled->program.commands.size());
  for (const TensorFidelity &tensor : c.fidelity->tensors)
    EXPECT_EQ(tensor.equal, tensor.elements) << tensor.tensor;
}

/// A reshape of a float tensor is another name for its bytes, which no command writes.
TEST(Fidelity, SeesThroughAReshapeBetweenPairs) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 3, 8, 8}), 0.1f);
  Value *flat = b.node(OpKind::Flatten, "flat", {x}, AxisAttrs{1}, f32({1, 192}));
  b.graph.addOutput(b.fakeQuant("y", flat, 0.1f));
  expectExact(std::move(b.graph));
}

TEST(Fidelity, SeesThroughReshapesOfReshapesAndOfInputs) {
  GraphBuilder b;
  Value *x = b.node(OpKind::Reshape, "r0", {b.input("x", {1, 192})}, {}, f32({1, 3, 8, 8}));
  Value *y = b.unary(OpKind::Neg, "neg", x);
  Value *pairs = b.node(OpKind::Reshape, "r1", {y}, {}, f32({1, 3, 2, 32}));
  Value *split = b.node(OpKind::Reshape, "r2", {pairs}, {}, f32({1, 3, 64}));
  b.graph.addOutput(
      b.node(OpKind::Transpose, "t", {split}, TransposeAttrs{{0, 2, 1}}, f32({1, 64, 3})));
  b.graph.addOutput(b.unary(OpKind::Abs, "abs", pairs));
  expectExact(std::move(b.graph));
}

TEST(Fidelity, IsTheSameWithThePlainDecode) {
  CompileOptions options;
  options.recogniseDecode = false;
  Compilation plain = compiled(zooGraph(smallZoo()), options);
  Compilation recognised = compiled(zooGraph(smallZoo()));
  expectFaithful(*plain.fidelity);
  const auto ofInt8 = [](const FidelityReceipt &receipt) {
    std::pair<uint64_t, uint64_t> sums;
    for (const TensorFidelity &tensor : receipt.tensors)
      if (tensor.quantised) {
        sums.first += tensor.elements;
        sums.second += tensor.equal;
      }
    return sums;
  };
  EXPECT_EQ(ofInt8(*plain.fidelity), ofInt8(*recognised.fidelity));
}

/// Two convolutions and an addition, all of them called "n", as ONNX allows.
static Graph networkWithOneName() {
  OnnxBuilder model;
  model.input("x", {1, 2, 4, 4}).output("y");
  model.floats("s", {}, {0.1f});
  model.floats("s2", {2}, {0.02f, 0.04f});
  model.bytes("z", {}, {0});
  model.bytes("z2", {2}, {0, 0});
  model.floats("w", {2, 2, 1, 1}, {0.3f, -0.5f, 0.7f, 0.2f});
  const auto pair = [&](const std::string &from, const std::string &to) {
    model.node("QuantizeLinear", {from, "s", "z"}, {to + "q"});
    model.node("DequantizeLinear", {to + "q", "s", "z"}, {to});
  };
  pair("x", "a");
  pair("w", "w1");
  set(model.node("QuantizeLinear", {"w", "s2", "z2"}, {"w2q"}), "axis", int64_t(0));
  set(model.node("DequantizeLinear", {"w2q", "s2", "z2"}, {"w2"}), "axis", int64_t(0));
  model.node("Conv", {"a", "w1"}, {"c"}).set_name("n");
  pair("c", "b");
  model.node("Conv", {"b", "w2"}, {"d"}).set_name("n");
  pair("d", "e");
  model.node("Add", {"e", "a"}, {"f"}).set_name("n");
  pair("f", "y");
  return llvm::cantFail(model.import());
}

/// Exporters and simplifiers that fold QuantizeLinear store weights as int8 and biases as int32.
TEST(Fidelity, IntegersStoredInTheFileAreScaled) {
  OnnxBuilder model;
  model.input("x", {1, 2, 4, 4}).output("y");
  model.floats("s", {}, {0.1f});
  model.floats("sw", {2}, {0.01f, 0.02f});
  model.floats("sw2", {}, {0.03f});
  model.floats("sb", {2}, {0.001f, 0.002f});
  model.bytes("z", {}, {0});
  model.bytes("w", {2, 2, 1, 1}, {30, -50, 70, 20});
  model.bytes("b", {2}, {1000, -2000}, onnx::TensorProto::INT32);
  model.node("QuantizeLinear", {"x", "s", "z"}, {"xq"});
  model.node("DequantizeLinear", {"xq", "s", "z"}, {"xd"});
  set(model.node("DequantizeLinear", {"w", "sw"}, {"wd"}), "axis", int64_t(0));
  set(model.node("DequantizeLinear", {"b", "sb"}, {"bd"}), "axis", int64_t(0));
  model.node("DequantizeLinear", {"w", "sw2"}, {"wd2"}); // The same integers, other numbers.
  model.node("Conv", {"xd", "wd", "bd"}, {"c"});
  model.node("QuantizeLinear", {"c", "s", "z"}, {"cq"});
  model.node("DequantizeLinear", {"cq", "s", "z"}, {"cd"});
  model.node("Conv", {"cd", "wd2"}, {"d"});
  model.node("QuantizeLinear", {"d", "s", "z"}, {"dq"});
  model.node("DequantizeLinear", {"dq", "s", "z"}, {"y"});
  Compilation c = compiled(llvm::cantFail(model.import()));
  EXPECT_TRUE(findFallbacks(c.placed).empty());
  size_t convolutions = 0;
  for (const TensorFidelity &tensor : c.fidelity->tensors) {
    convolutions += tensor.tensor == "cq" || tensor.tensor == "dq";
    EXPECT_LE(tensor.maxDifference, 1) << tensor.tensor;
  }
  EXPECT_EQ(convolutions, 2u);
}

TEST(Fidelity, CountsScalesOfTheRightNodeWhereNamesRepeat) {
  Compilation c = compiled(networkWithOneName());
  // A multiplier of 31 bits is off by at most 2^-31 (NUMERICS.md); with another node's scales,
  // ratios are off by factors.
  EXPECT_LE(c.fidelity->worstScaleError, std::ldexp(1.0, -31));
  ASSERT_EQ(c.notices.size(), 1u);
  EXPECT_NE(c.notices[0].text.find("'n~2', 'n~3'"), std::string::npos) << c.notices[0].text;
}

TEST(Fidelity, PlacementKeepsNodesOfOneNameApart) {
  Compilation c = compiled(networkWithOneName());
  std::vector<std::string> engines;
  for (const PlacementRow &row : placementTable(c.imported, c.placed))
    if (row.op == "conv" || row.op == "add")
      engines.push_back(engineName(row.engine));
  EXPECT_EQ(engines, (std::vector<std::string>{"maca", "maca", "edp"}));
}

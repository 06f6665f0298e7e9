// What a well-formed model becomes.

#include "frontend/evaluate.h"
#include "tests/support/graph_builder.h"
#include "tests/support/onnx_builder.h"

#include <gmock/gmock.h>

#include <cstring>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;

namespace {

/// Imports, verifies; a failure shows the message and gives an empty graph.
Graph import(const OnnxBuilder &model) {
  auto graph = model.import();
  if (!graph) {
    ADD_FAILURE() << llvm::toString(graph.takeError());
    return Graph();
  }
  if (llvm::Error error = verify(*graph))
    ADD_FAILURE() << llvm::toString(std::move(error));
  return std::move(*graph);
}

} // namespace

TEST(Import, KeepsTheContractOfTheFile) {
  OnnxBuilder model;
  model.input("images", {2, 3, 4, 4}).output("second").output("first");
  model.node("Relu", {"images"}, {"first"});
  model.node("Tanh", {"first"}, {"second"});
  Graph graph = import(model);
  EXPECT_EQ(graph.name, "test");
  EXPECT_EQ(graph.source, "model.onnx");
  ASSERT_EQ(graph.inputs().size(), 1u);
  EXPECT_EQ(graph.inputs()[0]->name, "images");
  EXPECT_EQ(graph.inputs()[0]->type, f32({2, 3, 4, 4}));
  ASSERT_EQ(graph.outputs().size(), 2u);
  EXPECT_EQ(graph.outputs()[0]->name, "second");
  EXPECT_EQ(graph.outputs()[1]->name, "first");
}

TEST(Import, SortsNodesAndKeepsTheOrderWhereItIsFree) {
  OnnxBuilder model;
  model.input("x", {1}).output("d").output("e");
  model.node("Neg", {"c"}, {"d"});
  model.node("Exp", {"x"}, {"e"});
  model.node("Tanh", {"b"}, {"c"});
  model.node("Relu", {"x"}, {"b"});
  EXPECT_EQ(ops(import(model)), "exp relu tanh neg");
}

TEST(Import, UnnamedNodeGoesByItsOutput) {
  OnnxBuilder model;
  model.input("x", {1}).output("y").node("Relu", {"x"}, {"y"}).clear_name();
  EXPECT_EQ(import(model).nodes()[0]->name, "y");
}

TEST(Import, NodesThatShareANameGetNumbers) {
  OnnxBuilder model;
  model.input("x", {1}).output("y").output("n~2");
  model.node("Relu", {"x"}, {"a"}).set_name("n");
  model.node("Neg", {"a"}, {"y"}).set_name("n");
  model.node("Exp", {"a"}, {"n~2"}).clear_name();
  Graph graph = import(model);
  std::vector<std::string> names;
  for (const auto &node : graph.nodes())
    names.push_back(node->name);
  EXPECT_EQ(names, (std::vector<std::string>{"n", "n~2", "n~2~2"}));
  // Nobody misses the name that a node never had.
  ASSERT_EQ(graph.notices.size(), 1u);
  EXPECT_NE(graph.notices[0].text.find("called 'n~2' here"), std::string::npos)
      << graph.notices[0].text;
}

TEST(Import, TypedAndRawInitializersAreTheSame) {
  OnnxBuilder model;
  model.input("x", {3}).output("y").output("z");
  model.floats("typed", {3}, {1.5f, -2, 1e-30f});
  const float values[] = {1.5f, -2, 1e-30f};
  model.initializer("raw", {3}, onnx::TensorProto::FLOAT)
      .set_raw_data(std::string(reinterpret_cast<const char *>(values), sizeof(values)));
  model.node("Add", {"x", "typed"}, {"y"});
  model.node("Add", {"x", "raw"}, {"z"});
  Graph graph = import(model);
  for (const char *name : {"typed", "raw"})
    EXPECT_THAT(graph.find(name)->data->values<float>(), ElementsAre(1.5f, -2, 1e-30f));
}

TEST(Import, InitializerThatIsAlsoAnInputIsAConstant) {
  OnnxBuilder model;
  model.input("x", {2}).input("w", {2}).output("y").ramp("w", {2});
  model.node("Add", {"x", "w"}, {"y"});
  Graph graph = import(model);
  EXPECT_EQ(graph.inputs().size(), 1u);
  EXPECT_TRUE(graph.find("w")->isConstant());
}

TEST(Import, ConstantsSharedThroughIdentityKeepTheirOwnNames) {
  OnnxBuilder model;
  model.input("x", {1, 1, 2, 2}).output("d");
  model.floats("s1", {1}, {0.5f});
  model.bytes("z1", {1}, {3});
  model.node("Identity", {"z1"}, {"z2"});
  model.node("QuantizeLinear", {"x", "s1", "z1"}, {"q"});
  model.node("DequantizeLinear", {"q", "s1", "z2"}, {"d"});
  Graph graph = import(model);
  EXPECT_EQ(ops(graph), "quantize dequantize");
  EXPECT_EQ(graph.find("z2")->data, graph.find("z1")->data) << "the elements are shared";
}

TEST(Import, QuantisedTypesCarryScaleZeroPointAndAxis) {
  OnnxBuilder model;
  model.input("x", {2, 3}).output("a").output("b").output("c");
  model.floats("one", {1}, {0.25f});
  model.floats("scalar", {}, {0.5f});
  model.floats("three", {3}, {1, 2, 4});
  model.bytes("zero", {1}, {7}, onnx::TensorProto::UINT8);
  model.bytes("zeros", {3}, {-1, 0, 1});
  set(model.node("QuantizeLinear", {"x", "one", "zero"}, {"a"}), "axis", int64_t(0));
  model.node("QuantizeLinear", {"x", "scalar"}, {"b"});
  set(model.node("QuantizeLinear", {"x", "three", "zeros"}, {"c"}), "axis", int64_t(-1));
  Graph graph = import(model);
  // One scale serves the whole tensor, whatever the axis: PyTorch writes it with shape [1].
  EXPECT_EQ(graph.find("a")->type,
            (TensorType{ElementType::U8, {2, 3}, Quantisation{{0.25f}, {7}, -1}}));
  EXPECT_EQ(graph.find("one")->type.shape, Shape{1});
  EXPECT_EQ(graph.find("scalar")->type.shape, Shape{});
  // Without a zero point the type is uint8.
  EXPECT_EQ(graph.find("b")->type,
            (TensorType{ElementType::U8, {2, 3}, Quantisation{{0.5f}, {0}, -1}}));
  EXPECT_EQ(graph.find("c")->type,
            (TensorType{ElementType::S8, {2, 3}, Quantisation{{1, 2, 4}, {-1, 0, 1}, 1}}));
}

TEST(Import, MovingAQuantisedTensorKeepsItsQuantisation) {
  OnnxBuilder model;
  model.input("x", {1, 2, 2, 2}).output("t").output("p");
  model.floats("s", {}, {0.5f});
  model.node("QuantizeLinear", {"x", "s"}, {"q"});
  set(model.node("MaxPool", {"q"}, {"p"}), "kernel_shape", Dims{2, 2});
  set(model.node("Transpose", {"q"}, {"t"}), "perm", Dims{0, 2, 3, 1});
  Graph graph = import(model);
  EXPECT_EQ(graph.find("p")->type.quant, graph.find("q")->type.quant);
  EXPECT_EQ(graph.find("t")->type.quant, graph.find("q")->type.quant);
}

TEST(Import, QuantisationThatOnnxDoesNotAllowIsRefused) {
  auto errorOf = [](Dims scaleDims, std::vector<float> scales, int zeroType, Dims zeroDims) {
    OnnxBuilder model;
    model.input("x", {2, 3}).output("q");
    model.floats("s", scaleDims, scales);
    std::vector<int32_t> zeros(zeroDims.empty() ? 1 : size_t(zeroDims[0]), 0);
    model.bytes("z", zeroDims, zeros, zeroType);
    model.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
    auto graph = model.import();
    return graph ? "<no error>" : llvm::toString(graph.takeError());
  };
  constexpr int s8 = onnx::TensorProto::INT8;
  using testing::HasSubstr;
  EXPECT_EQ(errorOf({}, {1}, s8, {}), "<no error>");
  EXPECT_THAT(errorOf({}, {0}, s8, {}), HasSubstr("the scale, input 1 ('s'), holds 0.0"));
  EXPECT_THAT(errorOf({}, {-1}, s8, {}), HasSubstr("must be positive and finite"));
  EXPECT_THAT(errorOf({}, {INFINITY}, s8, {}), HasSubstr("must be positive and finite"));
  EXPECT_THAT(errorOf({}, {NAN}, s8, {}), HasSubstr("must be positive and finite"));
  EXPECT_THAT(errorOf({0}, {}, s8, {}), HasSubstr("'s'), is empty"));
  EXPECT_THAT(errorOf({2}, {1, 1}, s8, {2}), HasSubstr("has 2 elements, but axis 1 of input 0"));
  EXPECT_THAT(errorOf({3}, {1, 1, 1}, s8, {1}), HasSubstr("as many elements as the scale (3)"));
  EXPECT_THAT(errorOf({}, {1}, onnx::TensorProto::INT32, {}), HasSubstr("only s8 and u8"));
  EXPECT_THAT(errorOf({1, 1}, {1}, s8, {}), HasSubstr("must have one dimension"));
}

TEST(Import, ScaleThatIsComputedAtRunTimeIsRefused) {
  OnnxBuilder model;
  model.input("x", {1}).input("s", {1}).output("q").node("QuantizeLinear", {"x", "s"}, {"q"});
  auto graph = model.import();
  ASSERT_FALSE(graph);
  EXPECT_THAT(llvm::toString(graph.takeError()),
              testing::HasSubstr("input 1 ('s'), the scale, must be a constant"));
}

TEST(Import, ShapeArithmeticBecomesAttributes) {
  // x.view(x.shape[0], -1) as PyTorch exports it without constant folding.
  OnnxBuilder model;
  model.input("x", {2, 3, 4}).output("y");
  model.ints("first", {}, {0});
  model.ints("axes", {1}, {0});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Gather", {"shape", "first"}, {"batch"});
  model.node("Unsqueeze", {"batch", "axes"}, {"batch1"});
  set(model.node("Constant", {}, {"rest"}), "value_ints", Dims{-1});
  set(model.node("Concat", {"batch1", "rest"}, {"target"}), "axis", int64_t(0));
  model.node("Reshape", {"x", "target"}, {"y"});
  Graph graph = import(model);
  EXPECT_EQ(ops(graph), "reshape");
  EXPECT_EQ(graph.find("y")->type, f32({2, 12}));
}

TEST(Import, ArithmeticOnWeightsStaysInTheGraph) {
  OnnxBuilder model;
  model.input("x", {1, 1, 2, 2}).output("y");
  model.ramp("w", {1, 1, 1, 1});
  model.floats("s", {1}, {0.5f});
  model.bytes("z", {1}, {0});
  model.node("Neg", {"w"}, {"negated"});
  model.node("QuantizeLinear", {"negated", "s", "z"}, {"q"});
  model.node("DequantizeLinear", {"q", "s", "z"}, {"d"});
  model.node("Conv", {"x", "d"}, {"y"});
  EXPECT_EQ(ops(import(model)), "neg quantize dequantize conv");
}

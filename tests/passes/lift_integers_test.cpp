// Operators on the integers between QuantizeLinear and DequantizeLinear.
#include "tests/passes/imported.h"

#include "llvm/ADT/STLExtras.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAreArray;
using Floats = std::vector<float>;

namespace {

constexpr float scale = 0.5f;
constexpr int zero = -3;

/// x -> QuantizeLinear -> what the test adds -> DequantizeLinear -> y.
struct IntegerModel : QdqBuilder {
  explicit IntegerModel(const Dims &shape) {
    input("x", shape).output("y");
    quantize("x", "q", scale, zero);
  }
  Graph lifted(const std::string &last, float readersScale = scale) {
    dequantize(last, "y", readersScale, zero);
    Graph graph = imported(*this);
    for (auto pass : {foldConstants, settleQuantisation, liftIntegers})
      runPass(pass, graph);
    // No operator works on integers any more.
    for (const auto &node : graph.nodes())
      for (const Value *result : node->outputs())
        EXPECT_TRUE(result->type.isFloat() || node->op == OpKind::Quantize ||
                    node->op == OpKind::Reinterpret)
            << node->name;
    return graph;
  }
};

/// 0, 1, 2, ... in steps of the scale.
Floats ramp(int count) {
  Floats values;
  for (int i = 0; i < count; ++i)
    values.push_back(float(i) * scale);
  return values;
}

Floats inSteps(std::initializer_list<int> steps) {
  Floats values;
  for (int step : steps)
    values.push_back(float(step) * scale);
  return values;
}

} // namespace

TEST(LiftIntegers, ATransposeMovesFloats) {
  IntegerModel model({1, 2, 1, 3});
  set(model.node("Transpose", {"q"}, {"t"}), "perm", Dims{0, 3, 1, 2});
  Graph graph = model.lifted("t");
  EXPECT_EQ(ops(graph), "quantize dequantize transpose quantize dequantize");
  EXPECT_EQ(graph.find("t")->type, s8({1, 3, 2, 1}, scale, zero));
  EXPECT_EQ(numbers(graph, ramp(6)), inSteps({0, 3, 1, 4, 2, 5}));
}

TEST(LiftIntegers, AChainIsLiftedAsOne) {
  IntegerModel model({1, 2, 2, 2});
  set(model.node("Transpose", {"q"}, {"a"}), "perm", Dims{0, 2, 3, 1});
  set(model.node("Flatten", {"a"}, {"b"}), "axis", int64_t(1));
  model.ints("axes", {1}, {0});
  model.node("Unsqueeze", {"b", "axes"}, {"c"});
  model.node("Squeeze", {"c", "axes"}, {"d"});
  Graph graph = model.lifted("d");
  EXPECT_EQ(ops(graph), "quantize dequantize transpose flatten unsqueeze squeeze quantize "
                        "dequantize");
  EXPECT_EQ(numbers(graph, ramp(8)), inSteps({0, 4, 1, 5, 2, 6, 3, 7}));
}

TEST(LiftIntegers, TheReadersParametersAreTakenFromTheBeginning) {
  IntegerModel model({1, 4});
  model.ints("shape", {2}, {2, 2});
  model.node("Reshape", {"q", "shape"}, {"r"});
  Graph graph = model.lifted("r", 2 * scale);
  EXPECT_EQ(ops(graph), "quantize reinterpret dequantize reshape quantize dequantize");
  EXPECT_EQ(numbers(graph, ramp(4)), (Floats{0, 1, 2, 3}));
}

TEST(LiftIntegers, ReadersOfDifferentParametersEachKeepTheirOwn) {
  IntegerModel model({1, 4});
  model.output("other");
  model.ints("shape", {2}, {2, 2});
  model.node("Reshape", {"q", "shape"}, {"r"});
  model.dequantize("r", "other", 4, 0);
  Graph graph = model.lifted("r");
  EXPECT_EQ(numbers(graph, ramp(4)), ramp(4));
  auto both =
      llvm::cantFail(evaluate(graph, TensorDataRef(TensorData::make<float>(f32({1, 4}), ramp(4)))));
  EXPECT_EQ(both[1]->values<float>().vec(), (Floats{-12, -8, -4, 0})); // Steps from the zero point.
}

TEST(LiftIntegers, BranchesOfAChainAreReadByParametersOfTheirOwn) {
  IntegerModel model({1, 4});
  model.output("other");
  model.ints("shape", {2}, {2, 2});
  model.node("Reshape", {"q", "shape"}, {"r"});
  model.ints("flat", {2}, {4, 1});
  model.node("Reshape", {"r", "flat"}, {"t"});
  model.node("Reshape", {"r", "flat"}, {"u"});
  model.dequantize("t", "other", 8 * scale, zero);
  EXPECT_EQ(numbers(model.lifted("u"), ramp(4)), ramp(4));
}

TEST(LiftIntegers, AnotherReadingOfIntegersThatNothingMovesStays) {
  QdqBuilder model;
  model.input("x", {1, 2}).output("y");
  model.dequantize(model.quantize("x", "q", 0.5f), "y", 2);
  Graph graph = imported(model);
  for (auto pass : {foldConstants, settleQuantisation, liftIntegers})
    runPass(pass, graph);
  EXPECT_EQ(numbers(graph, {1, 2}), (Floats{4, 8}));
}

TEST(LiftIntegers, IntegersOfDifferentParametersAreJoinedAsTheyAre) {
  // Concat joins steps, whatever each stood for.
  QdqBuilder model;
  model.input("x", {1, 2}).output("y");
  model.quantize("x", "a", 0.5f);
  model.quantize("x", "b", 0.25f, 10);
  set(model.node("Concat", {"a", "b"}, {"c"}), "axis", int64_t(1));
  model.dequantize("c", "y", 1);
  Graph graph = imported(model);
  for (auto pass : {foldConstants, settleQuantisation, liftIntegers})
    runPass(pass, graph);
  EXPECT_EQ(ops(graph),
            "quantize quantize reinterpret dequantize reinterpret dequantize concat quantize "
            "dequantize");
  EXPECT_EQ(numbers(graph, {1, 2}), (Floats{2, 4, 14, 18}));
}

TEST(LiftIntegers, ThePaddingOfIntegersIsANumberOfSteps) {
  IntegerModel model({1, 2});
  model.ints("pads", {4}, {0, 1, 0, 0});
  model.bytes("value", {}, {7});
  model.node("Pad", {"q", "pads", "value"}, {"p"});
  EXPECT_EQ(numbers(model.lifted("p"), ramp(2)), inSteps({7 - zero, 0, 1}));
  IntegerModel plain({1, 2}); // Without a value it is 0, which is no real 0 here.
  plain.ints("pads", {4}, {0, 1, 0, 0});
  plain.node("Pad", {"q", "pads"}, {"p"});
  EXPECT_EQ(numbers(plain.lifted("p"), ramp(2)), inSteps({-zero, 0, 1}));
}

TEST(LiftIntegers, TheBoundsOfAClipAreNumbersOfSteps) {
  // As exports to 7 bits have it.
  IntegerModel model({1, 4});
  model.bytes("lo", {}, {-2});
  model.bytes("hi", {}, {-1});
  model.node("Clip", {"q", "lo", "hi"}, {"c"});
  EXPECT_EQ(numbers(model.lifted("c"), ramp(4)), inSteps({1, 1, 2, 2}));
}

TEST(LiftIntegers, AGreaterIntegerIsAGreaterNumber) {
  IntegerModel model({1, 3});
  model.bytes("k", {1}, {-2});
  model.node("Max", {"q", "k"}, {"m"});
  EXPECT_EQ(numbers(model.lifted("m"), ramp(3)), inSteps({1, 1, 2}));
  IntegerModel least({1, 3});
  least.bytes("k", {1}, {-2});
  least.node("Min", {"q", "k"}, {"m"});
  EXPECT_EQ(numbers(least.lifted("m"), ramp(3)), inSteps({0, 1, 1}));
}

TEST(LiftIntegers, SplitPartsAndSlices) {
  IntegerModel model({1, 4});
  model.ints("sizes", {2}, {1, 3});
  set(model.node("Split", {"q", "sizes"}, {"a", "b"}), "axis", int64_t(1));
  for (const char *name : {"starts", "axes"})
    model.ints(name, {1}, {1});
  model.ints("ends", {1}, {3});
  model.node("Slice", {"b", "starts", "ends", "axes"}, {"s"});
  EXPECT_EQ(numbers(model.lifted("s"), ramp(4)), inSteps({2, 3}));
}

TEST(LiftIntegers, IntegersWithoutAQuantiserAreTakenByTheirReader) {
  QdqBuilder model; // An input of bytes.
  model.input("x", {1, 4}, onnx::TensorProto::UINT8).output("y");
  model.ints("shape", {2}, {2, 2});
  model.node("Reshape", {"x", "shape"}, {"r"});
  model.dequantize("r", "y", 2, 1, onnx::TensorProto::UINT8);
  Graph graph = imported(model);
  for (auto pass : {foldConstants, settleQuantisation, liftIntegers})
    runPass(pass, graph);
  auto x = TensorData::make<uint8_t>(ArrayType{ElementType::U8, {1, 4}}, {uint8_t(0), 1, 2, 255});
  auto y = llvm::cantFail(evaluate(graph, TensorDataRef(x)));
  EXPECT_EQ(y[0]->values<float>().vec(), (Floats{-2, 0, 2, 508}));
}

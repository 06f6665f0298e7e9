// Whole tables of EDP against the reference's derivation, for every operator that has one.
#include "tests/lowering/lowered.h"

#include <cmath>

using namespace bstc;
using namespace bstc::test;

namespace {
struct Function {
  const char *onnx, *text;
  std::vector<std::pair<const char *, float>> attributes = {};
  float alpha = 0, beta = 0;
};

void PrintTo(const Function &function, std::ostream *stream) { *stream << function.text; }

const Function functions[] = {
    {"Relu", "relu"},
    {"LeakyRelu", "leaky_relu", {{"alpha", 0.1f}}, 0.1f},
    {"Sigmoid", "sigmoid"},
    {"Tanh", "tanh"},
    {"HardSigmoid", "hard_sigmoid", {{"alpha", 0.25f}, {"beta", 0.4f}}, 0.25f, 0.4f},
    {"HardSwish", "hard_swish"},
    {"Elu", "elu", {{"alpha", 0.7f}}, 0.7f},
    {"Softplus", "softplus"},
    {"Exp", "exp"},
    {"Log", "log"},
    {"Sqrt", "sqrt"},
    {"Neg", "neg"},
    {"Reciprocal", "reciprocal"},
    {"Abs", "abs"},
    {"Erf", "erf"},
    {"Floor", "floor"},
    {"Ceil", "ceil"},
};

class Tables : public testing::TestWithParam<Function> {};

/// x -> function -> y, or x * Sigmoid(x), or a clip with bounds.
std::optional<Lowered<bst::LutParams>> tableOf(const Function &function, const Quant &x,
                                               const Quant &y) {
  QdqModel model(14);
  model.quantisedInput("x", {1, 2, 2, 2}, x);
  auto &node = model.node(function.onnx, {"x"}, {"r"});
  for (auto [name, value] : function.attributes)
    set(node, name, value);
  model.quantisedOutput("r", y);
  return lowered<bst::LutParams>(model);
}

void expectTable(const Lowered<bst::LutParams> &table, const std::function<float(float)> &function,
                 const Quant &x, const Quant &y) {
  expectMeans(table.inputs[0], x);
  expectMeans(table.output, y);
  const auto expected = bst::reference::deriveTable(function, x, y);
  ASSERT_EQ(table.params.table.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(table.params.table[i], expected[i]) << "entry " << i;
}

/// A step of 1/25 around 0: from -5 to 5, beyond every bend of the functions.
const std::pair<Quant, Quant> quantisations[] = {
    {{bst::DType::S8, 0.04f, 0}, {bst::DType::S8, 0.04f, 0}},
    {{bst::DType::S8, 0.04f, 7}, {bst::DType::U8, 0.02f, 31}},
    {{bst::DType::U8, 0.04f, 128}, {bst::DType::S8, 0.013f, -100}},
    {{bst::DType::U8, 0.1f, 90}, {bst::DType::U8, 0.25f, 128}},
    {{bst::DType::S8, 0.25f, 0}, {bst::DType::S8, 0.5f, -3}},
};
} // namespace

TEST_P(Tables, AreTheReferences) {
  const Function &f = GetParam();
  const auto expected = bst::reference::elementFunction(f.text, f.alpha, f.beta);
  ASSERT_TRUE(expected);
  for (const auto &[x, y] : quantisations) {
    const auto table = tableOf(f, x, y);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->params.function, f.text);
    expectTable(*table, *expected, x, y);
  }
}

TEST_P(Tables, AreTheReferencesForScalesAsCalibrationGivesThem) {
  const Function &f = GetParam();
  const auto expected = bst::reference::elementFunction(f.text, f.alpha, f.beta);
  Draw draw(17);
  for (int run = 0; run < 8; ++run) {
    const Quant x = draw.quant(), y = draw.quant();
    const auto table = tableOf(f, x, y);
    ASSERT_TRUE(table);
    expectTable(*table, *expected, x, y);
  }
}

INSTANTIATE_TEST_SUITE_P(Edp, Tables, testing::ValuesIn(functions),
                         [](const auto &info) { return std::string(info.param.onnx); });

/// Every activation of ops.def is in the list above, or has a test of its own below.
TEST(TablesOf, EveryActivation) {
  for (const OpInfo &info : allOps()) {
    if (llvm::StringRef(info.family) != "Activation" || info.kind == OpKind::Silu ||
        info.kind == OpKind::Clip)
      continue;
    EXPECT_TRUE(llvm::any_of(functions, [&](const Function &f) {
      return llvm::StringRef(f.onnx) == info.onnxType;
    })) << info.text;
  }
}

TEST(TablesOf, Silu) {
  for (const auto &[x, y] : quantisations) {
    QdqModel model;
    model.quantisedInput("x", {1, 2, 2, 2}, x);
    model.node("Sigmoid", {"x"}, {"s"});
    model.node("Mul", {"x", "s"}, {"r"});
    model.quantisedOutput("r", y);
    const auto table = lowered<bst::LutParams>(model);
    ASSERT_TRUE(table);
    expectTable(*table, *bst::reference::elementFunction("silu", 0, 0), x, y);
  }
}

TEST(TablesOf, Clip) {
  for (auto [lo, hi] : {std::pair(0.0f, 6.0f), std::pair(-1.3f, 2.7f), std::pair(3.0f, 1.0f)})
    for (const auto &[x, y] : quantisations) {
      QdqModel model;
      model.floats("lo", {}, {lo});
      model.floats("hi", {}, {hi});
      model.quantisedInput("x", {1, 2, 2, 2}, x);
      model.node("Clip", {"x", "lo", "hi"}, {"r"});
      model.quantisedOutput("r", y);
      const auto table = lowered<bst::LutParams>(model);
      ASSERT_TRUE(table);
      expectTable(*table, *bst::reference::elementFunction("clip", lo, hi), x, y);
    }
}

TEST(TablesOf, Rescale) {
  for (const auto &[x, y] : quantisations) {
    if (x.scale == y.scale && x.zeroPoint == y.zeroPoint && x.dtype == y.dtype)
      continue; // Nothing to do.
    QdqModel model;
    model.quantisedInput("x", {1, 2, 2, 2}, x);
    model.quantisedOutput("x", y);
    const auto table = lowered<bst::LutParams>(model);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->params.function, "rescale");
    expectTable(*table, *bst::reference::elementFunction("identity", 0, 0), x, y);
  }
}

/// 0.7f is below 0.7, but ten times 0.7f is 7 in float32, as ONNX computes it.
TEST(TablesOf, FloorOfAFloat32Product) {
  const auto table = tableOf({"Floor", "floor"}, {bst::DType::S8, 0.7f, 0}, {bst::DType::S8, 1, 0});
  ASSERT_TRUE(table);
  EXPECT_EQ(int8_t(table->params.table[128 + 10]), 7);
  EXPECT_EQ(int8_t(table->params.table[128 + 9]), 6); // 6.3
}

/// Of 0.25 and 0.75, in steps of 0.5: 0 and 2, half to even; below 0 alike.
TEST(TablesOf, TiesGoToEven) {
  const auto table = tableOf({"Abs", "abs"}, {bst::DType::S8, 0.25f, 0}, {bst::DType::S8, 0.5f, 1});
  ASSERT_TRUE(table);
  EXPECT_EQ(int8_t(table->params.table[128 + 1]), 0 + 1);
  EXPECT_EQ(int8_t(table->params.table[128 + 3]), 2 + 1);
  EXPECT_EQ(int8_t(table->params.table[128 - 5]), 2 + 1); // 1.25: 2.5 steps
}

/// The logarithm of a negative number is none: the zero point. That of 0 is the least number.
TEST(TablesOf, WhatIsNoNumberIsTheZeroPoint) {
  const auto table = tableOf({"Log", "log"}, {bst::DType::S8, 0.1f, 0}, {bst::DType::S8, 0.1f, 5});
  ASSERT_TRUE(table);
  EXPECT_EQ(int8_t(table->params.table[0]), 5);
  EXPECT_EQ(int8_t(table->params.table[127]), 5);
  EXPECT_EQ(int8_t(table->params.table[128]), -128);
  EXPECT_EQ(int8_t(table->params.table[138]), 5); // log 1
}

TEST(TablesOf, HardSwishAboveThreeIsItsOperand) {
  const auto table =
      tableOf({"HardSwish", "hard_swish"}, {bst::DType::S8, 0.05f, 0}, {bst::DType::S8, 0.05f, 0});
  ASSERT_TRUE(table);
  for (int32_t x = 60; x <= 127; ++x)
    EXPECT_EQ(int8_t(table->params.table[size_t(128 + x)]), x);
  for (int32_t x = -128; x <= -60; ++x)
    EXPECT_EQ(int8_t(table->params.table[size_t(128 + x)]), 0);
}

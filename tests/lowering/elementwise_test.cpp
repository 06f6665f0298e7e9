// Add, Sub, Mul, Concat and AveragePool: every integer of their commands.
#include "tests/lowering/lowered.h"

#include <cmath>
#include <limits>

using namespace bstc;
using namespace bstc::test;

static constexpr float infinity = std::numeric_limits<float>::infinity();

/// op(a, b), with a Clip behind it where there are bounds.
static QdqModel binary(const char *op, const Quant &a, const Quant &b, const Quant &y, float lo,
                       float hi) {
  QdqModel model;
  model.quantisedInput("a", {1, 2, 3, 3}, a);
  model.quantisedInput("b", {1, 2, 3, 3}, b);
  model.node(op, {"a", "b"}, {"r"});
  if (std::isinf(lo) && std::isinf(hi)) {
    model.quantisedOutput("r", y);
    return model;
  }
  model.floats("lo", {}, {lo});
  model.floats("hi", {}, {hi});
  model.node("Clip", {"r", "lo", "hi"}, {"c"});
  model.quantisedOutput("c", y);
  return model;
}

template <typename P>
static void expectSides(const Lowered<P> &command, const Quant &a, const Quant &b, const Quant &y) {
  expectMeans(command.inputs[0], a);
  expectMeans(command.inputs[1], b);
  expectMeans(command.output, y);
}

template <typename P> static void expectClamp(const P &params, float lo, float hi, const Quant &y) {
  const auto clamp = bst::reference::deriveClamp(lo, hi, y);
  EXPECT_EQ(params.clampLo, clamp.lo);
  EXPECT_EQ(params.clampHi, clamp.hi);
}

static void expectSum(bool subtract, const Quant &a, const Quant &b, const Quant &y, float lo,
                      float hi) {
  const auto sum = lowered<bst::AddParams>(binary(subtract ? "Sub" : "Add", a, b, y, lo, hi));
  ASSERT_TRUE(sum);
  expectSides(*sum, a, b, y);
  const auto expected = bst::reference::deriveAdd(a.scale, b.scale, y.scale, subtract);
  ASSERT_TRUE(expected);
  EXPECT_EQ(sum->params.multiplierA, expected->multiplierA);
  EXPECT_EQ(sum->params.multiplierB, expected->multiplierB);
  EXPECT_EQ(sum->params.shift, expected->shift);
  expectClamp(sum->params, lo, hi, y);
}

TEST(Sums, AreTheReferences) {
  Draw draw(7);
  for (int i = 0; i < 24; ++i) {
    const Quant a = draw.quant(), b = draw.quant(), y = draw.quant();
    const bool bounded = i % 3 == 0;
    expectSum(i % 2, a, b, y, bounded ? 0 : -infinity, bounded ? 40 * y.scale : infinity);
  }
}

/// The larger ratio is just below a power of two: its multiplier rounds up to 2^31 and is halved,
/// as is the other's.
TEST(Sums, ARatioThatRoundsUpToAPowerOfTwo) {
  const Quant y = {bst::DType::S8, 1 + 0x1p-23f, 0};
  for (float scale : {1.0f, 0.5f}) // 1 / (1 + 2^-23): rounds to less than 2^31.
    expectSum(false, {bst::DType::S8, scale, 0}, {bst::DType::S8, 0.3f, 0}, y, -infinity, infinity);
}

TEST(Sums, TheSecondOfADifferenceIsNegative) {
  const Quant one = {bst::DType::S8, 0.5f, 0};
  const auto difference =
      lowered<bst::AddParams>(binary("Sub", one, one, one, -infinity, infinity));
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->params.multiplierA, 1 << 30);
  EXPECT_EQ(difference->params.multiplierB, -(1 << 30));
}

TEST(Products, AreTheReferences) {
  Draw draw(11);
  for (int i = 0; i < 16; ++i) {
    const Quant a = draw.quant(), b = draw.quant(), y = draw.quant();
    const float lo = i % 2 ? -3.5f * y.scale : -infinity, hi = i % 2 ? 20.5f * y.scale : infinity;
    const auto product = lowered<bst::MulParams>(binary("Mul", a, b, y, lo, hi));
    ASSERT_TRUE(product);
    expectSides(*product, a, b, y);
    const auto expected = bst::reference::deriveProductRequant(a.scale, b.scale, y.scale);
    ASSERT_TRUE(expected);
    EXPECT_EQ(product->params.requant, *expected);
    expectClamp(product->params, lo, hi, y);
  }
}

TEST(Concats, CopyOrRescale) {
  const Quant y = {bst::DType::S8, 0.1f, 3};
  const std::vector<Quant> parts = {y,
                                    {bst::DType::S8, 0.1f, 4},  // Another zero point,
                                    {bst::DType::S8, 0.11f, 3}, // scale,
                                    {bst::DType::U8, 0.1f, 3}}; // or type is a rescale.
  QdqModel model;
  std::vector<std::string> names;
  for (const Quant &part : parts) {
    names.push_back(("x" + llvm::Twine(names.size())).str());
    model.quantisedInput(names.back(), {1, 2, 3, 3}, part);
  }
  set(model.node("Concat", names, {"r"}), "axis", int64_t(-2));
  model.quantisedOutput("r", y);
  const auto concat = lowered<bst::ConcatParams>(model);
  ASSERT_TRUE(concat);
  EXPECT_EQ(concat->params.axis, 2);
  EXPECT_THAT(concat->params.copy, testing::ElementsAre(1, 0, 0, 0));
  ASSERT_EQ(concat->params.requant.size(), parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    expectMeans(concat->inputs[i], parts[i]);
    EXPECT_EQ(concat->params.requant[i], *bst::reference::deriveRescale(parts[i].scale, y.scale));
  }
}

TEST(AveragePools, CountsAndRatios) {
  Draw draw(13);
  for (int i = 0; i < 24; ++i) {
    const Quant x = draw.quant(), y = draw.quant();
    const Dims kernel = {draw.between(1, 4), draw.between(1, 4)};
    const Dims strides = {draw.between(1, 3), draw.between(1, 3)};
    const Dims pads = {draw.between(0, kernel[0] - 1), draw.between(0, kernel[1] - 1),
                       draw.between(0, kernel[0] - 1), draw.between(0, kernel[1] - 1)};
    const bool countPadding = i % 2;
    QdqModel model;
    model.quantisedInput("x", {1, 2, 7, 9}, x);
    auto &pool = model.node("AveragePool", {"x"}, {"r"});
    set(pool, "kernel_shape", kernel);
    set(pool, "strides", strides);
    set(pool, "pads", pads);
    set(pool, "count_include_pad", int64_t(countPadding));
    model.quantisedOutput("r", y);
    const auto average = lowered<bst::AveragePoolParams>(model);
    ASSERT_TRUE(average);
    bst::Window window;
    window.kernelH = int32_t(kernel[0]), window.kernelW = int32_t(kernel[1]);
    window.strideH = int32_t(strides[0]), window.strideW = int32_t(strides[1]);
    window.padTop = int32_t(pads[0]), window.padLeft = int32_t(pads[1]);
    window.padBottom = int32_t(pads[2]), window.padRight = int32_t(pads[3]);
    EXPECT_EQ(average->params.window, window);
    EXPECT_EQ(average->params.countPadding, countPadding);
    const auto counts = bst::reference::deriveCounts(
        window, countPadding, 7, 9, average->output.shape[2], average->output.shape[3]);
    EXPECT_EQ(average->params.counts, counts);
    ASSERT_EQ(average->params.requant.size(), counts.size());
    for (size_t k = 0; k < counts.size(); ++k)
      EXPECT_EQ(average->params.requant[k],
                *bst::reference::deriveRequant(double(x.scale) / (double(y.scale) * counts[k])));
  }
}

/// Maximum and nearest resize keep the integers: their results have the operand's quantisation.
TEST(MaxPools, WindowAndMeaning) {
  const Quant x = {bst::DType::U8, 0.3f, 17};
  QdqModel model;
  model.quantisedInput("x", {1, 2, 9, 11}, x);
  auto &pool = model.node("MaxPool", {"x"}, {"r"});
  set(pool, "kernel_shape", Dims{2, 3});
  set(pool, "strides", Dims{2, 1});
  set(pool, "pads", Dims{0, 1, 1, 2});
  set(pool, "dilations", Dims{1, 2});
  model.quantisedOutput("r", x);
  const auto maximum = lowered<bst::MaxPoolParams>(model);
  ASSERT_TRUE(maximum);
  bst::Window window;
  window.kernelH = 2, window.kernelW = 3, window.strideH = 2, window.strideW = 1;
  window.padTop = 0, window.padLeft = 1, window.padBottom = 1, window.padRight = 2;
  window.dilationW = 2;
  EXPECT_EQ(maximum->params.window, window);
  expectMeans(maximum->output, x);
}

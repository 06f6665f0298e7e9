// What the receipt says of scales: kept, merged, rounded, and by how much.
#include "tests/receipt/receipts.h"

#include <algorithm>
#include <cmath>

using namespace bstc;
using namespace bstc::test;

TEST(Scales, RoundedRatiosAndTheirErrors) {
  // Equal scales, and a quarter: exact.
  EXPECT_EQ(receiptOf(average(0.03125f)).scalesRounded, 0u);
  // The largest error counts, whichever operand has it.
  for (auto [a, b] : {std::pair(0.05f, 0.07f), {0.07f, 0.05f}}) {
    QdqModel model;
    model.quantisedInput("a", {1, 2, 4, 4}, {bst::DType::S8, a, 0});
    model.quantisedInput("b", {1, 2, 4, 4}, {bst::DType::S8, b, 0});
    model.node("Add", {"a", "b"}, {"r"});
    model.quantisedOutput("r", {bst::DType::S8, 0.11f, 0});
    const FidelityReceipt receipt = receiptOf(model);
    EXPECT_EQ(receipt.scalesRounded, 2u);
    const auto sum = bst::reference::deriveAdd(a, b, 0.11f, false);
    double worst = 0;
    for (auto [multiplier, scale] : {std::pair(sum->multiplierA, a), {sum->multiplierB, b}}) {
      const double ratio = double(scale) / double(0.11f);
      worst = std::max(worst, std::fabs(std::ldexp(double(multiplier), -sum->shift) / ratio - 1));
    }
    EXPECT_DOUBLE_EQ(receipt.worstScaleError, worst);
    EXPECT_GT(worst, 0);
  }
}

TEST(Scales, OfEveryCommandThatRescales) {
  const Quant y = {bst::DType::S8, 0.11f, 0};
  QdqModel product;
  product.quantisedInput("a", {1, 2, 4, 4}, step);
  product.quantisedInput("b", {1, 2, 4, 4}, {bst::DType::S8, 0.07f, 0});
  product.node("Mul", {"a", "b"}, {"r"});
  product.quantisedOutput("r", y);
  EXPECT_EQ(receiptOf(product).scalesRounded, 1u);
  EXPECT_LE(receiptOf(product).worstScaleError, std::ldexp(1.0, -31));
  QdqModel joined;
  joined.quantisedInput("a", {1, 2, 4, 4}, step);
  joined.quantisedInput("b", {1, 2, 4, 4}, y);
  set(joined.node("Concat", {"a", "b"}, {"r"}), "axis", int64_t(1));
  joined.quantisedOutput("r", y);
  EXPECT_EQ(receiptOf(joined).scalesRounded, 1u); // The other is copied.
  EXPECT_LE(receiptOf(joined).worstScaleError, std::ldexp(1.0, -31));
  QdqModel pool;
  pool.quantisedInput("a", {1, 2, 4, 4}, step);
  set(pool.node("AveragePool", {"a"}, {"r"}), "kernel_shape", Dims{3, 3});
  pool.quantisedOutput("r", y);
  EXPECT_EQ(receiptOf(pool).scalesRounded, 1u);
  EXPECT_LE(receiptOf(pool).worstScaleError, std::ldexp(1.0, -31));
}

TEST(Scales, KeptAndMerged) {
  const FidelityReceipt kept = receiptOf(chain("Relu"));
  EXPECT_EQ(kept.scalesKept, 2u);
  EXPECT_EQ(kept.scalesMerged, 0u);
  QdqModel twice; // The second pair repeats the first.
  twice.quantisedInput("x", {1, 2, 4, 4}, step);
  twice.pair("x", "again", step);
  twice.node("Relu", {"again"}, {"r"});
  twice.quantisedOutput("r", step);
  const FidelityReceipt merged = receiptOf(twice);
  EXPECT_EQ(merged.scalesKept, 2u);
  EXPECT_EQ(merged.scalesMerged, 1u);
}

TEST(Scales, AreKeptWithTheirZeroPoints) {
  for (bool scale : {true, false}) {
    const Compilation c = compilationOf(chain("Relu"));
    bst::Program program = c.compiled->program;
    for (bst::Tensor &tensor : program.tensors)
      if (tensor.name == "yq") {
        tensor.scale *= scale ? 2 : 1;
        tensor.zeroPoint += scale ? 0 : 1;
      }
    const FidelityReceipt receipt = receiptOf(c.imported, c, program);
    EXPECT_EQ(receipt.scalesKept, 1u);
    EXPECT_EQ(receipt.scalesMerged, 1u);
  }
}

/// Per channel: each by its own weight scale; those that are exact are not counted.
TEST(Scales, OfConvolutionsAreThoseOfTheirChannels) {
  QdqModel model;
  model.quantisedInput("x", {1, 1, 4, 4}, {bst::DType::S8, 0.5f, 0});
  model.bytes("wq", {3, 1, 1, 1}, {1, 2, 3});
  model.floats("ws", {3}, {0.25f, 0.1f, 0.5f});
  set(model.node("DequantizeLinear", {"wq", "ws"}, {"w"}), "axis", int64_t(0));
  model.node("Conv", {"x", "w"}, {"c"});
  model.quantisedOutput("c", {bst::DType::S8, 0.75f, 0});
  const FidelityReceipt receipt = receiptOf(model);
  EXPECT_EQ(receipt.scalesRounded, 3u); // A sixth, a fifteenth, a third.
  EXPECT_LE(receipt.worstScaleError, std::ldexp(1.0, -31));
  EXPECT_GT(receipt.worstScaleError, 0);
}

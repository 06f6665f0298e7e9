// Operators on the integers between QuantizeLinear and DequantizeLinear: the program is free in
// what it takes their steps for, and the receipt must not call that a fault.
#include "tests/lowering/lowered.h"
#include "tests/support/sessions.h"

using namespace bstc;
using namespace bstc::test;

namespace {
/// x -> Q (0.05, 3) -> "xq", and scale and zero point that a reader may have for its own.
QdqModel quantised() {
  QdqModel model(14);
  model.input("x", {1, 4, 6, 6});
  model.floats("s", {}, {0.05f});
  model.bytes("z", {}, {3});
  model.node("QuantizeLinear", {"x", "s", "z"}, {"xq"});
  model.floats("s2", {}, {0.1f});
  model.bytes("z2", {}, {-7});
  return model;
}

void expectRight(const QdqModel &model) {
  auto c = model.compiled();
  ASSERT_TRUE(bool(c)) << llvm::toString(c.takeError());
  auto receipt =
      checkFidelity(c->imported, c->placed, bst::testing::openProgram(c->compiled->program));
  ASSERT_TRUE(bool(receipt)) << llvm::toString(receipt.takeError());
  EXPECT_GT(receipt->tensors.size(), 2u);
  for (const TensorFidelity &tensor : receipt->tensors)
    EXPECT_EQ(tensor.equal, tensor.elements) << tensor.tensor;
  ASSERT_EQ(receipt->outputs.size(), 1u);
  EXPECT_EQ(receipt->outputs[0].maxDifference, 0);
}
} // namespace

/// As in a Focus or an SPPF whose pairs stand around the whole block.
TEST(Integers, ThatMeetBeforeAReaderOfItsOwn) {
  QdqModel model = quantised();
  model.ints("halves", {2}, {2, 2});
  set(model.node("Split", {"xq", "halves"}, {"a", "b"}), "axis", int64_t(1));
  set(model.node("Concat", {"b", "a"}, {"j"}), "axis", int64_t(1));
  model.node("DequantizeLinear", {"j", "s2", "z2"}, {"y"});
  model.output("y");
  expectRight(model);
}

TEST(Integers, ThatAreClipped) {
  QdqModel model = quantised();
  model.bytes("lo", {}, {-20});
  model.bytes("hi", {}, {90});
  model.node("Clip", {"xq", "lo", "hi"}, {"c"});
  model.node("DequantizeLinear", {"c", "s2", "z2"}, {"y"});
  model.output("y");
  expectRight(model);
}

TEST(Integers, ThatAreReadWithAScalePerChannel) {
  QdqModel model = quantised();
  set(model.node("Transpose", {"xq"}, {"t"}), "perm", Dims{0, 1, 3, 2});
  model.floats("each", {4}, {0.1f, 0.2f, 0.05f, 0.3f});
  model.bytes("zeros", {4}, {0, 3, -2, 9});
  set(model.node("DequantizeLinear", {"t", "each", "zeros"}, {"y"}), "axis", int64_t(1));
  model.output("y");
  expectRight(model);
}

// The evaluator itself: binding of inputs, observation, lifetime of values.

#include "frontend/evaluate.h"
#include "tests/support/graph_builder.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;

static TensorDataRef floats(Shape shape, std::vector<float> values) {
  return TensorData::make<float>(f32(std::move(shape)), values);
}

TEST(Evaluate, ReturnsOutputsInOrder) {
  GraphBuilder b;
  Value *x = b.input("x", {2}), *y = b.input("y", {2});
  b.graph.addOutput(b.binary(OpKind::Sub, "difference", x, y));
  b.graph.addOutput(b.binary(OpKind::Mul, "square", x, x)); // Reads one value twice.
  b.graph.addOutput(y);
  b.graph.addOutput(b.constant("c", {1}, {5}));
  auto outputs = evaluate(b.graph, {floats({2}, {3, 4}), floats({2}, {1, 7})});
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  ASSERT_EQ(outputs->size(), 4u);
  EXPECT_THAT((*outputs)[0]->values<float>(), ElementsAre(2, -3));
  EXPECT_THAT((*outputs)[1]->values<float>(), ElementsAre(9, 16));
  EXPECT_THAT((*outputs)[2]->values<float>(), ElementsAre(1, 7));
  EXPECT_THAT((*outputs)[3]->values<float>(), ElementsAre(5));
}

TEST(Evaluate, ObserverSeesEveryValueOnceRightAfterItWasMade) {
  GraphBuilder b;
  Value *split = b.input("x", {4});
  Node *node = b.graph.addNode(OpKind::Split, "s", {split}, SplitAttrs{0, {1, 3}},
                               {{"first", f32({1})}, {"rest", f32({3})}});
  b.graph.addOutput(b.unary(OpKind::Neg, "n", node->output(1)));
  std::vector<std::string> seen;
  auto outputs = evaluate(b.graph, floats({4}, {1, 2, 3, 4}),
                          [&](const Value &value, const TensorDataRef &data) {
                            seen.push_back(value.name);
                            EXPECT_EQ(data->type, value.type);
                          });
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_THAT(seen, ElementsAre("first", "rest", "n.out"));
}

TEST(Evaluate, FreesAValueAfterItsLastUse) {
  GraphBuilder b;
  Value *a = b.unary(OpKind::Neg, "a", b.input("x", {2}));
  Value *c = b.unary(OpKind::Abs, "c", b.unary(OpKind::Exp, "b", a));
  b.graph.addOutput(b.binary(OpKind::Add, "d", c, a));
  b.graph.addOutput(c);
  std::map<std::string, std::weak_ptr<const TensorData>> values;
  std::string aliveAtD;
  auto outputs =
      evaluate(b.graph, floats({2}, {1, 2}), [&](const Value &value, const TensorDataRef &data) {
        values[value.name] = data;
        if (value.name == "d.out")
          for (const auto &[name, weak] : values)
            aliveAtD += weak.expired() ? "" : name + " ";
      });
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_EQ(aliveAtD, "a.out c.out d.out ") << "b.out was read for the last time by c";
  EXPECT_TRUE(values["a.out"].expired());
}

TEST(Evaluate, InputsThatDoNotFitAreErrors) {
  GraphBuilder b;
  b.graph.addOutput(b.unary(OpKind::Relu, "r", b.input("images", {1, 2})));
  auto errorOf = [&](std::vector<TensorDataRef> inputs) {
    return llvm::toString(evaluate(b.graph, inputs).takeError());
  };
  EXPECT_EQ(errorOf({}), "got 0 inputs, but the network has 1");
  EXPECT_EQ(errorOf({floats({2, 1}, {1, 2})}),
            "input 'images' must be f32[1, 2], but is f32[2, 1]");
  TensorType wrong{ElementType::S32, {1, 2}, std::nullopt};
  EXPECT_EQ(errorOf({std::make_shared<TensorData>(wrong)}),
            "input 'images' must be f32[1, 2], but is s32[1, 2]");
}

TEST(Evaluate, AnErrorNamesTheNode) {
  GraphBuilder b;
  TensorType integers{ElementType::S32, {1}, std::nullopt};
  std::vector<int32_t> zero = {0};
  Value *divisor = b.graph.addConstant("zero", TensorData::make<int32_t>(integers, zero));
  b.graph.addOutput(b.node(OpKind::Div, "ratio", {divisor, divisor}, ElementwiseAttrs{}, integers));
  EXPECT_EQ(llvm::toString(evaluate(b.graph, {}).takeError()),
            "node 'ratio' (div): integer division by zero");
}

TEST(Evaluate, QuantisedArithmeticHasNoFloatReference) {
  GraphBuilder b;
  Value *q = b.quantize("x", b.input("x", {1, 1, 2, 2}), 0.5f);
  b.graph.addOutput(b.node(OpKind::Add, "sum", {q, q}, ElementwiseAttrs{}, q->type));
  EXPECT_THAT(llvm::toString(evaluate(b.graph, floats({1, 1, 2, 2}, {1, 2, 3, 4})).takeError()),
              HasSubstr("node 'sum' (add): input 0 ('x.q.out') is s8[1, 1, 2, 2]"));
}

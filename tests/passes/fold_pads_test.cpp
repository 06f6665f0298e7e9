#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// x [1, 1, 2, 2] -> Pad by one row and column in front and behind -> a 3x3 window.
struct PaddedWindow {
  OpKind op = OpKind::Conv;
  float value = 0;
  PadAttrs::Mode mode = PadAttrs::Constant;
  bool relu = false; ///< In front of the Pad.
  int64_t ownPad = 0;
  int64_t border = 1;
};

Graph build(const PaddedWindow &form) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 1, 2, 2});
  if (form.relu)
    x = b.unary(OpKind::Relu, "relu", x);
  const int64_t n = form.border;
  PadAttrs pad{{0, 0, n, n}, {0, 0, n, n}, form.mode, form.value};
  Value *padded = b.node(OpKind::Pad, "pad", {x}, pad, f32({1, 1, 2 + 2 * n, 2 + 2 * n}));
  WindowAttrs window{{3, 3}, {1, 1}, {form.ownPad, 0}, {0, 0}, {1, 1}};
  TensorType type = f32({1, 1, 2 * n + form.ownPad, 2 * n});
  if (form.op == OpKind::Conv)
    b.graph.addOutput(b.node(OpKind::Conv, "c", {padded, b.filled("w", {1, 1, 3, 3}, 2)},
                             ConvAttrs{window, 1, {}}, type));
  else
    b.graph.addOutput(b.node(form.op, "p", {padded}, PoolAttrs{window, false}, type));
  return std::move(b.graph);
}

std::vector<float> numbers(const Graph &graph) {
  auto x = TensorData::make<float>(f32({1, 1, 2, 2}), {1.0f, 2.0f, 3.0f, -4.0f});
  auto result = evaluate(graph, {x});
  EXPECT_TRUE(bool(result)) << llvm::toString(result.takeError());
  return (*result)[0]->values<float>().vec();
}

/// Runs the pass, checks that the numbers stay and returns the operators.
std::string folded(const PaddedWindow &form) {
  Graph graph = build(form);
  const std::vector<float> before = numbers(graph);
  EXPECT_FALSE(bool(foldPads(graph)));
  EXPECT_FALSE(bool(verify(graph)));
  EXPECT_EQ(numbers(graph), before);
  return ops(graph);
}

} // namespace

TEST(FoldPads, ZerosBecomePadsOfTheWindowBehind) {
  EXPECT_EQ(folded({.op = OpKind::Conv}), "conv");
  EXPECT_EQ(folded({.op = OpKind::AveragePool}), "average_pool");
  EXPECT_EQ(folded({.op = OpKind::Conv, .border = 4}), "conv");
}

TEST(FoldPads, AMaximumTakesWhatNeverWins) {
  EXPECT_EQ(folded({.op = OpKind::MaxPool, .relu = true}), "relu max_pool");
  EXPECT_EQ(folded({.op = OpKind::MaxPool, .value = -std::numeric_limits<float>::infinity()}),
            "max_pool");
  EXPECT_EQ(folded({.op = OpKind::MaxPool}), "pad max_pool");
}

TEST(FoldPads, OtherPadsStay) {
  EXPECT_EQ(folded({.op = OpKind::Conv, .value = 1}), "pad conv");
  EXPECT_EQ(folded({.op = OpKind::Conv, .mode = PadAttrs::Edge}), "pad conv");
  // An average that does not count its own pads cannot count others.
  EXPECT_EQ(folded({.op = OpKind::AveragePool, .ownPad = 1}), "pad average_pool");
  // A window that would see nothing but padding.
  EXPECT_EQ(folded({.op = OpKind::AveragePool, .border = 3}), "pad average_pool");
}

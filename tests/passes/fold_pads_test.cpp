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

namespace {

/// `x` -> what `inFront` adds -> Pad of `pads` -> a 2x2 MaxPool, and its operators after the pass.
std::string behind(llvm::function_ref<Value *(GraphBuilder &, Value *)> inFront, PadAttrs pad,
                   bool readTwice = false) {
  GraphBuilder b;
  Value *x = inFront(b, b.input("x", {1, 1, 2, 2}));
  Shape shape = x->type.shape;
  for (size_t axis = 0; axis < 4; ++axis)
    shape[axis] += pad.begin[axis] + pad.end[axis];
  Value *padded = b.node(OpKind::Pad, "pad", {x}, pad, f32(shape));
  WindowAttrs window{{2, 2}, {1, 1}, {0, 0}, {0, 0}, {1, 1}};
  b.graph.addOutput(b.node(OpKind::MaxPool, "p", {padded}, PoolAttrs{window, false},
                           f32({shape[0], shape[1], shape[2] - 1, shape[3] - 1})));
  if (readTwice)
    b.graph.addOutput(padded);
  const std::vector<float> before = numbers(b.graph);
  EXPECT_FALSE(bool(foldPads(b.graph)));
  EXPECT_FALSE(bool(verify(b.graph)));
  EXPECT_EQ(numbers(b.graph), before);
  return ops(b.graph);
}

const PadAttrs oneRow{{0, 0, 1, 0}, {0, 0, 0, 0}, PadAttrs::Constant, 0};

} // namespace

TEST(FoldPads, AZeroNeverWinsBehindWhatIsNeverNegative) {
  auto clip = [](float lo) {
    return [lo](GraphBuilder &b, Value *x) {
      return b.node(OpKind::Clip, "k", {x}, ActivationAttrs{lo, 6}, x->type);
    };
  };
  EXPECT_EQ(behind(clip(0), oneRow), "clip max_pool");
  EXPECT_EQ(behind(clip(-5), oneRow), "clip pad max_pool");
  auto sigmoid = [](GraphBuilder &b, Value *x) { return b.unary(OpKind::Sigmoid, "s", x); };
  EXPECT_EQ(behind(sigmoid, oneRow), "sigmoid max_pool");
  auto pair = [](GraphBuilder &b, Value *x) {
    return b.fakeQuant("q", b.unary(OpKind::Relu, "r", x), 0.5f);
  };
  EXPECT_EQ(behind(pair, oneRow), "relu quantize dequantize max_pool");
  // Another zero point behind the pair: what was 0 is -4 now.
  auto shifted = [](GraphBuilder &b, Value *x) {
    Value *q = b.quantize("q", b.unary(OpKind::Relu, "r", x), 0.5f);
    Value *taken = b.node(OpKind::Reinterpret, "t", {q}, AxisAttrs{-1}, s8({1, 1, 2, 2}, 0.5f, 8));
    return b.dequantize("d", taken);
  };
  EXPECT_EQ(behind(shifted, oneRow), "relu quantize reinterpret dequantize pad max_pool");
}

TEST(FoldPads, OnlyRowsAndColumnsGrow) {
  auto relu = [](GraphBuilder &b, Value *x) { return b.unary(OpKind::Relu, "r", x); };
  EXPECT_EQ(behind(relu, {{0, 1, 0, 0}, {0, 0, 0, 0}, PadAttrs::Constant, 0}), "relu pad max_pool");
  EXPECT_EQ(behind(relu, {{0, 0, 0, 0}, {0, 1, 0, 0}, PadAttrs::Constant, 0}), "relu pad max_pool");
  EXPECT_EQ(behind(relu, {{1, 0, 0, 0}, {0, 0, 0, 0}, PadAttrs::Constant, 0}), "relu pad max_pool");
  EXPECT_EQ(behind(relu, {{0, 0, 0, 0}, {1, 0, 0, 0}, PadAttrs::Constant, 0}), "relu pad max_pool");
  // Elements that go.
  EXPECT_EQ(behind(relu, {{0, 0, -1, 1}, {0, 0, 1, 0}, PadAttrs::Constant, 0}),
            "relu pad max_pool");
  EXPECT_EQ(behind(relu, {{0, 0, 1, 1}, {0, 0, 0, -1}, PadAttrs::Constant, 0}),
            "relu pad max_pool");
}

TEST(FoldPads, ASecondReaderKeepsThePad) {
  auto relu = [](GraphBuilder &b, Value *x) { return b.unary(OpKind::Relu, "r", x); };
  EXPECT_EQ(behind(relu, oneRow, true), "relu pad max_pool");
}

TEST(FoldPads, AWindowSeesTheMapFromEitherSide) {
  auto relu = [](GraphBuilder &b, Value *x) { return b.unary(OpKind::Relu, "r", x); };
  EXPECT_EQ(behind(relu, {{0, 0, 2, 0}, {0, 0, 0, 0}, PadAttrs::Constant, 0}), "relu pad max_pool");
  EXPECT_EQ(behind(relu, {{0, 0, 0, 0}, {0, 0, 0, 2}, PadAttrs::Constant, 0}), "relu pad max_pool");
}

TEST(FoldPads, EachSideOfAnAxisIsItsOwn) {
  GraphBuilder b;
  Value *x = b.input("x", {1, 1, 2, 2});
  PadAttrs pad{{0, 0, 1, 2}, {0, 0, 3, 4}, PadAttrs::Constant, 0};
  Value *padded = b.node(OpKind::Pad, "pad", {x}, pad, f32({1, 1, 6, 8}));
  WindowAttrs window{{6, 8}, {1, 1}, {0, 0}, {0, 0}, {1, 1}};
  b.graph.addOutput(b.node(OpKind::Conv, "c", {padded, b.filled("w", {1, 1, 6, 8}, 2)},
                           ConvAttrs{window, 1, {}}, f32({1, 1, 1, 1})));
  EXPECT_FALSE(bool(foldPads(b.graph)));
  const WindowAttrs &grown = nodeNamed(b.graph, "c")->as<ConvAttrs>().window;
  EXPECT_EQ((Shape{grown.padBegin[0], grown.padBegin[1], grown.padEnd[0], grown.padEnd[1]}),
            (Shape{1, 2, 3, 4}));
}

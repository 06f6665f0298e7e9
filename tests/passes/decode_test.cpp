#include "frontend/evaluate.h"
#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

#include <random>

using namespace bstc;
using namespace bstc::test;

namespace {

/// How the decode of one level is written down; exporters differ.
struct Form {
  bool segment = false;      ///< Split before the sigmoids, with 2 mask coefficients.
  bool squareByMul = false;  ///< x * x in place of Pow(x, 2).
  bool separateHalf = false; ///< (s * 2 - 0.5 + grid) in place of a grid with -0.5 inside.
  float gridError = 0;       ///< Makes it another decode.
};

/// Writes YOLOv5's decode (ultralytics/yolov5 v7.0, models/yolo.py) as plain operators.
class DecodeBuilder : public GraphBuilder {
public:
  explicit DecodeBuilder(Form form) : form(form) {}

  Value *level(std::string name, int64_t ny, int64_t nx, float stride, std::vector<float> anchors) {
    int64_t masks = form.segment ? 2 : 0, no = 7 + masks, na = 2;
    Value *head = input(name, {1, na * no, ny, nx});
    Shape cells = {1, na, ny, nx, no};
    Value *grouped =
        node(OpKind::Reshape, name + ".r", {head}, std::monostate{}, f32({1, na, no, ny, nx}));
    Value *rows = node(OpKind::Transpose, name + ".t", {grouped}, TransposeAttrs{{0, 1, 3, 4, 2}},
                       f32(cells));
    std::vector<Value *> parts = split(name, rows, no, masks);
    Shape pair = {1, na, ny, nx, 2};
    std::vector<Value *> decoded = {centre(name, parts[0], pair, stride),
                                    size(name, parts[1], pair, anchors), parts[2]};
    if (form.segment)
      decoded.push_back(parts[3]);
    Value *joined = node(OpKind::Concat, name + ".cat", decoded, AxisAttrs{4}, f32(cells));
    return node(OpKind::Reshape, name + ".rows", {joined}, std::monostate{},
                f32({1, na * ny * nx, no}));
  }

private:
  std::vector<Value *> split(const std::string &name, Value *rows, int64_t no, int64_t masks) {
    if (!form.segment)
      rows = unary(OpKind::Sigmoid, name + ".sig", rows);
    SplitAttrs attrs{4, {2, 2, no - 4 - masks}};
    if (masks)
      attrs.sizes.push_back(masks);
    std::vector<std::pair<std::string, TensorType>> results;
    for (size_t i = 0; i < attrs.sizes.size(); ++i) {
      Shape shape = rows->type.shape;
      shape[4] = attrs.sizes[i];
      results.emplace_back(name + ".part" + std::to_string(i), f32(shape));
    }
    Node *node = graph.addNode(OpKind::Split, name + ".split", {rows}, attrs, results);
    std::vector<Value *> parts(node->outputs().begin(), node->outputs().end());
    for (size_t i = 0; form.segment && i < 3; ++i)
      parts[i] = unary(OpKind::Sigmoid, name + ".sig" + std::to_string(i), parts[i]);
    return parts;
  }

  Value *scale(std::string name, Value *x, float factor) {
    return binary(OpKind::Mul, name, x, constant(name + ".c", {}, {factor}));
  }

  Value *centre(const std::string &name, Value *s, Shape pair, float stride) {
    std::vector<float> grid;
    for (int64_t i = 0; i < f32(pair).count(); ++i) {
      int64_t x = i / 2 % pair[3], y = i / 2 / pair[3] % pair[2];
      grid.push_back(float(i % 2 ? y : x) - (form.separateHalf ? 0.0f : 0.5f));
    }
    grid.back() += form.gridError;
    Value *xy = scale(name + ".xy2", s, 2);
    if (form.separateHalf)
      xy = binary(OpKind::Sub, name + ".half", xy, constant(name + ".half.c", {}, {0.5f}));
    xy = binary(OpKind::Add, name + ".grid", xy, constant(name + ".grid.c", pair, grid));
    return scale(name + ".stride", xy, stride);
  }

  Value *size(const std::string &name, Value *s, Shape pair, std::vector<float> anchors) {
    Value *wh = scale(name + ".wh2", s, 2);
    wh = form.squareByMul
             ? binary(OpKind::Mul, name + ".square", wh, wh)
             : binary(OpKind::Pow, name + ".square", wh, constant(name + ".two", {}, {2}));
    return binary(OpKind::Mul, name + ".anchor", wh,
                  constant(name + ".anchor.c", {1, pair[1], 1, 1, 2}, anchors));
  }

  Form form;
};

Graph buildDecode(Form form) {
  DecodeBuilder b(form);
  Value *first = b.level("a", 3, 4, 8, {10, 13, 16, 30});
  Value *second = b.level("b", 2, 2, 16, {30, 61, 62, 45});
  int64_t no = first->type.shape[2];
  b.graph.addOutput(
      b.node(OpKind::Concat, "all", {first, second}, AxisAttrs{1}, f32({1, 24 + 8, no})));
  return std::move(b.graph);
}

std::vector<TensorDataRef> randomHeads(const Graph &graph, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> logits(-4, 4);
  std::vector<TensorDataRef> heads;
  for (const Value *input : graph.inputs()) {
    auto data = std::make_shared<TensorData>(input->type);
    for (float &value : data->mutableValues<float>())
      value = logits(random);
    heads.push_back(data);
  }
  return heads;
}

} // namespace

static void expectRecognisedWithTheSameNumbers(Form form) {
  Graph plain = buildDecode(form);
  Graph fused = plain.clone();
  ASSERT_FALSE(bool(recogniseDecode(fused)));
  ASSERT_FALSE(bool(verify(fused)));
  ASSERT_EQ(ops(fused), "yolo_decode");
  const auto &attrs = fused.outputs()[0]->producer()->as<YoloDecodeAttrs>();
  EXPECT_EQ(attrs.strides, (std::vector<float>{8, 16}));
  EXPECT_EQ(attrs.anchors, (std::vector<float>{10, 13, 16, 30, 30, 61, 62, 45}));
  EXPECT_EQ(attrs.classes, 2);
  EXPECT_EQ(attrs.masks, form.segment ? 2 : 0);
  EXPECT_EQ(fused.outputs()[0]->name, "all.out");

  std::vector<TensorDataRef> heads = randomHeads(plain, 7);
  auto expected = evaluate(plain, heads), actual = evaluate(fused, heads);
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());
  ASSERT_TRUE(bool(actual)) << llvm::toString(actual.takeError());
  for (int64_t i = 0; i < (*expected)[0]->type.count(); ++i)
    ASSERT_NEAR((*actual)[0]->at(i), (*expected)[0]->at(i), 1e-4) << "element " << i;
}

TEST(RecogniseDecode, Detect) { expectRecognisedWithTheSameNumbers({}); }
TEST(RecogniseDecode, Segment) { expectRecognisedWithTheSameNumbers({.segment = true}); }
TEST(RecogniseDecode, SquareByMultiplication) {
  expectRecognisedWithTheSameNumbers({.squareByMul = true});
}
TEST(RecogniseDecode, HalfSubtractedApartFromTheGrid) {
  expectRecognisedWithTheSameNumbers({.separateHalf = true});
}

TEST(RecogniseDecode, AnotherGridIsNotThisDecode) {
  Graph graph = buildDecode({.gridError = 0.25f});
  std::string before = toString(graph);
  ASSERT_FALSE(bool(recogniseDecode(graph)));
  EXPECT_EQ(toString(graph), before);
}

TEST(RecogniseDecode, ALevelThatRepeatsChannelsIsNotThisDecode) {
  Graph graph = buildDecode({});
  // The second level's last concat part read twice: channels no longer add up.
  Node *concat = const_cast<Node *>(nodeNamed(graph, "b.cat"));
  concat->setInput(2, concat->input(1));
  ASSERT_FALSE(bool(recogniseDecode(graph)));
  EXPECT_EQ(nodeNamed(graph, "all")->op, OpKind::Concat);
}

// YOLOv5's decode with one thing changed is another decode: the pass must leave it alone, for the
// command that replaces it would compute something else.
#include "decode_graph.h"

#include "frontend/passes/passes.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

using namespace bstc;
using namespace bstc::test;

namespace {

Node &nodeOf(Graph &graph, const std::string &name) {
  return *const_cast<Node *>(nodeNamed(graph, name));
}

Value *valueOf(Graph &graph, const std::string &node) { return nodeOf(graph, node).output(); }

/// A number of a constant; counted from its end where `element` is negative.
size_t elementOf(const Value &constant, int64_t element) {
  return size_t(element < 0 ? constant.type.count() + element : element);
}

void setConstant(Graph &graph, const std::string &name, int64_t element, float value) {
  Value *constant = graph.find(name);
  auto data = std::make_shared<TensorData>(*constant->data);
  data->mutableValues<float>()[elementOf(*constant, element)] = value;
  constant->data = data;
}

float constantAt(Graph &graph, const std::string &name, int64_t element) {
  const Value *constant = graph.find(name);
  return float(constant->data->at(int64_t(elementOf(*constant, element))));
}

Value *addConstant(Graph &graph, const std::string &name, Shape shape, std::vector<float> values) {
  return graph.addConstant(name, TensorData::make<float>(f32(std::move(shape)), values));
}

/// `op` with that second operand between the node and all that read it.
void insertAfter(Graph &graph, const std::string &node, OpKind op, Value *operand) {
  Value *from = valueOf(graph, node);
  const llvm::SmallVector<Node *, 2> users(from->users().begin(), from->users().end());
  llvm::SmallVector<Value *, 2> operands = {from};
  Attributes attrs = ActivationAttrs{};
  if (operand) {
    operands.push_back(operand);
    attrs = ElementwiseAttrs{};
  }
  Value *made =
      graph.addNode(op, node + ".more", operands, attrs, {{node + ".more.out", from->type}})
          ->output();
  for (Node *user : users)
    for (unsigned i = 0; i < user->inputs().size(); ++i)
      if (user->input(i) == from)
        user->setInput(i, made);
}

/// The node goes; its readers read its first operand.
void bypass(Graph &graph, const std::string &node) {
  Node &gone = nodeOf(graph, node);
  graph.replaceUses(gone.output(), gone.input(0));
}

using Change = std::function<void(Graph &)>;

void expectLeftAlone(Form form, const Change &change, const char *what) {
  SCOPED_TRACE(what);
  Graph graph = buildDecode(form);
  change(graph);
  graph.cleanUp();
  ASSERT_FALSE(bool(verify(graph)));
  const std::string before = toString(graph);
  ASSERT_FALSE(bool(recogniseDecode(graph)));
  EXPECT_EQ(toString(graph), before);
}

void expectRecognised(Form form, const Change &change, const char *what) {
  SCOPED_TRACE(what);
  Graph graph = buildDecode(form);
  change(graph);
  graph.cleanUp();
  ASSERT_FALSE(bool(recogniseDecode(graph)));
  EXPECT_EQ(ops(graph), "relu relu yolo_decode");
}

} // namespace

TEST(DecodeRefusals, Centres) {
  for (const char *level : {"a", "b"}) {
    const std::string name = level, grid = name + ".grid.c";
    for (int64_t element : {0, 1, 2, 5, -1, -2})
      expectLeftAlone(
          {}, [&](Graph &g) { setConstant(g, grid, element, 0.25f); }, "a grid cell");
    // 8 * 0.001 pixels.
    expectLeftAlone(
        {}, [&](Graph &g) { setConstant(g, grid, 0, constantAt(g, grid, 0) + 1e-3f); },
        "a grid cell, slightly");
    expectLeftAlone(
        {}, [&](Graph &g) { setConstant(g, grid, 0, constantAt(g, grid, 0) + 3e-5f); },
        "a grid cell, beyond rounding");
    expectLeftAlone(
        {.wholeConstants = true}, [&](Graph &g) { setConstant(g, name + ".xy2.c", 3, 2.5f); },
        "one factor of the sigmoid");
    expectLeftAlone(
        {}, [&](Graph &g) { setConstant(g, name + ".xy2.c", 0, 1.5f); }, "all of them");
    expectLeftAlone(
        {.wholeConstants = true}, [&](Graph &g) { setConstant(g, name + ".stride.c", -1, 9); },
        "the stride of a cell");
    expectLeftAlone(
        {}, [&](Graph &g) { setConstant(g, name + ".stride.c", 0, -8); }, "a negative stride");
    expectLeftAlone(
        {}, [&](Graph &g) { setConstant(g, name + ".stride.c", 0, 0); }, "a stride of 0");
  }
  expectLeftAlone(
      {.separateHalf = true}, [](Graph &g) { setConstant(g, "a.half.c", 0, 0.25f); },
      "another half");
  expectLeftAlone(
      {.separateHalf = true}, [](Graph &g) { bypass(g, "b.half"); }, "no half");
  expectLeftAlone(
      {.separateHalf = true},
      [](Graph &g) {
        Node &half = nodeOf(g, "a.half");
        half.setInputs({half.input(1), half.input(0)});
      },
      "0.5 - 2 s");
  expectLeftAlone(
      {.divisions = true},
      [](Graph &g) {
        Node &stride = nodeOf(g, "a.stride");
        stride.setInputs({stride.input(1), stride.input(0)});
      },
      "1 / 8 divided by the centre");
}

// Constants that exporters have computed in float, and numbers below a pixel.
TEST(DecodeRefusals, RoundingAndSmallNumbersAreNone) {
  const Form whole = {.wholeConstants = true};
  const auto rounded = [](const char *name) {
    return [=](Graph &g) { setConstant(g, name, -1, constantAt(g, name, -1) * (1 + 4e-6f)); };
  };
  expectRecognised(whole, rounded("a.stride.c"), "a stride");
  expectRecognised(whole, rounded("b.anchor.c"), "an anchor");
  expectRecognised({}, rounded("b.grid.c"), "a grid cell");
  expectRecognised(
      {}, [](Graph &g) { setConstant(g, "a.stride.c", 0, 0.5f); }, "a small stride");
  expectRecognised(
      {}, [](Graph &g) { setConstant(g, "a.anchor.c", 0, 0.5f); }, "a small anchor");
}

TEST(DecodeRefusals, ColumnsAndRowsOfTheGridSwapped) {
  for (const char *name : {"a.grid.c", "b.grid.c"})
    expectLeftAlone(
        {},
        [=](Graph &g) {
          for (int64_t i = 0; i < g.find(name)->type.count(); i += 2) {
            const float x = constantAt(g, name, i), y = constantAt(g, name, i + 1);
            setConstant(g, name, i, y);
            setConstant(g, name, i + 1, x);
          }
        },
        name);
}

TEST(DecodeRefusals, Sizes) {
  for (const char *level : {"a", "b"}) {
    const std::string name = level;
    for (int64_t element : {2, 3, 8, -1})
      expectLeftAlone(
          {.wholeConstants = true},
          [&](Graph &g) { setConstant(g, name + ".anchor.c", element, 99); }, "a cell's anchor");
    for (float anchor : {0.0f, -10.0f, std::numeric_limits<float>::quiet_NaN()})
      expectLeftAlone(
          {}, [&](Graph &g) { setConstant(g, name + ".anchor.c", 1, anchor); },
          "an anchor that is not positive");
    for (float exponent : {3.0f, 1.0f, 2.5f})
      expectLeftAlone(
          {}, [&](Graph &g) { setConstant(g, name + ".square.c", 0, exponent); },
          "another exponent");
    expectLeftAlone(
        {}, [&](Graph &g) { bypass(g, name + ".square"); }, "no square");
    expectLeftAlone(
        {.squareByMul = true},
        [&](Graph &g) {
          nodeOf(g, name + ".square").setInput(1, nodeOf(g, name + ".wh2").input(0));
        },
        "x * y");
    expectLeftAlone(
        {.wholeConstants = true}, [&](Graph &g) { setConstant(g, name + ".wh2.c", 4, 2.5f); },
        "one factor of the sigmoid");
    expectLeftAlone(
        {},
        [&](Graph &g) {
          insertAfter(g, name + ".anchor", OpKind::Add, addConstant(g, "more", {}, {1}));
        },
        "a shift of the size");
    expectLeftAlone(
        {},
        [&](Graph &g) {
          insertAfter(g, name + ".wh2", OpKind::Sub, addConstant(g, "more", {}, {0.5f}));
        },
        "a shift inside the square");
    expectLeftAlone(
        {.wholeConstants = true},
        [&](Graph &g) {
          std::vector<float> shifts(size_t(f32(valueOf(g, name + ".wh2")->type.shape).count()), 0);
          shifts.back() = 0.5f;
          insertAfter(g, name + ".wh2", OpKind::Add,
                      addConstant(g, "more", valueOf(g, name + ".wh2")->type.shape, shifts));
        },
        "a shift inside the square of one cell");
  }
  expectLeftAlone(
      {},
      [](Graph &g) {
        nodeOf(g, "a.square").setInput(1, addConstant(g, "more", {2}, {2, 3}));
      },
      "an exponent for the height of its own");
  expectLeftAlone(
      {}, [](Graph &g) { nodeOf(g, "a.square").setInput(1, g.addInput("exponent", f32({}))); },
      "an exponent that is not constant");
  // Not Pow(2, x) either.
  expectLeftAlone(
      {},
      [](Graph &g) {
        Node &square = nodeOf(g, "a.square");
        square.setInputs({square.input(1), square.input(0)});
      },
      "2 to the power");
}

TEST(DecodeRefusals, Sigmoids) {
  for (int part : {0, 1, 2})
    for (const char *level : {"a", "b"}) {
      const std::string sigmoid = std::string(level) + ".sig" + std::to_string(part);
      if (part < 2) // The third part without one would be mask coefficients.
        expectLeftAlone(
            {.segment = true}, [&](Graph &g) { bypass(g, sigmoid); }, "no sigmoid");
      expectLeftAlone(
          {.segment = true}, [&](Graph &g) { insertAfter(g, sigmoid, OpKind::Sigmoid, nullptr); },
          "a sigmoid of a sigmoid");
      expectLeftAlone(
          {.segment = true}, [&](Graph &g) { insertAfter(g, sigmoid, OpKind::Tanh, nullptr); },
          "a tanh of a sigmoid");
      expectLeftAlone(
          {.segment = true}, [&](Graph &g) { nodeOf(g, sigmoid).op = OpKind::HardSigmoid; },
          "a hard sigmoid");
    }
  expectLeftAlone(
      {}, [](Graph &g) { bypass(g, "a.sig"); }, "none at all");
  // Objectness and classes as they are leave no classes; coefficients with one are classes.
  expectLeftAlone(
      {.segment = true}, [](Graph &g) { bypass(g, "a.sig2"); }, "raw classes");
}

TEST(DecodeRefusals, OrderOfChannels) {
  const auto swapParts = [](Graph &g, unsigned i, unsigned k) {
    Node &split = nodeOf(g, "a.split");
    Value *first = split.output(i), *second = split.output(k);
    llvm::SmallVector<Node *, 2> of(first->users().begin(), first->users().end());
    llvm::SmallVector<Node *, 2> others(second->users().begin(), second->users().end());
    for (Node *user : of)
      for (unsigned n = 0; n < user->inputs().size(); ++n)
        if (user->input(n) == first)
          user->setInput(n, second);
    for (Node *user : others)
      for (unsigned n = 0; n < user->inputs().size(); ++n)
        if (user->input(n) == second)
          user->setInput(n, first);
  };
  expectLeftAlone(
      {}, [&](Graph &g) { swapParts(g, 0, 1); }, "centre and size swapped");
  // Part 2 of one class is two channels, as the parts before it.
  const Form one = {.classes = 1};
  expectLeftAlone(
      one, [&](Graph &g) { swapParts(g, 0, 2); }, "centre and scores swapped");
  expectLeftAlone(
      one, [&](Graph &g) { swapParts(g, 1, 2); }, "size and scores swapped");
  expectLeftAlone(
      one, [](Graph &g) { nodeOf(g, "a.cat").setInput(2, nodeOf(g, "a.split").output(1)); },
      "scores that are sizes");
  // Masks of 2 channels and scores of one class.
  const Form masks = {.segment = true, .classes = 1};
  expectLeftAlone(
      masks,
      [](Graph &g) {
        Node &cat = nodeOf(g, "a.cat");
        cat.setInputs({cat.input(0), cat.input(1), cat.input(3), cat.input(2)});
      },
      "mask coefficients before the scores");
  expectLeftAlone(
      masks,
      [&](Graph &g) {
        bypass(g, "a.sig2");
        Value *last = nodeOf(g, "a.split").output(3);
        Value *sigmoid = g.addNode(OpKind::Sigmoid, "late", {last}, ActivationAttrs{},
                                   {{"late.out", last->type}})
                             ->output();
        nodeOf(g, "a.cat").setInput(3, sigmoid);
      },
      "raw channels before the ones with a sigmoid");
}

TEST(DecodeRefusals, Slices) {
  const auto part = [](Graph &g, int i) -> SliceAttrs & {
    return nodeOf(g, "a.part" + std::to_string(i)).as<SliceAttrs>();
  };
  for (int i : {0, 1})
    expectLeftAlone(
        {.slices = true}, [=](Graph &g) { part(g, i).step[4] = 2; }, "every second channel");
  expectLeftAlone(
      {.slices = true}, [=](Graph &g) { part(g, 0).start[4] = 1; }, "the centre one too far");
  expectLeftAlone(
      {.slices = true}, [=](Graph &g) { part(g, 1).start[4] = 3; }, "the size one too far");
  expectLeftAlone(
      {.slices = true}, [=](Graph &g) { part(g, 2).start[4] = 3; }, "the scores one too soon");
  for (int64_t axis : {1, 2, 3}) { // Turned round.
    expectLeftAlone(
        {.slices = true},
        [=](Graph &g) {
          SliceAttrs &slice = part(g, 0);
          slice.start[size_t(axis)] = slice.extent[size_t(axis)] - 1;
          slice.step[size_t(axis)] = -1;
        },
        "an axis turned round");
  }
}

TEST(DecodeRefusals, SizesInPlaceOfScores) {
  // The last part is where it belongs, the one before it is not.
  expectLeftAlone(
      {.splitScores = true, .classes = 3},
      [](Graph &g) { nodeOf(g, "a.cat").setInput(2, nodeOf(g, "a.split").output(1)); },
      "sizes twice");
  expectLeftAlone(
      {.splitScores = true, .classes = 3},
      [](Graph &g) { nodeOf(g, "a.cat").setInput(2, nodeOf(g, "a.split").output(3)); },
      "the last classes twice");
}

// Channels of another head of the same shape.
TEST(DecodeRefusals, PartsOfOneHead) {
  const auto fromAnotherHead = [](unsigned part) {
    return [=](Graph &g) {
      Node &split = nodeOf(g, "a.split");
      Value *other = g.addInput("other", split.input(0)->type);
      other = g.addNode(OpKind::Sigmoid, "other.sig", {other}, ActivationAttrs{},
                        {{"other.out", other->type}})
                  ->output();
      std::vector<std::pair<std::string, TensorType>> results;
      for (Value *output : split.outputs())
        results.emplace_back(output->name + ".other", output->type);
      Node *made =
          g.addNode(OpKind::Split, "other.split", {other}, split.as<SplitAttrs>(), results);
      g.replaceUses(split.output(part), made->output(part));
    };
  };
  const Form parts = {.splitScores = true, .classes = 3}; // The last one tells what the head is.
  for (unsigned part : {0U, 1U, 2U, 3U})
    expectLeftAlone(parts, fromAnotherHead(part), "a part of another head");
}

TEST(DecodeRefusals, ShapesAndAxes) {
  expectLeftAlone(
      {.batch = 2}, [](Graph &) {}, "a batch of two");
  expectLeftAlone(
      {.classes = 0}, [](Graph &) {}, "no classes");
  expectLeftAlone(
      {.segment = true, .classes = 0}, [](Graph &) {}, "masks, but no classes");
  expectLeftAlone( // Level b is 2 x 2.
      {},
      [](Graph &g) {
        nodeOf(g, "b.t").as<TransposeAttrs>().perm = {0, 1, 4, 3, 2};
      },
      "rows and columns transposed");
  expectLeftAlone( // All three are 2 wide.
      {.classes = 1},
      [](Graph &g) {
        nodeOf(g, "a.cat").as<AxisAttrs>().axis = 3;
        valueOf(g, "a.cat")->type.shape = {1, 2, 3, 12, 2};
      },
      "parts side by side");
  expectLeftAlone(
      {},
      [](Graph &g) { // The same numbers, cut into other rows and columns.
        Value *head = g.addInput("turned", f32({1, 14, 4, 3}));
        nodeOf(g, "a.r").setInput(0, head);
      },
      "a head of 4 x 3 read as 3 x 4");
  expectLeftAlone(
      {},
      [](Graph &g) {
        nodeOf(g, "a.r").setInput(0, g.addInput("flat", f32({1, 14, 12})));
      },
      "a head of rank 3");
  expectLeftAlone(
      {},
      [](Graph &g) {
        nodeOf(g, "a.r").setInput(0, g.addInput("long", f32({1, 14, 3, 4, 1})));
      },
      "a head of rank 5");
  expectLeftAlone(
      {},
      [](Graph &g) {
        nodeOf(g, "a.t").setInput(0, g.addInput("grouped", f32({1, 2, 7, 3, 4})));
      },
      "a head that is not reshaped");
}

// As detectors of other families join their levels.
TEST(DecodeRefusals, RowsThatAreNotDecoded) {
  for (bool reshaped : {false, true}) {
    GraphBuilder b;
    std::vector<Value *> rows;
    for (std::string name : {"a", "b"}) {
      Value *x = b.input(name, reshaped ? Shape{1, 4, 3, 7} : Shape{1, 12, 7});
      rows.push_back(
          reshaped ? b.node(OpKind::Reshape, name + ".rows", {x}, std::monostate{}, f32({1, 12, 7}))
                   : x);
    }
    b.graph.addOutput(b.node(OpKind::Concat, "all", rows, AxisAttrs{1}, f32({1, 24, 7})));
    const std::string before = toString(b.graph);
    ASSERT_FALSE(bool(recogniseDecode(b.graph)));
    EXPECT_EQ(toString(b.graph), before);
  }
}

/// Both levels are 2 x 3; another axis, another form of rows.
static Graph equalLevels(int64_t axis, Shape rows, Shape joined) {
  DecodeBuilder b({});
  Value *first = b.level("a", 2, 3, 8, {10, 13, 16, 30});
  Value *second = b.level("b", 2, 3, 16, {30, 61, 62, 45});
  first->type.shape = second->type.shape = std::move(rows);
  b.graph.addOutput(
      b.node(OpKind::Concat, "all", {first, second}, AxisAttrs{axis}, f32(std::move(joined))));
  return std::move(b.graph);
}

TEST(DecodeRefusals, LevelsSideBySide) {
  const auto recognised = [](int64_t axis, Shape rows, Shape joined) {
    Graph graph = equalLevels(axis, std::move(rows), std::move(joined));
    EXPECT_FALSE(bool(recogniseDecode(graph)));
    return nodeNamed(graph, "all")->op == OpKind::YoloDecode;
  };
  EXPECT_TRUE(recognised(1, {1, 12, 7}, {1, 24, 7}));
  EXPECT_FALSE(recognised(2, {1, 12, 7}, {1, 12, 14}));
  EXPECT_FALSE(recognised(0, {1, 12, 7}, {2, 12, 7}));
  EXPECT_FALSE(recognised(1, {1, 6, 14}, {1, 12, 14}));
  EXPECT_FALSE(recognised(1, {12, 7}, {12, 14}));
}

TEST(DecodeRefusals, LevelsOfDifferentForm) {
  const auto levels = [](Form first, Form second) {
    DecodeBuilder a(first);
    Value *x = a.level("a", 2, 2, 8, {10, 13, 16, 30, 33, 23});
    // The second level by a builder of its own, on the same graph.
    DecodeBuilder b(second);
    b.graph = std::move(a.graph);
    Value *y = b.level("b", 2, 2, 16, {30, 61, 62, 45, 59, 119});
    b.graph.addOutput(b.node(OpKind::Concat, "all", {x, y}, AxisAttrs{1},
                             f32({1, 4 * (first.anchors + second.anchors), x->type.shape[2]})));
    EXPECT_FALSE(bool(recogniseDecode(b.graph)));
    return nodeNamed(b.graph, "all")->op == OpKind::YoloDecode;
  };
  EXPECT_TRUE(levels({.anchors = 3}, {.anchors = 3}));
  EXPECT_FALSE(levels({.anchors = 3}, {.anchors = 2}));
  EXPECT_FALSE(levels({.anchors = 2}, {.anchors = 3}));
  // Two classes and two masks, and four classes: as many channels.
  EXPECT_TRUE(levels({.segment = true}, {.segment = true}));
  EXPECT_FALSE(levels({.segment = true}, {.classes = 4}));
  EXPECT_FALSE(levels({.classes = 4}, {.segment = true}));
}

// Where the work goes, and that every node says why.

#include "frontend/passes/passes.h"
#include "partitioner/partition.h"
#include "tests/support/graph_builder.h"
#include "tests/support/networks.h"

#include <gmock/gmock.h>

#include <map>

using namespace bstc;
using namespace bstc::test;
using testing::HasSubstr;

static std::map<std::string, int> commandsPerEngine(const Compilation &compilation) {
  std::map<std::string, int> counts;
  for (const bst::Command &command : compilation.compiled->program.commands)
    ++counts[bst::engineName(command.engine)];
  return counts;
}

/// YOLOv5n v7.0: 60 convolutions; EDP: 13 concats, 7 shortcut adds, 3 max pools in two steps each
/// and 2 resizes (models/yolov5n.yaml); DSP: the input's quantiser and the decode.
TEST(Placement, QuantisedReluDetect) {
  Compilation c = compiled(zooGraph(smallZoo()));
  EXPECT_EQ(commandsPerEngine(c),
            (std::map<std::string, int>{{"maca", 60}, {"edp", 28}, {"dsp", 2}}));
  EXPECT_TRUE(findFallbacks(c.placed).empty());
  EXPECT_TRUE(c.notices.empty());
}

TEST(Placement, SiluCostsOneEdpTableForEachActivation) {
  ZooOptions options = smallZoo();
  options.activation = ZooOptions::Activation::Silu;
  Compilation c = compiled(zooGraph(options));
  EXPECT_EQ(commandsPerEngine(c),
            (std::map<std::string, int>{{"maca", 60}, {"edp", 28 + 57}, {"dsp", 2}}));
}

TEST(Placement, NothingGoesToAnEngineThatTheDeviceLacks) {
  CompileOptions options;
  options.targetSettings = {"edp.present=0"};
  options.fidelity = false;
  llvm::Expected<Compilation> c = compile(zooGraph(smallZoo()), options);
  ASSERT_FALSE(bool(c));
  EXPECT_THAT(llvm::toString(c.takeError()), HasSubstr("edp: the device has no EDP"));
}

TEST(Placement, SegmentDequantisesItsPrototypes) {
  ZooOptions options = smallZoo();
  options.task = ZooOptions::Task::Segment;
  Compilation c = compiled(zooGraph(options));
  EXPECT_EQ(commandsPerEngine(c),
            (std::map<std::string, int>{{"maca", 63}, {"edp", 29}, {"dsp", 3}}));
  EXPECT_EQ(c.compiled->program.decode.kind, "yolov5-segment");
  EXPECT_EQ(c.compiled->program.decode.masks, 32);
}

TEST(Placement, FloatRunsOnDspWithANotice) {
  Compilation c = compiled(zooGraph(smallZoo(ZooOptions::Quant::Float)));
  EXPECT_EQ(commandsPerEngine(c).count("maca"), 0u);
  EXPECT_EQ(commandsPerEngine(c).count("edp"), 0u);
  ASSERT_EQ(c.notices.size(), 1u);
  EXPECT_THAT(c.notices[0].text, HasSubstr("nothing is quantised"));
}

TEST(Placement, EveryNodeOfTheFileHasAnEngineAndAReason) {
  Compilation c = compiled(zooGraph(smallZoo()));
  std::vector<PlacementRow> rows = placementTable(c.imported, c.placed);
  ASSERT_EQ(rows.size(), c.imported.nodes().size());
  std::map<std::string, std::string> byNode;
  for (const PlacementRow &row : rows) {
    EXPECT_FALSE(row.reason.empty()) << row.node;
    EXPECT_THAT(std::string(engineName(row.engine)), testing::AnyOf("maca", "edp", "dsp", "none"))
        << row.node;
    byNode[row.node] = std::string(engineName(row.engine)) + ": " + row.reason;
  }
  EXPECT_EQ(byNode.at("/model.0/conv/Conv"), "maca: int8 conv, fused relu");
  EXPECT_EQ(byNode.at("/model.0/conv/Relu"), "maca: fused into node '/model.0/conv/Conv'");
}

TEST(Placement, StridesAndAnchorsOfTheDecodeAreThePublishedOnes) {
  Compilation c = compiled(zooGraph(smallZoo()));
  const bst::DecodeInfo &decode = c.compiled->program.decode;
  EXPECT_EQ(decode.kind, "yolov5-detect");
  EXPECT_EQ(decode.strides, (std::vector<float>{8, 16, 32}));
  // ultralytics/yolov5 v7.0, models/yolov5n.yaml.
  EXPECT_EQ(decode.anchors, (std::vector<float>{10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119,
                                                116, 90, 156, 198, 373, 326}));
  EXPECT_EQ(decode.classes, 80);
}

/// Conv -> Add with a broadcast operand -> QuantizeLinear: EDP has no such form.
static Graph networkWithFallback() {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *y = b.fakeQuant("y", b.input("y", {1, 2, 1, 1}), 0.5f);
  b.graph.addOutput(b.fakeQuant("z", b.binary(OpKind::Add, "add", x, y), 0.25f));
  return std::move(b.graph);
}

TEST(Placement, AFallbackIsFoundAndExplained) {
  Compilation c = compiled(networkWithFallback());
  std::vector<Fallback> fallbacks = findFallbacks(c.placed);
  ASSERT_EQ(fallbacks.size(), 1u);
  EXPECT_EQ(fallbacks[0].node->name, "add");
  ASSERT_EQ(c.notices.size(), 1u);
  EXPECT_THAT(c.notices[0].text, HasSubstr("'add' reads int8 data but runs on DSP"));
}

/// "node > what fell with it" for each fallback.
static std::vector<std::string> fallbackTexts(const Graph &graph) {
  std::vector<std::string> texts;
  for (const Fallback &fallback : findFallbacks(graph)) {
    texts.push_back(fallback.node->name + " >");
    for (const Node *node : fallback.with)
      texts.back() += " " + node->name;
  }
  return texts;
}

/// The first convolution reads the image as it is; what follows up to the next Q runs in float,
/// too.
TEST(Placement, AnInputThatIsNotQuantisedIsAFallback) {
  GraphBuilder b;
  Value *first =
      b.conv("first", b.input("x", {1, 2, 4, 4}), b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  Value *tanh = b.unary(OpKind::Tanh, "tanh", first);
  Value *second = b.conv("second", tanh, b.weights("v", {3, 3, 1, 1}, 1, 0.25f));
  Value *y = b.fakeQuant("y", second, 0.125f);
  b.graph.addOutput(b.fakeQuant("z", b.conv("third", y, b.weights("u", {2, 3, 1, 1}, 1, 0.5f)), 1));
  Compilation c = compiled(std::move(b.graph));
  EXPECT_EQ(fallbackTexts(c.placed), (std::vector<std::string>{"first > tanh second"}));
  EXPECT_TRUE(runsInt8(c.placed));
  ASSERT_EQ(c.notices.size(), 1u);
  EXPECT_EQ(c.notices[0].text,
            "node 'first' runs in float on DSP: float conv; no quantisation on input 0 "
            "(graph input 'x'); with it 2 nodes: tanh, second");
}

/// Neither input nor weights are quantised, but the result is.
TEST(Placement, AFloatLayerBeforeAQuantizeIsAFallback) {
  GraphBuilder b;
  Value *c = b.conv("c", b.input("x", {1, 2, 4, 4}), b.filled("w", {3, 2, 1, 1}, 0.25f));
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
  EXPECT_EQ(fallbackTexts(compiled(std::move(b.graph)).placed), std::vector<std::string>{"c >"});
}

/// What would run in float in any case has not fallen with a layer before it.
TEST(Placement, ATailHasNotFallenWithItsHead) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *head = b.conv("head", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  b.graph.addOutput(b.unary(OpKind::Exp, "exp", head));
  EXPECT_EQ(fallbackTexts(compiled(std::move(b.graph)).placed), std::vector<std::string>{"head >"});
}

/// A float tail without weights of its own is meant so: decodes, a softmax.
TEST(Placement, AFloatTailIsNoFallback) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *y = b.fakeQuant("y", b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f)), 0.125f);
  Value *tail = b.unary(OpKind::Sigmoid, "sigmoid", y);
  b.graph.addOutput(b.conv("expected", b.unary(OpKind::Exp, "exp", tail),
                           b.filled("constants", {1, 3, 1, 1}, 0.25f)));
  EXPECT_EQ(fallbackTexts(compiled(std::move(b.graph)).placed), std::vector<std::string>{});
}

/// A layer at the end whose weights the file quantises was meant for MACA.
TEST(Placement, QuantisedWeightsAskForInt8) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *y = b.fakeQuant("y", b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f)), 0.125f);
  b.graph.addOutput(b.conv("head", b.unary(OpKind::Sigmoid, "sigmoid", y),
                           b.weights("v", {1, 3, 1, 1}, 1, 0.5f)));
  EXPECT_EQ(fallbackTexts(compiled(std::move(b.graph)).placed), std::vector<std::string>{"head >"});
}

TEST(Placement, NothingInInt8IsSaid) {
  GraphBuilder b;
  b.graph.addOutput(b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f));
  Compilation c = compiled(std::move(b.graph));
  EXPECT_FALSE(runsInt8(c.placed));
  ASSERT_EQ(c.notices.size(), 1u);
  EXPECT_THAT(c.notices[0].text, HasSubstr("nothing runs in int8"));
}

TEST(Placement, AConvWithoutQuantisedInputSaysWhichNodeIsToBlame) {
  GraphBuilder b;
  Value *x = b.unary(OpKind::Tanh, "tanh", b.input("x", {1, 2, 4, 4}));
  Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
  Compilation compilation = compiled(std::move(b.graph));
  EXPECT_THAT(nodeNamed(compilation.placed, "c")->placement->reason,
              HasSubstr("no quantisation on input 0 (node 'tanh')"));
}

/// Weights behind a DequantizeLinear are quantised, also after they were folded for DSP.
TEST(Placement, AConvWithoutQuantisedResultSaysWhoReadsIt) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *c = b.conv("c", x, b.weights("w", {3, 2, 1, 1}, 1, 0.25f));
  b.graph.addOutput(b.fakeQuant("y", b.unary(OpKind::LeakyRelu, "leaky", c), 0.125f));
  Compilation compilation = compiled(std::move(b.graph));
  EXPECT_EQ(nodeNamed(compilation.placed, "c")->placement->reason,
            "float conv; result is not quantised before node 'leaky'");
}

TEST(Placement, AConvWithFloatWeightsSaysSo) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 2, 4, 4}), 0.5f);
  Value *c = b.conv("c", x, b.filled("w", {3, 2, 1, 1}, 0.25f));
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
  Compilation compilation = compiled(std::move(b.graph));
  EXPECT_THAT(nodeNamed(compilation.placed, "c")->placement->reason,
              HasSubstr("no quantisation on input 1 (constant 'w')"));
}

TEST(Placement, AFallbackBehindAReshapeIsFound) {
  GraphBuilder b;
  Value *x = b.fakeQuant("x", b.input("x", {1, 6, 4, 4}), 0.5f);
  Value *groups = b.node(OpKind::Reshape, "r1", {x}, {}, f32({1, 2, 3, 4, 4}));
  Value *shuffled = b.node(OpKind::Transpose, "shuffle", {groups}, TransposeAttrs{{0, 2, 1, 3, 4}},
                           f32({1, 3, 2, 4, 4}));
  Value *joined = b.node(OpKind::Reshape, "r2", {shuffled}, {}, f32({1, 6, 4, 4}));
  b.graph.addOutput(b.fakeQuant("y", joined, 0.25f));
  Compilation c = compiled(std::move(b.graph));
  std::vector<Fallback> fallbacks = findFallbacks(c.placed);
  ASSERT_EQ(fallbacks.size(), 1u);
  EXPECT_EQ(fallbacks[0].node->name, "shuffle");
}

TEST(Placement, AnAccumulatorThatCanOverflowIsRefused) {
  GraphBuilder b;
  // 127 * 255 * 70000 input channels > 2^31.
  Value *x = b.fakeQuant("x", b.input("x", {1, 70000, 1, 1}), 0.5f, -128);
  Value *c = b.conv("wide", x, b.weights("w", {1, 70000, 1, 1}, 127, 0.25f));
  b.graph.addOutput(b.fakeQuant("y", c, 0.125f));
  auto compilation = compile(std::move(b.graph), {});
  ASSERT_FALSE(bool(compilation));
  EXPECT_THAT(llvm::toString(compilation.takeError()),
              testing::AllOf(HasSubstr("'wide'"), HasSubstr("can overflow")));
}

TEST(Placement, UnknownStageToPrintIsRefused) {
  CompileOptions options;
  options.printIrAfter = "no-such-pass";
  auto compilation = compile(networkWithFallback(), options);
  ASSERT_FALSE(bool(compilation));
  EXPECT_THAT(llvm::toString(compilation.takeError()), HasSubstr("fold-constants"));
}

TEST(Placement, PrintsTheIrAfterThePassThatWasAskedFor) {
  CompileOptions options;
  options.printIrAfter = "quantise";
  Compilation c = compiled(networkWithFallback(), options);
  EXPECT_THAT(c.printedIr, testing::StartsWith("// IR after quantise\ngraph"));
  options.printIrAfter = "all";
  EXPECT_THAT(compiled(networkWithFallback(), options).printedIr,
              HasSubstr("// IR after fuse-silu (unchanged)"));
}

TEST(Placement, WhatTheDeviceSwitchesOffCannotBePrinted) {
  CompileOptions options;
  options.fidelity = false;
  options.printIrAfter = "space-to-depth";
  options.targetSettings = {"dsp.host=0"};
  EXPECT_THAT(compiled(networkWithFallback(), options).printedIr,
              testing::StartsWith("// IR after space-to-depth"));
  options.targetSettings = {"dsp.host=1"};
  auto compilation = compile(networkWithFallback(), options);
  ASSERT_FALSE(bool(compilation));
  EXPECT_THAT(llvm::toString(compilation.takeError()),
              testing::AllOf(HasSubstr("space-to-depth"), HasSubstr("switched off")));
}

/// What changes the network, or assumes what its file does not say, is asked for.
TEST(Placement, PassesThatRunOnRequestOnly) {
  std::vector<std::string> names;
  for (const Pass &pass : passPipeline())
    if (!pass.runs({}))
      names.push_back(pass.name);
  EXPECT_THAT(names, testing::ElementsAre("relu-for-silu", "assume-int8", "tie-scales"));
}

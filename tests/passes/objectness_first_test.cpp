#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// A convolution of 2 channels to a head of 2 anchors with 2 classes, 14 channels, and its
/// detection. Weights and biases are the number of their output channel.
class HeadGraph : public GraphBuilder {
public:
  HeadGraph() {
    Value *x = node(OpKind::Quantize, "x.q", {input("x", {1, 2, 3, 3})}, AxisAttrs{-1},
                    s8({1, 2, 3, 3}, 0.5f, 0));
    std::vector<int8_t> weights;
    std::vector<float> scales, biases;
    for (int channel = 0; channel < 14; ++channel) {
      weights.insert(weights.end(), {int8_t(channel), int8_t(-channel)});
      scales.push_back(float(channel + 1));
      biases.push_back(float(channel));
    }
    const Quantisation quant = {scales, std::vector<int32_t>(14), 0};
    const ArrayType type = {ElementType::S8, {14, 2, 1, 1}};
    Value *w = graph.addConstant("w", TensorData::make<int8_t>(type, weights), quant);
    Value *b = graph.addConstant(
        "b", TensorData::make<float>(ArrayType{ElementType::F32, {14}}, biases), std::nullopt);
    head = node(OpKind::Conv, "head", {x, w, b}, ConvAttrs{}, s8({1, 14, 3, 3}, 0.125f, 3));
  }
  void detect(Value *of) {
    const YoloDecodeAttrs decode = {.anchorsPerLevel = 2,
                                    .classes = 2,
                                    .masks = 0,
                                    .strides = {8},
                                    .anchors = {10, 13, 30, 61}};
    const NmsAttrs nms = {.classes = 2, .masks = 0, .maxDetections = 5};
    graph.addOutput(node(OpKind::Detect, "detect", {of}, DetectAttrs{decode, nms, {4}, false},
                         f32({5 * 6 + 1})));
  }
  bool isFirst() {
    EXPECT_FALSE(bool(objectnessFirst(graph)));
    if (llvm::Error error = verify(graph))
      ADD_FAILURE() << llvm::toString(std::move(error));
    return nodeNamed(graph, "detect")->as<DetectAttrs>().objectnessFirst;
  }

  Value *head;
};

} // namespace

TEST(ObjectnessFirst, OrdersWeightsScalesAndBiases) {
  HeadGraph g;
  g.detect(g.head);
  ASSERT_TRUE(g.isFirst());
  const Node &conv = *nodeNamed(g.graph, "head");
  // Rows of x, y, w, h, objectness and two classes: the two of objectness, then what is left.
  const std::vector<int> order = {4, 11, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13};
  for (size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(conv.input(1)->data->at(int64_t(2 * i)), order[i]);
    EXPECT_EQ(conv.input(1)->data->at(int64_t(2 * i + 1)), -order[i]);
    EXPECT_EQ(conv.input(1)->type.quant->scales[i], float(order[i] + 1));
    EXPECT_EQ(conv.input(2)->data->at(int64_t(i)), order[i]);
  }
  EXPECT_EQ(conv.output()->name, "head.out");
}

TEST(ObjectnessFirst, LeavesHeadsThatSomebodyElseReads) {
  HeadGraph reader;
  reader.detect(reader.head);
  reader.graph.addOutput(
      reader.node(OpKind::Dequantize, "dq", {reader.head}, AxisAttrs{-1}, f32({1, 14, 3, 3})));
  EXPECT_FALSE(reader.isFirst());
  EXPECT_EQ(nodeNamed(reader.graph, "head")->input(1)->name, "w");
  HeadGraph output;
  output.detect(output.head);
  output.graph.addOutput(output.head);
  EXPECT_FALSE(output.isFirst());
}

TEST(ObjectnessFirst, LeavesHeadsThatNoConvolutionMakes) {
  HeadGraph g;
  g.detect(g.node(OpKind::Quantize, "q", {g.input("float", {1, 14, 3, 3})}, AxisAttrs{-1},
                  s8({1, 14, 3, 3}, 0.125f, 3)));
  EXPECT_FALSE(g.isFirst());
}

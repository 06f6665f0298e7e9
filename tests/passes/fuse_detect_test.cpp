#include "frontend/passes/passes.h"
#include "tests/support/graph_builder.h"

#include <gtest/gtest.h>

using namespace bstc;
using namespace bstc::test;

namespace {

/// Suppression of a decode of two heads of one anchor, 2 classes and 1 mask coefficient.
class DetectorGraph : public GraphBuilder {
public:
  DetectorGraph() {
    fine = quantised("fine", 4);
    coarse = quantised("coarse", 2);
  }

  /// An int8 head of `side` x `side` cells, in steps of 0.125 from 0 at 3.
  Value *quantised(const std::string &name, int64_t side) {
    Value *x = input(name, {1, 8, side, side});
    return node(OpKind::Quantize, name + ".q", {x}, AxisAttrs{-1},
                s8({1, 8, side, side}, 0.125f, 3));
  }
  void finish() {
    const YoloDecodeAttrs decode = {.anchorsPerLevel = 1,
                                    .classes = 2,
                                    .masks = 1,
                                    .strides = {8, 16},
                                    .anchors = {10, 13, 30, 61}};
    rows = node(OpKind::YoloDecode, "decode", {fine, coarse}, decode, f32({1, 20, 8}));
    const NmsAttrs nms = {.classes = 2,
                          .masks = 1,
                          .confidence = 0.5f,
                          .iou = 0.6,
                          .maxDetections = 5,
                          .multiLabel = true,
                          .maxCandidates = 9};
    graph.addOutput(node(OpKind::Nms, "nms", {rows}, nms, f32({5 * 7 + 1})));
  }
  std::string fused() {
    if (llvm::Error error = fuseDetect(graph))
      return llvm::toString(std::move(error));
    if (llvm::Error error = verify(graph))
      return llvm::toString(std::move(error));
    return ops(graph);
  }

  Value *fine, *coarse, *rows = nullptr;
};

} // namespace

TEST(FuseDetect, JoinsDecodeAndSuppression) {
  DetectorGraph g;
  g.finish();
  ASSERT_EQ(g.fused(), "quantize quantize detect");
  const Node &detect = *g.graph.outputs()[0]->producer();
  EXPECT_EQ(g.graph.outputs()[0]->name, "nms.out");
  EXPECT_EQ(detect.name, "nms");
  EXPECT_EQ(detect.fused, std::vector<std::string>{"decode"});
  EXPECT_EQ(detect.input(0), g.fine);
  EXPECT_EQ(detect.input(1), g.coarse);
  const auto &attrs = detect.as<DetectAttrs>();
  EXPECT_EQ(attrs.decode.anchors, (std::vector<float>{10, 13, 30, 61}));
  EXPECT_EQ(attrs.nms.maxDetections, 5);
  EXPECT_TRUE(attrs.nms.multiLabel);
  // The sigmoid is above a half from the first step above 0 on.
  EXPECT_EQ(attrs.thresholds, (std::vector<int32_t>{4, 4}));
}

TEST(FuseDetect, KeepsPredictionsThatSomebodyReads) {
  DetectorGraph output;
  output.finish();
  output.graph.addOutput(output.rows);
  EXPECT_EQ(output.fused(), "quantize quantize yolo_decode nms");
  DetectorGraph reader;
  reader.finish();
  reader.graph.addOutput(reader.unary(OpKind::Relu, "relu", reader.rows));
  EXPECT_EQ(reader.fused(), "quantize quantize yolo_decode nms relu");
}

TEST(FuseDetect, LeavesFloatHeads) {
  DetectorGraph g;
  g.coarse = g.input("float", {1, 8, 2, 2});
  g.finish();
  EXPECT_EQ(g.fused(), "quantize yolo_decode nms");
}

// Networks whose decode is not in the graph: which outputs are heads, and what is said of others.

#include "detectors/yolov5/raw_heads.h"

#include "ir/error.h"
#include "tests/support/graph_builder.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;
using yolov5::findRawHeads;

namespace {

/// A network with a picture of that size and such outputs.
Graph withOutputs(Shape picture, const std::vector<Shape> &outputs) {
  GraphBuilder b;
  b.input("images", std::move(picture));
  for (size_t i = 0; i < outputs.size(); ++i)
    b.graph.addOutput(b.unary(OpKind::Identity, "head" + std::to_string(i),
                              b.input("in" + std::to_string(i), {1})));
  for (size_t i = 0; i < outputs.size(); ++i)
    b.graph.outputs()[i]->type = f32(outputs[i]);
  return std::move(b.graph);
}

std::string refusal(const Graph &graph, llvm::StringRef anchors = "") {
  AnchorLevels levels;
  if (!anchors.empty())
    levels = llvm::cantFail(parseAnchors(anchors));
  auto heads = findRawHeads(graph, levels);
  if (heads)
    return "no error";
  const Failure failure = takeFailure(heads.takeError());
  return codeText(failure.code) + ": " + failure.text;
}

} // namespace

// Heads of yolov5s at 384 x 640, in any order.
TEST(RawHeads, StridesFollowFromTheShapes) {
  auto heads = findRawHeads(
      withOutputs({1, 3, 384, 640}, {{1, 255, 12, 20}, {1, 255, 48, 80}, {1, 255, 24, 40}}), {});
  ASSERT_TRUE(bool(heads)) << llvm::toString(heads.takeError());
  EXPECT_THAT(heads->outputs, ElementsAre(1, 2, 0));
  EXPECT_THAT(heads->decode.strides, ElementsAre(8, 16, 32));
  EXPECT_EQ(heads->decode.classes, 80);
  EXPECT_EQ(heads->decode.masks, 0);
  // models/yolov5s.yaml
  EXPECT_THAT(heads->decode.anchors, ElementsAre(10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119,
                                                 116, 90, 156, 198, 373, 326));
}

// As Detect.forward returns them while training, behind the prototypes of a Segment network.
TEST(RawHeads, CellsFirst) {
  auto heads = findRawHeads(
      withOutputs({1, 3, 64, 64},
                  {{1, 32, 16, 16}, {1, 3, 8, 8, 39}, {1, 3, 4, 4, 39}, {1, 3, 2, 2, 39}}),
      {});
  ASSERT_TRUE(bool(heads)) << llvm::toString(heads.takeError());
  EXPECT_THAT(heads->outputs, ElementsAre(1, 2, 3));
  EXPECT_EQ(heads->decode.classes, 34) << "and masks: not decided here";
}

TEST(RawHeads, AnchorsOfTheUser) {
  const AnchorLevels levels = llvm::cantFail(parseAnchors("1,2, 3.5,4/5,6,7,8"));
  EXPECT_THAT(levels, ElementsAre(ElementsAre(1, 2, 3.5, 4), ElementsAre(5, 6, 7, 8)));
  auto heads = findRawHeads(withOutputs({1, 3, 64, 64}, {{1, 14, 4, 4}, {1, 14, 1, 1}}), levels);
  ASSERT_TRUE(bool(heads)) << llvm::toString(heads.takeError());
  EXPECT_THAT(heads->decode.strides, ElementsAre(16, 64));
  EXPECT_THAT(heads->decode.anchors, ElementsAre(1, 2, 3.5, 4, 5, 6, 7, 8));
  EXPECT_EQ(heads->decode.classes, 2);
}

TEST(RawHeads, AnchorsThatMakeNoSense) {
  for (const auto &[text, message] : {
           std::pair("1,2,x,4", "anchors are numbers above 0, not 'x'"),
           std::pair("1,2,-3,4", "not '-3'"),
           std::pair("1,2,3", "pairs of width and height, but '1,2,3' has 3 numbers"),
           std::pair("1,2,3,4/5,6", "'5,6' has 1 and the first level 2"),
           std::pair("", "not ''"),
       }) {
    auto anchors = parseAnchors(text);
    ASSERT_FALSE(bool(anchors)) << text;
    EXPECT_THAT(llvm::toString(anchors.takeError()), HasSubstr(message)) << text;
  }
}

TEST(RawHeads, OutputsThatAreNone) {
  const Shape picture = {1, 3, 64, 64};
  EXPECT_THAT(
      refusal(withOutputs(picture, {{1, 255, 8, 8}, {1, 255, 4, 4}})),
      HasSubstr("BST5012: the anchors are of 3 levels with 3 each, but there are no 3 outputs "
                "1x(3*(5+CLASSES))xROWSxCOLUMNS"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 256, 8, 8}, {1, 255, 4, 4}, {1, 255, 2, 2}})),
              HasSubstr("the outputs are head0.out 1x256x8x8, head1.out 1x255x4x4"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 252, 85}})),
              testing::EndsWith("the outputs are head0.out 1x252x85"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 255, 8, 8},
                                            {1, 255, 4, 4},
                                            {1, 255, 2, 2},
                                            {1, 18, 8, 8},
                                            {1, 18, 4, 4},
                                            {1, 18, 2, 2}})),
              HasSubstr("outputs of different widths could be the heads"));
  // Objectness and no class: no head.
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 3, 8, 8, 5}, {1, 3, 4, 4, 5}, {1, 3, 2, 2, 5}})),
              HasSubstr("there are no 3 outputs"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 15, 8, 8}, {1, 15, 4, 4}, {1, 15, 2, 2}})),
              HasSubstr("there are no 3 outputs"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 255, 8, 8}, {1, 255, 4, 4}, {1, 255, 3, 3}})),
              HasSubstr("head2.out 1x255x3x3 does not divide the picture of 64x64"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 255, 8, 4}, {1, 255, 4, 4}, {1, 255, 2, 2}})),
              HasSubstr("1x255x8x4 does not divide the picture of 64x64 by a whole stride"));
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 255, 8, 8}, {1, 255, 8, 8}, {1, 255, 2, 2}})),
              HasSubstr("two heads have the stride 8"));
  // Levels of the P6 networks: strides 8 to 64.
  EXPECT_THAT(refusal(withOutputs(picture, {{1, 255, 4, 4}, {1, 255, 2, 2}, {1, 255, 1, 1}})),
              HasSubstr("YOLOv5's anchors are for strides 8, 16, 32, but the heads have 16, 32, "
                        "64, whose anchors were not given"));
  EXPECT_EQ(refusal(withOutputs(picture, {{1, 255, 4, 4}, {1, 255, 2, 2}, {1, 255, 1, 1}}),
                    "1,2,3,4,5,6/1,2,3,4,5,6/1,2,3,4,5,6"),
            "no error");
}

// Forms of operators that later opsets changed.

#include "tests/frontend/run_model.h"

#include <gmock/gmock.h>

using namespace bstc;
using namespace bstc::test;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(OldForms, AttributesOfOpset11) {
  OnnxBuilder split(11);
  split.input("x", {1, 5}).output("b");
  auto &node = split.node("Split", {"x"}, {"a", "b"});
  set(node, "axis", int64_t(1));
  set(node, "split", Dims{2, 3});
  EXPECT_THAT(run(split, ramp(5)), ElementsAre(2, 3, 4));
  split.proto.mutable_opset_import(0)->set_version(13);
  EXPECT_THAT(errorOf(split), HasSubstr("cannot be split into 2 equal parts"));

  OnnxBuilder squeeze(11);
  squeeze.input("x", {1, 3, 1}).output("z");
  set(squeeze.node("Squeeze", {"x"}, {"y"}), "axes", Dims{-1});
  set(squeeze.node("Unsqueeze", {"y"}, {"z"}), "axes", Dims{0, 3});
  Shape shape;
  run(squeeze, ramp(3), &shape);
  EXPECT_EQ(shape, (Shape{1, 1, 3, 1}));
}

TEST(OldForms, AttributesBeforeOpset11) {
  OnnxBuilder clip(10);
  clip.input("x", {3}).output("y");
  auto &bounds = clip.node("Clip", {"x"}, {"y"});
  set(bounds, "min", 0.5f);
  set(bounds, "max", 1.5f);
  EXPECT_THAT(run(clip, ramp(3)), ElementsAre(0.5, 1, 1.5));
  clip.proto.mutable_opset_import(0)->set_version(11);
  EXPECT_THAT(errorOf(clip), HasSubstr("attribute 'max' is not supported"));

  OnnxBuilder pad(10);
  pad.input("x", {1, 3}).output("y");
  auto &pads = pad.node("Pad", {"x"}, {"y"});
  set(pads, "pads", Dims{0, 1, 0, -1});
  set(pads, "value", 7.0f);
  EXPECT_THAT(run(pad, ramp(3)), ElementsAre(7, 0, 1));

  OnnxBuilder slice(9);
  slice.input("x", {5}).output("y");
  auto &range = slice.node("Slice", {"x"}, {"y"});
  set(range, "starts", Dims{1});
  set(range, "ends", Dims{-1});
  EXPECT_THAT(run(slice, ramp(5)), ElementsAre(1, 2, 3));
}

TEST(OldForms, UpsampleRepeatsAndRefusesToShrink) {
  for (float scale : {2.0f, 0.5f}) {
    OnnxBuilder model(8);
    model.input("x", {1, 1, 1, 2}).output("y");
    auto &node = model.node("Upsample", {"x"}, {"y"});
    auto *scales = node.add_attribute();
    scales->set_name("scales");
    scales->set_type(onnx::AttributeProto::FLOATS);
    for (float each : {1.0f, 1.0f, 1.0f, scale})
      scales->add_floats(each);
    if (scale > 1)
      EXPECT_THAT(run(model, ramp(2)), ElementsAre(0, 0, 1, 1));
    else
      EXPECT_THAT(errorOf(model),
                  HasSubstr("a scale of 0.500000 is not supported before opset 11"));
  }
}

TEST(OptionalResults, GoWhereNobodyReadsThem) {
  for (bool read : {false, true}) {
    OnnxBuilder model(9);
    model.input("x", {2}).output("y");
    if (read)
      model.output("mask");
    model.node("Dropout", {"x"}, {"y", "mask"});
    if (read)
      EXPECT_THAT(errorOf(model), HasSubstr("has 2 outputs, but 1 is supported"));
    else
      EXPECT_THAT(run(model, ramp(2)), ElementsAre(0, 1));
  }
  // Before opset 14, further results meant training.
  OnnxBuilder norm(9);
  norm.input("x", {1, 1}).output("y");
  for (const char *name : {"s", "b", "m", "v"})
    norm.input(name, {1});
  norm.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y", "mean"});
  EXPECT_THAT(errorOf(norm), HasSubstr("training mode"));
}
